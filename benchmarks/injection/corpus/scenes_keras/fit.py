import json

import keras
import numpy as np
from network import scene_network

with open("settings.json") as file:
    settings = json.load(file)
keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
x_train = np.repeat(np.repeat(x_train, 3, axis=1), 3, axis=2)
x_test = np.repeat(np.repeat(x_test, 3, axis=1), 3, axis=2)
model = scene_network(10)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=settings["learning_rate"]),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(
    x_train, y_train, batch_size=settings["batch_size"], epochs=settings["epochs"], validation_split=0.1
)
print(model.evaluate(x_test, y_test))
