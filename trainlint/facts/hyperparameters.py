"""Names that programs give to the settings of a training run."""

from __future__ import annotations

NAMES = frozenset(
    """
    lr learning_rate base_lr init_lr initial_lr max_lr min_lr lr0 head_lr backbone_lr
    weight_decay wd momentum nesterov betas beta1 beta2 adam_beta1 adam_beta2 adam_epsilon
    batch_size train_batch_size micro_batch_size batchsize accumulation_steps gradient_accumulation_steps
    accumulate_grad_batches grad_accum_steps
    epochs num_epochs n_epochs max_epochs max_steps num_steps total_steps train_steps
    warmup warmup_steps warmup_epochs warmup_ratio num_warmup_steps lr_decay gamma step_size milestones decay_steps
    scheduler lr_scheduler lr_schedule optimizer
    dropout dropout_rate drop_rate attn_dropout attention_dropout drop_path label_smoothing
    grad_clip clip_grad clip_grad_norm max_grad_norm gradient_clip_val gradient_clip grad_norm_clip
    """.split()  # noqa: SIM905
)
"""Only names that hardly mean anything else."""


def is_hyperparameter(key: str) -> bool:
    """Whether the last part of a dotted key names one."""
    return key.rsplit(".", 1)[-1].lower().replace("-", "_") in NAMES
