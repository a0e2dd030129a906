"""Layers of tensorflow_addons (0.23) that are no norm and no wrapper."""

from tensorflow.image import resize
from tensorflow.keras.backend import softmax
from tensorflow.keras.layers import Activation, Layer
from tensorflow.keras.layers import MultiHeadAttention as _Attention

def _pair(size):
    return (size, size) if isinstance(size, int) else tuple(size)

class AdaptiveAveragePooling2D(Layer):
    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.output_size = _pair(output_size)

    def call(self, inputs):
        return resize(inputs, self.output_size)

class AdaptiveMaxPooling2D(AdaptiveAveragePooling2D): ...

class GELU(Layer):
    def __init__(self, approximate=True, **kwargs):
        super().__init__(**kwargs)
        self.activation = Activation("gelu")

    def call(self, inputs):
        return self.activation(inputs)

class StochasticDepth(Layer):
    def __init__(self, survival_probability=0.5, **kwargs):
        super().__init__(**kwargs)

    def call(self, x, training=None):
        shortcut, residual = x
        return shortcut + residual

class MultiHeadAttention(Layer):
    def __init__(
        self,
        head_size,
        num_heads,
        output_size=None,
        dropout=0.0,
        use_projection_bias=True,
        return_attn_coef=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.attention = _Attention(num_heads, head_size, dropout=dropout)
        self.return_attn_coef = return_attn_coef

    def call(self, inputs, training=None, mask=None):
        query, key = inputs[0], inputs[1]
        value = inputs[2] if len(inputs) > 2 else key
        out = self.attention(query, value, key)
        return (out, softmax(out)) if self.return_attn_coef else out
