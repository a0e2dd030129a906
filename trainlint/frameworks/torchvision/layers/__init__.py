"""The layers of torchvision's networks, one module for each family. `LISTED` says which networks are built of them."""

from trainlint.frameworks.torchvision.layers import (
    convnext,
    densenet,
    efficient,
    inception,
    mobilenet,
    plain,
    regnet,
    resnet,
    shufflenet,
    squeezenet,
    transformers,
    video,
)
from trainlint.frameworks.torchvision.layers.build import Listed

LISTED: dict[str, Listed] = {
    **resnet.NETWORKS,
    **plain.NETWORKS,
    **mobilenet.NETWORKS,
    **densenet.NETWORKS,
    **squeezenet.NETWORKS,
    **convnext.NETWORKS,
    **efficient.NETWORKS,
    **inception.NETWORKS,
    **transformers.NETWORKS,
    **shufflenet.NETWORKS,
    **regnet.NETWORKS,
    **video.NETWORKS,
}
"""By name: how the layers are built, and how they run. Others are one node."""
