"""Names of training arguments: fields of the data classes of transformers and trl."""

from __future__ import annotations

from trainlint.configs.schemas.names import words

CURRENT = words(
    """
    accelerator_config activation_checkpointing activation_checkpointing_kwargs adam_beta1 adam_beta2
    adam_epsilon auto_find_batch_size average_tokens_across_devices batch_eval_metrics bf16 bf16_full_eval
    data_seed dataloader_drop_last dataloader_in_order dataloader_multiprocessing_context dataloader_num_workers
    dataloader_persistent_workers dataloader_pin_memory dataloader_prefetch_factor ddp_backend
    ddp_broadcast_buffers ddp_bucket_cap_mb ddp_find_unused_parameters ddp_static_graph ddp_timeout debug
    deepspeed disable_tqdm do_eval do_predict do_train enable_jit_checkpoint eval_accumulation_steps eval_delay
    eval_do_concat_batches eval_on_start eval_steps eval_strategy eval_use_gather_object fp16 fp16_full_eval
    fsdp fsdp_config full_determinism gradient_accumulation_steps gradient_checkpointing
    gradient_checkpointing_kwargs greater_is_better hub_always_push hub_model_id hub_private_repo hub_revision
    hub_strategy hub_token ignore_data_skip include_for_metrics include_num_input_tokens_seen label_names
    label_smoothing_factor learning_rate length_column_name liger_kernel_config load_best_model_at_end
    local_rank log_level log_level_replica log_on_each_node logging_first_step logging_nan_inf_filter
    logging_steps logging_strategy lr_scheduler_kwargs lr_scheduler_type max_grad_norm max_steps
    metric_for_best_model neftune_noise_alpha num_train_epochs optim optim_args optim_target_modules output_dir
    parallelism_config per_device_eval_batch_size per_device_train_batch_size prediction_loss_only project
    push_to_hub remove_unused_columns report_to restore_callback_states_from_checkpoint resume_from_checkpoint
    run_name save_on_each_node save_only_model save_steps save_strategy save_total_limit seed
    skip_memory_metrics tf32 torch_compile torch_compile_backend torch_compile_mode torch_empty_cache_steps
    trackio_bucket_id trackio_space_id trackio_static_space_id train_sampling_strategy use_cache use_cpu
    use_liger_kernel warmup_steps weight_decay
    """
)
"""transformers 5.23, TrainingArguments."""

EARLIER = words(
    """
    adafactor chars_per_token dataset_batch_size dataset_num_proc dispatch_batches evaluate_during_training
    evaluation_strategy fp16_backend fp16_opt_level fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap
    group_by_length half_precision_backend include_inputs_for_metrics include_tokens_per_second jit_mode_eval
    logging_dir logit_computation_dtype max_prompt_length max_seq_length max_target_length model_parallel
    mp_parameters no_cuda num_of_sequences overwrite_output_dir past_index per_gpu_eval_batch_size
    per_gpu_train_batch_size push_to_hub_model_id push_to_hub_organization push_to_hub_token ray_scope
    save_safetensors sharded_ddp split_batches torchdynamo tpu_metrics_debug tpu_num_cores tpu_num_processes
    use_ipex use_legacy_prediction_loop use_mps_device warmup_ratio xpu_backend
    """
)
"""Names that releases 4.0 to 4.57 had and that were renamed or dropped since."""

SEQ2SEQ = words(
    """
    generation_config generation_max_length generation_num_beams predict_with_generate sortish_sampler
    """
)
"""Seq2SeqTrainingArguments."""

