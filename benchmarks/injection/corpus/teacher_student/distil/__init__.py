from .nets import perceptron
from .soft import soft_targets_loss
