"""Networks of keras-resnet (0.2); without the head they return the features of each stage."""

from keras_resnet.blocks import basic_2d, bottleneck_2d
from keras_resnet.layers import BatchNormalization
from tensorflow.keras import Model
from tensorflow.keras.layers import Activation, Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D

class ResNet2D(Model):
    def __init__(
        self,
        inputs,
        blocks,
        block,
        include_top=True,
        classes=1000,
        freeze_bn=True,
        numerical_names=None,
        *args,
        **kwargs,
    ):
        x = Conv2D(64, (7, 7), strides=(2, 2), use_bias=False, name="conv1", padding="same")(inputs)
        x = BatchNormalization(axis=3, epsilon=1e-5, freeze=freeze_bn, name="bn_conv1")(x)
        x = Activation("relu", name="conv1_relu")(x)
        x = MaxPooling2D((3, 3), strides=(2, 2), padding="same", name="pool1")(x)
        features, outputs = 64, []
        for stage, count in enumerate(blocks):
            for number in range(count):
                x = block(features, stage, number, freeze_bn=freeze_bn)(x)
            features *= 2
            outputs.append(x)
        if include_top:
            x = GlobalAveragePooling2D(name="pool5")(x)
            x = Dense(classes, activation="softmax", name="fc1000")(x)
            super().__init__(*args, inputs=inputs, outputs=x, **kwargs)
        else:
            super().__init__(*args, inputs=inputs, outputs=outputs, **kwargs)

class ResNet2D18(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [2, 2, 2, 2] if blocks is None else blocks
        super().__init__(inputs, blocks, basic_2d, include_top, classes, freeze_bn, *args, **kwargs)

class ResNet2D34(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [3, 4, 6, 3] if blocks is None else blocks
        super().__init__(inputs, blocks, basic_2d, include_top, classes, freeze_bn, *args, **kwargs)

class ResNet2D50(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [3, 4, 6, 3] if blocks is None else blocks
        super().__init__(inputs, blocks, bottleneck_2d, include_top, classes, freeze_bn, *args, **kwargs)

class ResNet2D101(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [3, 4, 23, 3] if blocks is None else blocks
        super().__init__(inputs, blocks, bottleneck_2d, include_top, classes, freeze_bn, *args, **kwargs)

class ResNet2D152(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [3, 8, 36, 3] if blocks is None else blocks
        super().__init__(inputs, blocks, bottleneck_2d, include_top, classes, freeze_bn, *args, **kwargs)

class ResNet2D200(ResNet2D):
    def __init__(self, inputs, blocks=None, include_top=True, classes=1000, freeze_bn=False, *args, **kwargs):
        blocks = [3, 24, 36, 3] if blocks is None else blocks
        super().__init__(inputs, blocks, bottleneck_2d, include_top, classes, freeze_bn, *args, **kwargs)

ResNet = ResNet2D
ResNet18 = ResNet2D18
ResNet34 = ResNet2D34
ResNet50 = ResNet2D50
ResNet101 = ResNet2D101
ResNet152 = ResNet2D152
ResNet200 = ResNet2D200
