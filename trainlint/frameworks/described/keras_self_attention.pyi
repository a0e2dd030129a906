"""Attention of keras-self-attention (0.51): each position says what it takes of the others."""

from tensorflow.keras.activations import get
from tensorflow.keras.backend import (
    batch_dot,
    dot,
    expand_dims,
    permute_dimensions,
    softmax,
    squeeze,
    sum,
    tanh,
)
from tensorflow.keras.layers import Layer

class SeqSelfAttention(Layer):
    ATTENTION_TYPE_ADD = "additive"
    ATTENTION_TYPE_MUL = "multiplicative"

    def __init__(
        self,
        units=32,
        attention_width=None,
        attention_type="additive",
        return_attention=False,
        history_only=False,
        kernel_initializer=None,
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_additive_bias=True,
        use_attention_bias=True,
        attention_activation=None,
        attention_regularizer_weight=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units, self.attention_type, self.return_attention = units, attention_type, return_attention
        self.kernel_initializer = kernel_initializer
        self.attention_activation = get(attention_activation)

    def build(self, input_shape):
        wide = input_shape[2]
        if self.attention_type == "additive":
            self.Wt = self.add_weight(
                shape=(wide, self.units), name="Wt", initializer=self.kernel_initializer
            )
            self.Wx = self.add_weight(
                shape=(wide, self.units), name="Wx", initializer=self.kernel_initializer
            )
            self.Wa = self.add_weight(shape=(self.units, 1), name="Wa", initializer=self.kernel_initializer)
        else:
            self.Wa = self.add_weight(shape=(wide, wide), name="Wa", initializer=self.kernel_initializer)

    def call(self, inputs, mask=None):
        if self.attention_type == "additive":
            q, k = expand_dims(dot(inputs, self.Wt), 2), expand_dims(dot(inputs, self.Wx), 1)
            e = squeeze(dot(tanh(q + k), self.Wa), -1)
        else:
            e = batch_dot(dot(inputs, self.Wa), permute_dimensions(inputs, (0, 2, 1)))
        if self.attention_activation is not None:
            e = self.attention_activation(e)
        a = softmax(e)
        v = batch_dot(a, inputs)
        return [v, a] if self.return_attention else v

class SeqWeightedAttention(Layer):
    def __init__(self, use_bias=True, return_attention=False, **kwargs):
        super().__init__(**kwargs)
        self.return_attention = return_attention

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[2], 1), name="W")

    def call(self, inputs, mask=None):
        a = softmax(squeeze(dot(inputs, self.W), -1))
        v = sum(inputs * expand_dims(a), axis=1)
        return [v, a] if self.return_attention else v
