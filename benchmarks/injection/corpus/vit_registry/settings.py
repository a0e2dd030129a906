MODEL = "vit"
MODEL_ARGS = {"dim": 192, "depth": 6, "heads": 3}

OPTIM = {
    "lr": 5e-4,
    "weight_decay": 0.05,
}
BATCH_SIZE = 128
EPOCHS = 90
WARMUP_EPOCHS = 5
CLIP = 1.0
DATA_DIR = "./cifar"
