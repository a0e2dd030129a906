"""Fields of TrainingArguments and of the configs that inherit from it, with their defaults (transformers 5.23, trl
1.16, sentence-transformers 6.2), and what transformers 4 called them."""

from __future__ import annotations

from typing import Any

_COMMON: dict[str, Any] = {
    "output_dir": None, "per_device_train_batch_size": 8, "num_train_epochs": 3.0, "max_steps": -1,
    "learning_rate": 5e-5, "lr_scheduler_type": "linear", "lr_scheduler_kwargs": None, "warmup_steps": 0,
    "optim": "adamw_torch_fused", "optim_args": None, "weight_decay": 0.0, "adam_beta1": 0.9, "adam_beta2": 0.999,
    "adam_epsilon": 1e-8, "optim_target_modules": None, "gradient_accumulation_steps": 1,
    "average_tokens_across_devices": True, "max_grad_norm": 1.0, "label_smoothing_factor": 0.0, "bf16": False,
    "fp16": False, "bf16_full_eval": False, "fp16_full_eval": False, "tf32": None, "activation_checkpointing": None,
    "activation_checkpointing_kwargs": None, "gradient_checkpointing": None, "gradient_checkpointing_kwargs": None,
    "torch_compile": False, "torch_compile_backend": None, "torch_compile_mode": None, "use_liger_kernel": False,
    "liger_kernel_config": None, "use_cache": False, "neftune_noise_alpha": None, "torch_empty_cache_steps": None,
    "auto_find_batch_size": False, "logging_strategy": "steps", "logging_steps": 500, "logging_first_step": False,
    "log_on_each_node": True, "logging_nan_inf_filter": True, "include_num_input_tokens_seen": "no",
    "log_level": "passive", "log_level_replica": "warning", "disable_tqdm": None, "report_to": "none",
    "run_name": None, "project": "huggingface", "trackio_space_id": None, "trackio_bucket_id": None,
    "trackio_static_space_id": None, "eval_strategy": "no", "eval_steps": None, "eval_delay": 0,
    "per_device_eval_batch_size": 8, "prediction_loss_only": False, "eval_on_start": False,
    "eval_do_concat_batches": True, "eval_use_gather_object": False, "eval_accumulation_steps": None,
    "include_for_metrics": (), "batch_eval_metrics": False, "save_only_model": False, "save_strategy": "steps",
    "save_steps": 500, "save_on_each_node": False, "save_total_limit": None, "enable_jit_checkpoint": False,
    "push_to_hub": False, "hub_token": None, "hub_private_repo": None, "hub_model_id": None,
    "hub_strategy": "every_save", "hub_always_push": False, "hub_revision": None, "load_best_model_at_end": False,
    "metric_for_best_model": None, "greater_is_better": None, "ignore_data_skip": False,
    "restore_callback_states_from_checkpoint": False, "full_determinism": False, "seed": 42, "data_seed": None,
    "use_cpu": False, "accelerator_config": None, "parallelism_config": None, "dataloader_drop_last": False,
    "dataloader_num_workers": 0, "dataloader_pin_memory": True, "dataloader_persistent_workers": False,
    "dataloader_prefetch_factor": None, "dataloader_multiprocessing_context": None, "dataloader_in_order": True,
    "remove_unused_columns": True, "label_names": None, "train_sampling_strategy": "random",
    "length_column_name": "length", "ddp_find_unused_parameters": None, "ddp_bucket_cap_mb": None,
    "ddp_broadcast_buffers": None, "ddp_static_graph": None, "ddp_backend": None, "ddp_timeout": 1800,
    "fsdp": None, "fsdp_config": None, "deepspeed": None, "debug": "", "skip_memory_metrics": True,
    "do_train": False, "do_eval": False, "do_predict": False, "resume_from_checkpoint": None, "local_rank": -1,
}  # fmt: skip

FORMER: dict[str, Any] = {
    "overwrite_output_dir": False, "warmup_ratio": 0.0, "adafactor": False, "group_by_length": False,
    "logging_dir": None, "save_safetensors": True, "no_cuda": False, "use_mps_device": False, "jit_mode_eval": False,
    "use_ipex": False, "past_index": -1, "fp16_opt_level": "O1", "half_precision_backend": "auto",
    "fp16_backend": "auto", "tpu_num_cores": None, "tpu_metrics_debug": False, "torchdynamo": None,
    "ray_scope": "last", "include_inputs_for_metrics": False, "eval_on_start": False, "include_tokens_per_second": False,
    "sharded_ddp": "", "fsdp_min_num_params": 0, "fsdp_transformer_layer_cls_to_wrap": None, "mp_parameters": "",
    "evaluate_during_training": False, "xpu_backend": None, "push_to_hub_model_id": None,
    "push_to_hub_organization": None, "push_to_hub_token": None, "dispatch_batches": None, "split_batches": None,
}  # fmt: skip
"""Fields that transformers 4 (or 3) had and 5 has not."""

