"""Temporal convolutions of keras-tcn (3.x)."""

from tensorflow import reverse
from tensorflow.keras.layers import (
    Activation,
    BatchNormalization,
    Conv1D,
    Layer,
    LayerNormalization,
    SpatialDropout1D,
)

class ResidualBlock(Layer):
    def __init__(
        self,
        dilation_rate,
        nb_filters,
        kernel_size,
        padding,
        activation="relu",
        dropout_rate=0,
        kernel_initializer="he_normal",
        use_batch_norm=False,
        use_layer_norm=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.nb_filters, self.kernel_initializer = nb_filters, kernel_initializer
        self.steps = []
        for _ in range(2):
            self.steps.append(
                Conv1D(
                    nb_filters,
                    kernel_size,
                    dilation_rate=dilation_rate,
                    padding=padding,
                    kernel_initializer=kernel_initializer,
                )
            )
            if use_batch_norm:
                self.steps.append(BatchNormalization())
            elif use_layer_norm:
                self.steps.append(LayerNormalization())
            self.steps.append(Activation(activation))
            self.steps.append(SpatialDropout1D(dropout_rate))
        self.steps.append(Activation(activation))
        self.last = Activation(activation)
        self.matching = None

    def build(self, input_shape):
        if self.nb_filters != input_shape[-1]:
            self.matching = Conv1D(
                self.nb_filters, 1, padding="same", kernel_initializer=self.kernel_initializer
            )

    def call(self, inputs, training=None):
        x = inputs
        for step in self.steps:
            x = step(x)
        kept = inputs if self.matching is None else self.matching(inputs)
        return self.last(kept + x), x

class TCN(Layer):
    def __init__(
        self,
        nb_filters=64,
        kernel_size=3,
        nb_stacks=1,
        dilations=(1, 2, 4, 8, 16, 32),
        padding="causal",
        use_skip_connections=True,
        dropout_rate=0.0,
        return_sequences=False,
        activation="relu",
        kernel_initializer="he_normal",
        use_batch_norm=False,
        use_layer_norm=False,
        go_backwards=False,
        return_state=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.use_skip_connections, self.return_sequences, self.go_backwards = (
            use_skip_connections,
            return_sequences,
            go_backwards,
        )
        self.residual_blocks = [
            ResidualBlock(
                dilation,
                nb_filters[number] if isinstance(nb_filters, list) else nb_filters,
                kernel_size,
                padding,
                activation,
                dropout_rate,
                kernel_initializer,
                use_batch_norm,
                use_layer_norm,
            )
            for _ in range(nb_stacks)
            for number, dilation in enumerate(dilations)
        ]

    def call(self, inputs, training=None):
        x, skipped = reverse(inputs, axis=[1]) if self.go_backwards else inputs, 0
        for block in self.residual_blocks:
            x, skip = block(x)
            skipped = skipped + skip
        if self.use_skip_connections:
            x = skipped
        return x if self.return_sequences else x[:, -1, :]
