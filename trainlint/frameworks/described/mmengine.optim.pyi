"""mmengine.optim: constructors that a project derives its own from, and the wrappers of several optimizers."""

from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.registry import OPTIMIZERS

class DefaultOptimWrapperConstructor:
    def __init__(self, optim_wrapper_cfg, paramwise_cfg=None):
        self.optim_wrapper_cfg = optim_wrapper_cfg.copy()
        self.optimizer_cfg = self.optim_wrapper_cfg.pop("optimizer", None)
        self.paramwise_cfg = {} if paramwise_cfg is None else paramwise_cfg
        self.base_lr = self.optimizer_cfg.get("lr", None)
        self.base_wd = self.optimizer_cfg.get("weight_decay", None)

    def add_params(self, params, module, prefix="", is_dcn_module=None):
        for _, param in module.named_parameters():
            params.append({"params": [param]})

    def __call__(self, model):
        if hasattr(model, "module"):
            model = model.module
        wrapper = self.optim_wrapper_cfg.copy()
        kind = wrapper.pop("type", "OptimWrapper")
        optimizer = self.optimizer_cfg.copy()
        if not self.paramwise_cfg:
            optimizer["params"] = model.parameters()
        else:
            params = []
            self.add_params(params, model)
            optimizer["params"] = params
        made = OPTIMIZERS.build(optimizer)
        return (
            AmpOptimWrapper(optimizer=made, **wrapper)
            if kind == "AmpOptimWrapper"
            else OptimWrapper(optimizer=made, **wrapper)
        )

class OptimWrapperDict:
    def __init__(self, **optim_wrapper_dict):
        self.optim_wrappers = optim_wrapper_dict

    def __getitem__(self, key):
        return self.optim_wrappers[key]

    def __contains__(self, key):
        return key in self.optim_wrappers

    def __len__(self):
        return len(self.optim_wrappers)

    def keys(self):
        return self.optim_wrappers.keys()

    def values(self):
        return self.optim_wrappers.values()

    def items(self):
        return self.optim_wrappers.items()

    @property
    def param_groups(self):
        return {name: wrapper.param_groups for name, wrapper in self.optim_wrappers.items()}
