import keras
from keras import layers
from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input


def scene_network(classes):
    inputs = keras.Input((96, 96, 3))
    x = preprocess_input(inputs)
    x = MobileNetV2(include_top=False, weights="imagenet", input_shape=(96, 96, 3), pooling="avg")(
        x, training=False
    )
    x = layers.Dropout(0.2)(x)
    return keras.Model(inputs, layers.Dense(classes)(x))
