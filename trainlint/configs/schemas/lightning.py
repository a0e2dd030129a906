"""Lightning CLI's YAML: `trainer`, `model`, `data`, `optimizer`, at the top or below `fit`.

Keys: the arguments of lightning.pytorch.Trainer (2.6, and names that 1.x had).
"""

from __future__ import annotations

from trainlint.configs.documents import Reading
from trainlint.configs.schemas.names import words
from trainlint.configs.schemas.schema import Reader, Schema, first, keys_of, mappings, section, text_of
from trainlint.facts.options import OptionTable
from trainlint.semantics.sequences import DictValue
from trainlint.source.tree import ConfigNode

CURRENT = words(
    """
    accelerator strategy devices num_nodes precision logger callbacks fast_dev_run max_epochs min_epochs max_steps
    min_steps max_time limit_train_batches limit_val_batches limit_test_batches limit_predict_batches overfit_batches
    val_check_interval check_val_every_n_epoch num_sanity_val_steps log_every_n_steps enable_checkpointing
    enable_progress_bar enable_model_summary accumulate_grad_batches gradient_clip_val gradient_clip_algorithm
    deterministic benchmark inference_mode use_distributed_sampler profiler detect_anomaly barebones plugins
    sync_batchnorm reload_dataloaders_every_n_epochs default_root_dir enable_autolog_hparams model_registry
    """
)
EARLIER = words(
    """
    gpus tpu_cores ipus num_processes auto_select_gpus auto_lr_find auto_scale_batch_size replace_sampler_ddp
    amp_backend amp_level move_metrics_to_cpu multiple_trainloader_mode resume_from_checkpoint track_grad_norm
    weights_save_path checkpoint_callback progress_bar_refresh_rate weights_summary flush_logs_every_n_steps
    truncated_bptt_steps distributed_backend process_position prepare_data_per_node terminate_on_nan stochastic_weight_avg
    log_gpu_memory log_save_interval row_log_interval reload_dataloaders_every_epoch train_percent_check val_percent_check
    """
)
TABLE = OptionTable("lightning.Trainer", CURRENT | EARLIER)
_BESIDE = frozenset({"model", "data", "optimizer", "lr_scheduler", "seed_everything", "ckpt_path", "trainer"})


def _cli(node: ConfigNode) -> bool:
    keys = keys_of(node)
    trainer = node.get("trainer")
    own = keys_of(trainer)
    fitting = own & TABLE.keys and len(own - TABLE.keys - {"class_path", "init_args"}) <= 1
    classes = any("class_path" in keys_of(child) for child in node.children())
    return bool(fitting and keys & _BESIDE - {"trainer"}) and (classes or "seed_everything" in keys)


def fits(node: ConfigNode) -> bool:
    """A `trainer` with arguments of Trainer and nothing else, beside a `class_path` or `seed_everything`."""
    fit = node.get("fit")
    return _cli(node) or (fit is not None and fit.kind == "mapping" and _cli(fit))


def read(reader: Reader, root: DictValue) -> None:
    """Clipping and precision of the trainer, the optimizer, and the batch size of the data."""
    top = section(root, "fit") or root
    trainer = section(top, "trainer")
    if trainer is not None:
        reader.options(trainer, "lightning.Trainer")
        kind = text_of(first(trainer, "gradient_clip_algorithm")) or "norm"
        reader.clipping(kind, first(trainer, "gradient_clip_val"))
        reader.mixed_precision(first(trainer, "precision"))
    optimizer = None
    named = section(top, "optimizer")
    if named is not None and text_of(first(named, "class_path")):
        given = section(named, "init_args")
        options = given.strings() if given is not None else {}
        optimizer = reader.optimizer(
            text_of(first(named, "class_path")) or "", options, first(named, "class_path")
        )
    planned = section(top, "lr_scheduler")
    if planned is not None and text_of(first(planned, "class_path")):
        reader.schedule(
            text_of(first(planned, "class_path")) or "", optimizer, at=first(planned, "class_path")
        )
    for mapping in mappings(section(top, "data") or DictValue()):
        if first(mapping, "batch_size", "train_batch_size") is not None:
            reader.batches(first(mapping, "batch_size", "train_batch_size"))
            break


SCHEMA = Schema(
    "lightning.LightningCLI", fits, read, Reading("lightning", yaml12=True), "lightning", None, "LightningCLI"
)
