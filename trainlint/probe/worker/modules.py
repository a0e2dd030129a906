"""Operations that hold parameters or behave differently in training: constructors from options, by a whitelist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

Options = Mapping[str, Any]


def _plain(make: Callable[..., nn.Module]) -> Callable[[Options], nn.Module]:
    return lambda options: make(**options)


class Recurrent(nn.Module):
    """A recurrent layer, batch first, reduced to what the network takes from it (`returns`)."""

    def __init__(self, kind: type[nn.RNNBase], options: Options) -> None:
        super().__init__()
        options = dict(options)
        self.returns = options.pop("returns", "sequence")
        self.rnn = kind(batch_first=True, **options)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, D) to (N, T, directions H), its last step, or all last hidden states (N, layers directions H)."""
        sequence: Tensor
        sequence, state = self.rnn(x)
        if self.returns == "hidden":
            hidden: Tensor = state[0] if isinstance(state, tuple) else state
            return hidden.transpose(0, 1).flatten(1)
        return sequence[:, -1] if self.returns == "last" else sequence


class Attention(nn.Module):
    """Multi-head attention, batch first; one input stands for query, key and value."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        options = dict(options)
        self.causal = bool(options.pop("causal", False))
        self.attention = nn.MultiheadAttention(batch_first=True, **options)

    def forward(self, *inputs: Tensor) -> Tensor:
        """(N, T, D) tensors to (N, T, D)."""
        query, key, value = inputs if len(inputs) == 3 else (inputs[0], inputs[-1], inputs[-1])
        mask = _causal(query.shape[1]) if self.causal and query.shape[1] == key.shape[1] else None
        return self.attention(query, key, value, need_weights=False, attn_mask=mask)[0]  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """A block or a stack of torch's encoder or decoder blocks."""

    def __init__(self, kind: type[nn.Module], stack: type[nn.Module] | None, options: Options) -> None:
        super().__init__()
        options = dict(options)
        self.causal, layers = bool(options.pop("causal", False)), options.pop("num_layers", 1)
        block = kind(batch_first=True, **options)
        self.body = block if stack is None else stack(block, layers, **_no_nesting(stack))
        self.decoder = kind is nn.TransformerDecoderLayer

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """(N, T, D), and what a decoder attends to, to (N, T, D)."""
        mask = _causal(x.shape[1]) if self.causal else None
        if self.decoder:
            return self.body(x, memory, tgt_mask=mask)  # type: ignore[no-any-return]
        return self.body(x, mask)  # type: ignore[no-any-return]


def _no_nesting(stack: type[nn.Module]) -> dict[str, bool]:
    return {"enable_nested_tensor": False} if stack is nn.TransformerEncoder else {}


def _causal(length: int) -> Tensor:
    return torch.full((length, length), float("-inf")).triu(1)


class Parameter(nn.Module):
    """A learned tensor of its own, given to every sample."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(tuple(options["shape"])))

    def forward(self) -> Tensor:
        """The tensor; the network adds the batch."""
        return self.weight


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm over any number of dimensions: the channels are dimension 1, or the last one of sequences (`_rows`)."""

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2 or input.shape[1] != self.num_features:
            raise ValueError(f"batch norm over {self.num_features} features of a tensor {tuple(input.shape)}")


class InstanceNorm(nn.Module):
    """Instance norm over any number of dimensions."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.eps = float(options.get("eps", 1e-5))
        affine, size = bool(options.get("affine", False)), int(options["num_features"])
        self.weight = nn.Parameter(torch.ones(size)) if affine else None
        self.bias = nn.Parameter(torch.zeros(size)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, ...) to the same shape."""
        return nn.functional.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)


class L2Normalize(nn.Module):
    """Divides by the norm over one dimension."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = {"dim": 1, **options}

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return nn.functional.normalize(x, **self.options)


class GaussianNoise(nn.Module):
    """Adds noise in training (Keras' GaussianNoise)."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.std = float(options["std"])

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return x + self.std * torch.randn_like(x) if self.training else x


class ChannelDropout(nn.Module):
    """Drops whole channels (dimension 1), whatever comes after it."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.p = float(options["p"])

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return torch.feature_dropout(x, self.p, self.training)


def _layernorm(kind: type[nn.Module]) -> Callable[[Options], nn.Module]:
    def make(options: Options) -> nn.Module:
        renamed = {"elementwise_affine" if k == "affine" else k: v for k, v in options.items()}
        return kind(**renamed)

    return make


MODULES: dict[str, Callable[[Options], nn.Module]] = {
    "linear": _plain(nn.Linear),
    "bilinear": _plain(nn.Bilinear),
    "conv1d": _plain(nn.Conv1d),
    "conv2d": _plain(nn.Conv2d),
    "conv3d": _plain(nn.Conv3d),
    "conv_transpose1d": _plain(nn.ConvTranspose1d),
    "conv_transpose2d": _plain(nn.ConvTranspose2d),
    "conv_transpose3d": _plain(nn.ConvTranspose3d),
    "embedding": _plain(nn.Embedding),
    "rnn": lambda options: Recurrent(nn.RNN, options),
    "lstm": lambda options: Recurrent(nn.LSTM, options),
    "gru": lambda options: Recurrent(nn.GRU, options),
    "attention": Attention,
    "transformer_encoder_layer": lambda options: Transformer(nn.TransformerEncoderLayer, None, options),
    "transformer_encoder": lambda options: Transformer(
        nn.TransformerEncoderLayer, nn.TransformerEncoder, options
    ),
    "transformer_decoder_layer": lambda options: Transformer(nn.TransformerDecoderLayer, None, options),
    "transformer_decoder": lambda options: Transformer(
        nn.TransformerDecoderLayer, nn.TransformerDecoder, options
    ),
    "parameter": Parameter,
    "prelu": _plain(nn.PReLU),
    "rrelu": _plain(nn.RReLU),
    "batchnorm": _plain(BatchNorm),
    "instancenorm": InstanceNorm,
    "layernorm": _layernorm(nn.LayerNorm),
    "rmsnorm": _layernorm(getattr(nn, "RMSNorm", nn.LayerNorm)),  # RMSNorm came with torch 2.4
    "groupnorm": _plain(nn.GroupNorm),
    "l2_normalize": L2Normalize,
    "local_response_norm": _plain(nn.LocalResponseNorm),
    "dropout": _plain(nn.Dropout),
    "dropout_channels": ChannelDropout,
    "alpha_dropout": _plain(nn.AlphaDropout),
    "gaussian_noise": GaussianNoise,
    "upsample": _plain(nn.Upsample),
}
"""Operation -> its module. Everything else is a function (`functions.FUNCTIONS`)."""
