# everything that can be changed
ROOT = "fer/"
CLASSES = ("anger", "fear", "joy", "neutral", "sadness", "surprise")
IMAGE = 48
CHANNELS = [32, 64, 128]
DROPOUT = 0.25

OPTIMIZER = "adamw"
BASE_RATE = 0.0015
DECAY = 1e-2
BATCH = 96
EPOCHS = 45
WARMUP = 3