RENAMED: dict[str, str] = {
    "evaluation_strategy": "eval_strategy",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "use_legacy_prediction_loop": "prediction_loss_only",
}
"""Old name to new."""

FIELDS: dict[str, Any] = {**_COMMON, **FORMER}
_SEQ2SEQ = {
    "sortish_sampler": False, "predict_with_generate": False, "generation_max_length": None,
    "generation_num_beams": None, "generation_config": None,
}  # fmt: skip
_TRL = {"logging_steps": 10, "gradient_checkpointing": True, "bf16": None}
_PREFERENCE = {**_TRL, "learning_rate": 1e-6, "beta": 0.1, "max_length": 1024, "loss_type": "sigmoid"}
_SENTENCES = {
    "batch_sampler": "batch_sampler", "multi_dataset_batch_sampler": "proportional", "prompts": None,
    "router_mapping": None, "learning_rate_mapping": None,
}  # fmt: skip

CONFIGS: dict[str, dict[str, Any]] = {
    "transformers.TrainingArguments": {},
    "transformers.Seq2SeqTrainingArguments": _SEQ2SEQ,
    "trl.SFTConfig": {**_TRL, "learning_rate": 2e-5, "max_length": 1024, "packing": False},
    "trl.DPOConfig": _PREFERENCE,
    "trl.KTOConfig": {**_PREFERENCE, "loss_type": "kto"},
    "trl.CPOConfig": _PREFERENCE,
    "trl.ORPOConfig": _PREFERENCE,
    "trl.BCOConfig": {**_PREFERENCE, "learning_rate": 5e-7},
    "trl.RewardConfig": {**_TRL, "learning_rate": 1e-4, "max_length": 1024},
    "trl.PRMConfig": {**_TRL, "learning_rate": 1e-5},
    "trl.GRPOConfig": {**_TRL, "learning_rate": 1e-6, "beta": 0.0, "num_generations": 8, "remove_unused_columns": False},
    "trl.RLOOConfig": {**_TRL, "learning_rate": 1e-6, "beta": 0.05, "remove_unused_columns": False},
    "trl.GKDConfig": {**_TRL, "learning_rate": 2e-5, "beta": 0.5},
    "trl.OnlineDPOConfig": {**_TRL, "learning_rate": 5e-7, "remove_unused_columns": False},
    "trl.NashMDConfig": {**_TRL, "learning_rate": 5e-7, "remove_unused_columns": False},
    "trl.XPOConfig": {**_TRL, "learning_rate": 5e-7, "remove_unused_columns": False},
    "trl.DistillationConfig": {**_TRL, "learning_rate": 1e-6},
    "sentence_transformers.SentenceTransformerTrainingArguments": _SENTENCES,
    "sentence_transformers.SparseEncoderTrainingArguments": _SENTENCES,
    "sentence_transformers.CrossEncoderTrainingArguments": _SENTENCES,
}  # fmt: skip
"""Class to the fields that it adds or gives another default."""

OPTIMIZERS: dict[str, str] = {
    **dict.fromkeys(("adamw_torch", "adamw_torch_fused", "adamw_torch_xla", "adamw_torch_npu_fused"), "torch.optim.AdamW"),
    **dict.fromkeys(("adamw_torch_4bit", "adamw_torch_8bit", "adamw_anyprecision"), "torch.optim.AdamW"),
    "adamw_hf": "transformers.AdamW",
    "adafactor": "transformers.Adafactor",
    "sgd": "torch.optim.SGD",
    "adagrad": "torch.optim.Adagrad",
    "rmsprop": "torch.optim.RMSprop",
    **dict.fromkeys(
        ("adamw_bnb_8bit", "adamw_8bit", "paged_adamw_32bit", "paged_adamw_8bit"), "bitsandbytes.optim.AdamW"
    ),
    **dict.fromkeys(("lion_8bit", "lion_32bit", "paged_lion_32bit", "paged_lion_8bit"), "bitsandbytes.optim.Lion"),
    **dict.fromkeys(("rmsprop_bnb", "rmsprop_bnb_8bit", "rmsprop_bnb_32bit"), "bitsandbytes.optim.RMSprop"),
    "schedule_free_adamw": "schedulefree.AdamWScheduleFree",
    "schedule_free_sgd": "schedulefree.SGDScheduleFree",
}  # fmt: skip
"""`optim` to the class that the Trainer makes; other names are optimizers about which nothing is known."""
