"""DeepSpeed's JSON: batch sizes, optimizer, scheduler, precision, ZeRO.

Keys: https://www.deepspeed.ai/docs/config-json/. `"auto"` leaves a value to transformers or accelerate.
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.schema import Reader, Schema, first, is_true, keys_of, section, text_of
from trainlint.facts.options import OptionTable
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode

_OFFLOAD = "device nvme_path buffer_count buffer_size max_in_cpu pin_memory fast_init ratio pipeline pipeline_read pipeline_write"
_ZERO = (
    "stage allgather_partitions allgather_bucket_size overlap_comm reduce_scatter reduce_bucket_size "
    "contiguous_gradients elastic_checkpoint sub_group_size round_robin_gradients load_from_fp32_weights "
    "use_multi_rank_bucket_allreduce stage3_max_live_parameters stage3_max_reuse_distance stage3_prefetch_bucket_size "
    "stage3_param_persistence_threshold stage3_model_persistence_threshold "
    "stage3_gather_16bit_weights_on_model_save stage3_gather_fp16_weights_on_model_save stage3_module_granularity_threshold "
    "stage3_use_all_reduce_for_fetch_params stage3_allgather_sequential cpu_offload cpu_offload_params cpu_offload_param "
    "cpu_offload_use_pin_memory zero_hpz_partition_size zero_quantized_weights zero_quantized_nontrainable_weights zero_quantized_gradients "
    "mics_shard_size mics_hierarchical_params_gather memory_efficient_linear pipeline_loading_checkpoint override_module_apply ignore_unused_parameters "
    "legacy_stage1 log_trace_cache_warnings zeropp_loco_param enable_sanity_checks"
)
_FP16 = (
    "enabled auto_cast loss_scale initial_scale_power loss_scale_window hysteresis consecutive_hysteresis min_loss_scale "
    "fp16_master_weights_and_grads"
)
_TOP = (
    "train_batch_size train_micro_batch_size_per_gpu gradient_accumulation_steps steps_per_print wall_clock_breakdown "
    "dump_state gradient_clipping prescale_gradients gradient_predivide_factor sparse_gradients memory_breakdown "
    "zero_allow_untested_optimizer zero_force_ds_cpu_optimizer communication_data_type seq_parallel_communication_data_type "
    "fp32_allreduce disable_allgather dataloader_drop_last use_data_before_expert_parallelism graph_harvesting "
    "optimizer.type optimizer.params.* optimizer.legacy_fusion scheduler.type scheduler.params.* amp.* torch_autocast.* "
    "activation_checkpointing.* flops_profiler.* autotuning.* comms_logger.* tensorboard.* wandb.* csv_monitor.* comet.* "
    "elasticity.* compression_training.* data_efficiency.* curriculum_learning.* progressive_layer_drop.* aio.* "
    "sparse_attention.* hybrid_engine.* checkpoint.* data_types.* nebula.* eigenvalue.* pipeline.* compile.* "
    "quantize_training.* monitor_config.* tensor_parallel.* timers.* weight_quantization.* bfloat16.* data_sampling.* "
    "inference_optimized.* zero_optimization.offload_param zero_optimization.offload_optimizer comm_backend_name"
)


def _below(prefix: str, names: str) -> set[str]:
    return {f"{prefix}.{name}" for name in names.split()}


TABLE = OptionTable(
    "deepspeed",
    frozenset(_TOP.split())
    | _below("zero_optimization", _ZERO)
    | _below("zero_optimization.offload_param", _OFFLOAD)
    | _below("zero_optimization.offload_optimizer", _OFFLOAD)
    | _below("fp16", _FP16)
    | _below(
        "bf16",
        "enabled immediate_grad_update check_grad_overflow bf16_master_weights_and_grads bf16_optimizer_states",
    ),
)

_ALONE = frozenset({"zero_optimization", "train_micro_batch_size_per_gpu", "zero_allow_untested_optimizer"})
_WITH = frozenset(
    {"optimizer", "scheduler", "fp16", "bf16", "gradient_accumulation_steps", "steps_per_print", "amp"}
)


def fits(node: ConfigNode) -> bool:
    """ZeRO or the micro batch size at the top level, or `train_batch_size` beside two other keys of DeepSpeed."""
    keys = keys_of(node)
    own = keys & _ALONE
    beside = len(own) > 1 or len(keys) == 1 or keys & (_WITH | {"train_batch_size", "gradient_clipping"})
    return bool(own and beside) or ("train_batch_size" in keys and len(keys & _WITH) >= 2)


def read(reader: Reader, root: DictValue) -> None:
    """Optimizer and scheduler where the document names them, clipping, precision and the batch of a process."""
    reader.options(root)
    named = section(root, "optimizer")
    optimizer = None
    if named is not None and text_of(first(named, "type")):
        params = section(named, "params")
        options = params.strings() if params is not None else {}
        optimizer = reader.optimizer(text_of(first(named, "type")) or "", options, first(named, "type"))
    planned = section(root, "scheduler")
    if planned is not None and text_of(first(planned, "type")):
        name = text_of(first(planned, "type")) or ""
        reader.schedule(name, optimizer, warmup=name.startswith("Warmup"), at=first(planned, "type"))
    reader.clipping("norm", first(root, "gradient_clipping"))
    reader.batches(first(root, "train_micro_batch_size_per_gpu"))
    for key in ("bf16", "fp16", "amp"):
        if is_true(first(section(root, key), "enabled")):
            reader.mixed_precision(first(section(root, key), "enabled"))
            break


SCHEMA = Schema("deepspeed", fits, read, Reading("json"), "deepspeed", TABLE, "deepspeed.initialize()")
