from .convnet import FlowerNet

__all__ = ["FlowerNet"]
