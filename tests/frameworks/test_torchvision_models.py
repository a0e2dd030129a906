"""The layers of torchvision's networks against its documentation: numbers of parameters, and layers in order."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.facts_format import FactExample
from tests.facts_harness import Revealed

PUBLISHED = {
    "alexnet": 61_100_840,
    "convnext_base": 88_591_464,
    "convnext_tiny": 28_589_128,
    "densenet121": 7_978_856,
    "densenet161": 28_681_000,
    "densenet201": 20_013_928,
    "efficientnet_b0": 5_288_548,
    "efficientnet_b3": 12_233_232,
    "efficientnet_b7": 66_347_960,
    "efficientnet_v2_m": 54_139_356,
    "efficientnet_v2_s": 21_458_488,
    "mnasnet1_0": 4_383_312,
    "mobilenet_v2": 3_504_872,
    "mobilenet_v3_large": 5_483_032,
    "mobilenet_v3_small": 2_542_856,
    "regnet_x_400mf": 5_495_976,
    "regnet_y_400mf": 4_344_144,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet152": 60_192_808,
    "resnext50_32x4d": 25_028_904,
    "resnext101_64x4d": 83_455_272,
    "shufflenet_v2_x1_0": 2_278_604,
    "squeezenet1_0": 1_248_424,
    "squeezenet1_1": 1_235_496,
    "swin_b": 87_768_224,
    "swin_t": 28_288_354,
    "vgg11_bn": 132_868_840,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "vit_b_16": 86_567_656,
    "vit_l_32": 306_535_400,
    "wide_resnet50_2": 68_883_240,
}
"""`num_params` of the documentation's table of weights."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_and_shapes(tmp_path: Path, name: str) -> None:
    """All weights are there with their shapes, and a picture becomes 1000 numbers."""
    script = f"import torch\nimport torchvision\nnet = torchvision.models.{name}()\ny = net(torch.randn(2, 3, 224, 224))\n"
    found = Revealed(FactExample("models", name, 1, {"train.py": script}), tmp_path)
    network = next(m for m in found.program.modules if m.qualname.endswith(name))
    shapes = [p.shape for m in network.walk() for p in m.parameters.values()]
    assert sum(math.prod(n or 0 for n in shape or ()) for shape in shapes) == PUBLISHED[name]
    call = next(c for c in found.program.calls if c.module is network)
    assert call.outputs[0].shape == (2, 1000)
    assert all(m.location.line == 3 for m in network.walk())


INCEPTION = {
    "inception_v3()": 27_161_264,
    "googlenet(weights='DEFAULT')": 6_624_904,
    "googlenet()": 13_004_888,
}
"""`num_params` of the weights; without weights GoogLeNet has two heads more."""


@pytest.mark.parametrize("call", INCEPTION)
def test_parameters_with_auxiliary_heads(tmp_path: Path, call: str) -> None:
    script = f"import torch\nimport torchvision\nnet = torchvision.models.{call}\ny = net.eval()(torch.randn(2, 3, 299, 299))\n"
    found = Revealed(FactExample("models", call, 1, {"train.py": script}), tmp_path)
    network = next(m for m in found.program.modules if m.name in ("inception_v3", "googlenet"))
    shapes = [p.shape for m in network.walk() for p in m.parameters.values()]
    assert sum(math.prod(n or 0 for n in shape or ()) for shape in shapes) == INCEPTION[call]
    assert next(c for c in found.program.calls if c.module is network).outputs[0].shape == (2, 1000)


DENSE = {
    "segmentation.deeplabv3_resnet50": 42_004_074,
    "segmentation.fcn_resnet50": 35_322_218,
    "segmentation.fcn_resnet101": 54_314_346,
    "detection.fasterrcnn_resnet50_fpn": 41_755_286,
    "detection.maskrcnn_resnet50_fpn": 44_401_393,
    "detection.retinanet_resnet50_fpn": 34_014_999,
    "detection.keypointrcnn_resnet50_fpn": 59_137_258,
}
"""`num_params` of the weights; those of detectors count no batch norms, which are frozen there."""


@pytest.mark.parametrize("name", DENSE)
def test_parameters_of_dense_networks(tmp_path: Path, name: str) -> None:
    script = f"import torchvision\nnet = torchvision.models.{name}(weights='DEFAULT')\n"
    found = Revealed(FactExample("models", name, 1, {"train.py": script}), tmp_path)
    network = next(m for m in found.program.modules if m.qualname.endswith(name))
    frozen = name.startswith("detection")
    shapes = [
        p.shape
        for m in network.walk()
        for p in m.parameters.values()
        if not (frozen and m.name == "batchnorm")
    ]
    assert sum(math.prod(n or 0 for n in shape or ()) for shape in shapes) == DENSE[name]