TRL = words(
    """
    activation_offloading add_tail_bucket alpha assistant_only_loss attn_implementation beta beta1 beta2
    bnb_4bit_quant_storage bnb_4bit_quant_type cache_implementation callbacks cast_lm_head_to_fp32
    center_rewards_coefficient chat_template_kwargs chat_template_path columns completion_only_loss cpo_alpha
    data_dir data_files dataset_config dataset_kwargs dataset_name dataset_num_proc dataset_streaming
    dataset_test_split dataset_text_field dataset_train_split datasets delta desirable_weight
    diagnostics_flat_tolerance diagnostics_warning_interval disable_dropout discopop_tau distillation_add_tail
    distillation_alpha distillation_is_clip distillation_mode distillation_objective distillation_topk
    distillation_weight dont_reprompt_on_self_success ds3_gather_for_generation dtype entropy_coef
    entropy_coef_delta entropy_coef_max entropy_coef_min entropy_target
    environment_feedback_only_without_solution eos_token epsilon epsilon_high eval_packing
    f_alpha_divergence_coef f_divergence_type feedback_template filter_all_incorrect fork_threshold_tokens
    fraction generate_during_eval generate_from_teacher generation_batch_size generation_kwargs
    heartbeat_stale_after_s ignore_bias_buffers importance_sampling_level include_environment_feedback
    is_encoder_decoder iw_opd_epsilon iw_opd_gamma label_smoothing ld_alpha lmbda load_in_4bit load_in_8bit
    log_completions log_completions_hub_repo log_completions_steps log_multimodal log_unique_prompts lora_alpha
    lora_dropout lora_modules_to_save lora_r lora_target_modules lora_target_parameters lora_task_type
    loss_add_tail loss_top_k loss_type loss_weights mask_truncated_completions max_completion_length
    max_inflight_tasks max_length max_new_tokens max_prompt_length max_reprompt_len max_staleness
    max_tool_calling_iterations min_p missing_eos_penalty model_init_kwargs model_name_or_path model_revision
    multi_objective_aggregation name normalize_advantages num_completions_to_print num_generations
    num_generations_eval num_iterations num_loss_tokens_to_skip num_value_samples off_policy_mask_threshold
    packing packing_strategy pad_to_multiple_of pad_token padding_free padding_value path
    precompute_ref_batch_size precompute_ref_log_probs queue_maxsize ref_model_mixup_alpha ref_model_sync_steps
    remove_thinking_from_demonstration repetition_penalty reprompt_template request_timeout
    reverse_kl_top_1_mode reward_clip_range reward_model_path reward_weights router_aux_loss_coef
    sapo_temperature_neg sapo_temperature_pos scale_rewards seq_kd shuffle_dataset simpo_gamma solution_template
    split steps_per_generation streaming success_reward_threshold sync_ref_model teacher_model_init_kwargs
    teacher_model_kind teacher_model_name_or_path teacher_model_revision teacher_model_server_url
    teacher_prompt_template teacher_server_urls teacher_sync_steps teacher_temperature
    teacher_tokenizer_name_or_path teacher_top_k teacher_update_rate temperature test_split_size token_budget
    top_entropy_quantile top_k top_p tpo_alpha tpo_l_gamma transformers_continuous_batching_config
    truncation_mode trust_remote_code uld_crossentropy_weight uld_distillation_weight uld_hybrid_matched_weight
    uld_hybrid_unmatched_weight uld_skip_student_eos uld_skip_teacher_eos uld_student_temperature
    uld_teacher_temperature uld_token_merge_strategy uld_use_hybrid_loss undesirable_weight use_adaptive_entropy
    use_bias_correction_kl use_bnb_nested_quant use_dora use_extended_uld use_peft use_rslora
    use_successful_as_teacher use_teacher_server use_transformers_continuous_batching use_transformers_paged
    use_uld_loss use_vllm use_weighting vespo_k_neg vespo_k_pos vespo_lambda_neg vespo_lambda_pos
    vllm_enable_sleep_mode vllm_gpu_memory_utilization vllm_group_port vllm_importance_sampling_cap
    vllm_importance_sampling_clip_max vllm_importance_sampling_clip_min vllm_importance_sampling_correction
    vllm_importance_sampling_mode vllm_max_model_length vllm_mode vllm_model_impl vllm_server_base_url
    vllm_server_host vllm_server_port vllm_server_timeout vllm_structured_outputs_regex vllm_sync_frequency
    vllm_tensor_parallel_size wandb_log_unique_prompts weight_sync_steps weight_sync_timeout
    """
)
"""Configs of the trainers of trl 1.16."""

KEYS = CURRENT | EARLIER | SEQ2SEQ | TRL
FOREIGN = words(
    """
    batch_size dataset_name dataset_path do_test do_train_eval epochs eval_batch_size eval_file hub_dataset_id
    hub_repo_id learning_rates log_step log_steps logging_dirs lora_rank max_eval_samples max_eval_steps
    max_length max_train_samples max_train_steps micro_batch_size model_name num_epochs num_train_samples
    num_train_steps num_warmup_steps project_dir project_name test_file test_steps train_batch_size train_file
    val_steps validation_file warmup_epochs
    """
)
"""Names that scripts commonly add, though they resemble an argument."""
