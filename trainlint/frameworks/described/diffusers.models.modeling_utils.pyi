"""The base class of diffusers' networks (0.3x), which programs derive theirs from: a module that is written to a folder and read back."""

import torch

class ModelMixin(torch.nn.Module):
    config_name = "config.json"
    _supports_gradient_checkpointing = False

    def __init__(self):
        super().__init__()

    def save_pretrained(self, save_directory, *args, **kwargs):
        torch.save(self.state_dict(), save_directory)

    @property
    def device(self):
        return next(self.parameters()).device

    @property
    def dtype(self):
        return next(self.parameters()).dtype

    def enable_gradient_checkpointing(self):
        return None

    def disable_gradient_checkpointing(self):
        return None

    def enable_xformers_memory_efficient_attention(self, attention_op=None):
        return None

    def num_parameters(self, only_trainable=False, exclude_embeddings=False):
        return sum(p.numel() for p in self.parameters())
