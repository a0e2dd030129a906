"""Vision transformers of vit-keras (0.1, 0.2)."""

from tensorflow import broadcast_to, concat, matmul, reshape, shape, transpose
from tensorflow.keras import Model, Sequential
from tensorflow.keras.activations import gelu
from tensorflow.keras.layers import (
    Conv2D,
    Dense,
    Dropout,
    Input,
    Lambda,
    Layer,
    LayerNormalization,
    Reshape,
    Softmax,
)

_BASE = dict(num_layers=12, hidden_size=768, num_heads=12, mlp_dim=3072)
_LARGE = dict(num_layers=24, hidden_size=1024, num_heads=16, mlp_dim=4096)

class ClassToken(Layer):
    def build(self, input_shape):
        self.width = input_shape[-1]
        self.cls = self.add_weight(shape=(1, 1, self.width), initializer="zeros", name="cls")

    def call(self, inputs):
        return concat([broadcast_to(self.cls, [shape(inputs)[0], 1, self.width]), inputs], 1)

class AddPositionEmbs(Layer):
    def build(self, input_shape):
        self.pe = self.add_weight(
            shape=(1, input_shape[1], input_shape[2]), initializer="random_normal", name="pos_embedding"
        )

    def call(self, inputs):
        return inputs + self.pe

class MultiHeadSelfAttention(Layer):
    def __init__(self, *args, num_heads, **kwargs):
        super().__init__(*args, **kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        self.width = input_shape[-1]
        self.query_dense = Dense(self.width)
        self.key_dense = Dense(self.width)
        self.value_dense = Dense(self.width)
        self.combine_heads = Dense(self.width)

    def _heads(self, x):
        x = reshape(x, (shape(x)[0], -1, self.num_heads, self.width // self.num_heads))
        return transpose(x, perm=[0, 2, 1, 3])

    def call(self, inputs):
        query = self._heads(self.query_dense(inputs))
        key = self._heads(self.key_dense(inputs))
        value = self._heads(self.value_dense(inputs))
        weights = Softmax()(matmul(query, transpose(key, perm=[0, 1, 3, 2])) / self.width**0.5)
        x = transpose(matmul(weights, value), perm=[0, 2, 1, 3])
        return self.combine_heads(reshape(x, (shape(x)[0], -1, self.width))), weights

class TransformerBlock(Layer):
    def __init__(self, *args, num_heads, mlp_dim, dropout, **kwargs):
        super().__init__(*args, **kwargs)
        self.num_heads, self.mlp_dim, self.dropout = num_heads, mlp_dim, dropout

    def build(self, input_shape):
        self.layernorm1 = LayerNormalization(epsilon=1e-6)
        self.att = MultiHeadSelfAttention(num_heads=self.num_heads)
        self.dropout_layer = Dropout(self.dropout)
        self.layernorm2 = LayerNormalization(epsilon=1e-6)
        self.mlpblock = Sequential(
            [
                Dense(self.mlp_dim, activation="linear"),
                Lambda(lambda x: gelu(x, approximate=False)),
                Dropout(self.dropout),
                Dense(input_shape[-1]),
                Dropout(self.dropout),
            ]
        )

    def call(self, inputs, training=None):
        x, weights = self.att(self.layernorm1(inputs))
        x = self.dropout_layer(x, training=training) + inputs
        return x + self.mlpblock(self.layernorm2(x)), weights

def build_model(
    image_size,
    patch_size,
    num_layers,
    hidden_size,
    num_heads,
    name,
    mlp_dim,
    classes,
    dropout=0.1,
    activation="linear",
    include_top=True,
    representation_size=None,
):
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    x = Input(shape=(height, width, 3))
    y = Conv2D(hidden_size, patch_size, strides=patch_size, padding="valid", name="embedding")(x)
    y = Reshape((y.shape[1] * y.shape[2], hidden_size))(y)
    y = AddPositionEmbs()(ClassToken()(y))
    for _ in range(num_layers):
        y, _ = TransformerBlock(num_heads=num_heads, mlp_dim=mlp_dim, dropout=dropout)(y)
    y = LayerNormalization(epsilon=1e-6)(y)
    y = Lambda(lambda v: v[:, 0])(y)
    if representation_size is not None:
        y = Dense(representation_size, activation="tanh")(y)
    if include_top:
        y = Dense(classes, activation=activation)(y)
    return Model(inputs=x, outputs=y, name=name)

def _named(
    name, patch, options, wide, image_size, classes, activation, include_top, pretrained, top, weights
):
    if top:
        classes = 21843 if weights == "imagenet21k" else 1000
    model = build_model(
        image_size,
        patch,
        name=name,
        classes=classes,
        activation=activation,
        include_top=include_top,
        representation_size=wide if weights == "imagenet21k" else None,
        **options,
    )
    if pretrained:
        model.load_weights(f"{name}_{weights}.npz")
    return model

def vit_b16(
    image_size=(224, 224),
    classes=1000,
    activation="linear",
    include_top=True,
    pretrained=True,
    pretrained_top=True,
    weights="imagenet21k+imagenet2012",
):
    return _named(
        "vit-b16",
        16,
        _BASE,
        768,
        image_size,
        classes,
        activation,
        include_top,
        pretrained,
        pretrained_top,
        weights,
    )

def vit_b32(
    image_size=(224, 224),
    classes=1000,
    activation="linear",
    include_top=True,
    pretrained=True,
    pretrained_top=True,
    weights="imagenet21k+imagenet2012",
):
    return _named(
        "vit-b32",
        32,
        _BASE,
        768,
        image_size,
        classes,
        activation,
        include_top,
        pretrained,
        pretrained_top,
        weights,
    )

def vit_l16(
    image_size=(384, 384),
    classes=1000,
    activation="linear",
    include_top=True,
    pretrained=True,
    pretrained_top=True,
    weights="imagenet21k+imagenet2012",
):
    return _named(
        "vit-l16",
        16,
        _LARGE,
        1024,
        image_size,
        classes,
        activation,
        include_top,
        pretrained,
        pretrained_top,
        weights,
    )

def vit_l32(
    image_size=(384, 384),
    classes=1000,
    activation="linear",
    include_top=True,
    pretrained=True,
    pretrained_top=True,
    weights="imagenet21k+imagenet2012",
):
    return _named(
        "vit-l32",
        32,
        _LARGE,
        1024,
        image_size,
        classes,
        activation,
        include_top,
        pretrained,
        pretrained_top,
        weights,
    )
