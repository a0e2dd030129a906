"""The torchvision library object, which also knows PIL, OpenCV, imageio and scikit-image's readers."""

from trainlint.semantics.library import TableLibrary

LIBRARY = TableLibrary(
    "torchvision",
    "PIL",
    "cv2",
    "imageio",
    "skimage",
    usual={
        "torchvision": "torchvision",
        "transforms": "torchvision.transforms",
        "datasets": "torchvision.datasets",
        "models": "torchvision.models",
        "Image": "PIL.Image",
        "cv2": "cv2",
    },
    observers=("torchvision.utils",),
)
LIBRARY.alias("torchvision.transforms.v2.functional", "torchvision.transforms.functional")
LIBRARY.alias("torchvision.transforms.v2", "torchvision.transforms")
LIBRARY.alias("torchvision.transforms.transforms", "torchvision.transforms")
for _family in [
    "resnet",
    "vgg",
    "alexnet",
    "densenet",
    "googlenet",
    "inception",
    "mobilenet",
    "mobilenetv2",
    "mobilenetv3",
    "squeezenet",
    "shufflenetv2",
    "mnasnet",
    "efficientnet",
    "convnext",
    "vision_transformer",
    "swin_transformer",
    "regnet",
    "maxvit",
]:
    LIBRARY.alias(f"torchvision.models.{_family}", "torchvision.models")
LIBRARY.alias("torchvision.models.video.resnet", "torchvision.models.video")
