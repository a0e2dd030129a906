"""Libraries that are described in Python, each module in a text of its dotted name beside this file."""

from __future__ import annotations

from pathlib import Path

from trainlint.semantics.described import DescribedLibrary

FOLDER = Path(__file__).parent
FOLLOWED = (
    "TorchCRF", "efficientnet_pytorch", "ema_pytorch", "higher", "kornia", "learn2learn", "local_attention", "mamba_ssm", "pretrainedmodels", "rotary_embedding_torch", "torchaudio", "torchcrf",
    "coqpit", "torchdiffeq", "torchsde", "trainer", "vector_quantize_pytorch",
    "gym", "gymnasium", "keras_resnet", "nested_dict", "torchnet", "vit_keras",
)  # fmt: skip
"""Packages that can be followed where a project carries a copy of them."""
RENAMED = {"gymnasium": "gym"}
"""New names of packages that are described under their old one."""
DESCRIBED = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.pyi")} | RENAMED.keys())
LIBRARY = DescribedLibrary(FOLDER, *DESCRIBED, second=FOLLOWED)
LIBRARY.files.update((new, LIBRARY.files[old]) for new, old in RENAMED.items())
