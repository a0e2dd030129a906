from chessnet.config import Config
from chessnet.model import ValueNet
