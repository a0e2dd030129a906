"""Libraries that are described in Python, each module in a text of its dotted name beside this file."""

from __future__ import annotations

from pathlib import Path

from trainlint.semantics.described import DescribedLibrary

FOLDER = Path(__file__).parent
FOLLOWED = (
    "TorchCRF", "efficientnet_pytorch", "higher", "kornia", "learn2learn", "local_attention", "mamba_ssm", "rotary_embedding_torch", "torchaudio", "torchcrf",
    "coqpit", "torchdiffeq", "torchsde", "trainer", "vector_quantize_pytorch",
)  # fmt: skip
"""Packages that can be followed where a project carries a copy of them."""
LIBRARY = DescribedLibrary(
    FOLDER, *sorted({path.name.split(".")[0] for path in FOLDER.glob("*.pyi")}), second=FOLLOWED
)
