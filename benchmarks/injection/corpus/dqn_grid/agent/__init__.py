from .learner import Learner
from .memory import Memory
