"""Devices, number types, seeds and backends: names of torch that do not touch a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.frameworks.torch.library import LIBRARY
from trainlint.semantics.amounts import Usual
from trainlint.semantics.values import Args, Const, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_TYPES = """
float16 float32 float64 bfloat16 half float double int8 uint8 int16 int32 int64 short int long bool complex64
complex128 float8_e4m3fn float8_e5m2
"""
_LAYOUTS = "strided sparse_coo channels_last channels_last_3d contiguous_format preserve_format"

for _name in [*_TYPES.split(), *_LAYOUTS.split()]:
    LIBRARY.constant(f"torch.{_name}", f"torch.{_name}")
LIBRARY.constant("torch.pi", 3.141592653589793)
LIBRARY.constant("torch.e", 2.718281828459045)
LIBRARY.constant("torch.inf", float("inf"))
LIBRARY.constant("torch.nan", float("nan"))

_SETTINGS = """
set_default_dtype set_default_device set_default_tensor_type set_num_threads set_num_interop_threads set_printoptions
set_float32_matmul_precision use_deterministic_algorithms set_deterministic set_rng_state set_deterministic_debug_mode
cuda.empty_cache cuda.manual_seed cuda.manual_seed_all cuda.set_device cuda.synchronize cuda.reset_peak_memory_stats
autograd.set_detect_anomaly mps.manual_seed xpu.manual_seed_all random.manual_seed
"""


@LIBRARY.function(*(f"torch.{name}" for name in _SETTINGS.split()))
def setting(run: Interpreter, args: Args) -> Value:
    """Changes something about the process; returns None."""
    return Const(None)


_BFLOAT16 = Unknown("torch.cuda.is_bf16_supported()")
"""One answer for every time that it is asked: `fp16=not answer, bf16=answer` is one of the two."""


@LIBRARY.function("torch.cuda.is_bf16_supported")
def is_bf16_supported(run: Interpreter, args: Args) -> Value:
    """Not known, but the same for the whole run."""
    return _BFLOAT16


@LIBRARY.function("torch.cuda.device_count", "torch.xpu.device_count", "torch.mps.device_count")
def device_count(run: Interpreter, args: Args) -> Value:
    """Batches are said for each device: one is the usual number."""
    return Usual("the number of devices", Const(1))


@LIBRARY.function("torch.device", "torch.get_default_dtype", "torch.get_default_device")
def device(run: Interpreter, args: Args) -> Value:
    """A device: never known to the analysis, so that code for every device is looked at."""
    return Unknown("torch.device")
