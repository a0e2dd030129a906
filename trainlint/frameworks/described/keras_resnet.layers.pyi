"""Layers of keras-resnet (0.2)."""

from tensorflow.keras.layers import BatchNormalization as _Norm

class BatchNormalization(_Norm):
    def __init__(self, freeze, *args, **kwargs):
        self.freeze = freeze
        super().__init__(*args, **kwargs)
        self.trainable = not freeze
