from .callbacks import EarlyStopping, GradientClipping, History
from .data import StationData
from .fit import Fitter
from .net import RainNet
