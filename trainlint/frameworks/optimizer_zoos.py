"""pytorch_optimizer (4.1): optimizers of many papers under one roof.

Source: their signatures in https://pytorch-optimizers.readthedocs.io/en/latest/optimizer/ . What comes behind the weight decay
is given by keyword and changes neither rate, momentum nor decay.
"""

from __future__ import annotations

from collections.abc import Iterator

_BETAS = "betas=(0.9, 0.999)"
_ADAPTIVE: dict[tuple[float, float], str] = {
    (0.001, 0.0): "AdaBelief AdamP RAdam DiffGrad AdaMod AdaNorm AdaPNM AdEMAMix Adan Adai AdaMax AdaGC AdamC AggMo Aida "
    "DualAdam EXAdam Fira GaLore Grams Lamb NovoGrad PNM QHAdam SPAM SWATS AdaTAM AdamWSN AdaSmooth Conda",
    (0.0001, 0.0): "Ano Lion SimplifiedAdEMAMix",
    (0.0002, 0.0): "CAME",
    (0.01, 0.0): "APOLLO FOCUS",
    (0.1, 0.0): "AdaHessian AvaGrad PAdam",
    (1.0, 0.0): "AdamG DAdaptAdan",
    (0.001, 0.0001): "AdamS",
    (0.001, 0.01): "Adalite FlashAdamW",
    (0.1, 0.01): "SPlus",
    (0.06, 0.0): "SophiaH",
}  # fmt: skip
"""Rate and weight decay -> optimizers that take betas behind the rate, and the decay behind these."""
_OTHERS: dict[str, str] = {
    "SOAP": "lr=0.003, betas=(0.95, 0.95), shampoo_beta=None, weight_decay=0.01",
    "StableAdamW": "lr=0.001, betas=(0.9, 0.99), kahan_sum=True, weight_decay=0.01",
    "Ranger": "lr=0.001, betas=(0.95, 0.999), alpha=0.5, k=6, n_sma_threshold=5, degenerated_to_sgd=False, weight_decay=0.0",
    "AdaBound": f"lr=0.001, final_lr=0.1, {_BETAS}, gamma=0.001, weight_decay=0.0",
    "AdaFactor": f"lr=0.001, {_BETAS}, decay_rate=-0.8, weight_decay=0.0",
    "ADOPT": "lr=0.001, betas=(0.9, 0.9999), clip_lambda=None, weight_decay=0.0",
    "MARS": "lr=0.003, betas=(0.95, 0.99), gamma=0.025, mars_type='adamw', optimize_1d=False, lr_1d=0.003, betas_1d=(0.9, 0.95), weight_decay=0.0",
    "LaProp": f"lr=0.0004, {_BETAS}, centered=False, steps_before_using_centered=10, weight_decay=0.0",
    "Yogi": f"lr=0.01, {_BETAS}, initial_accumulator=1e-06, weight_decay=0.0",
    "Prodigy": f"lr=1.0, {_BETAS}, beta3=None, d0=1e-06, d_coef=1.0, growth_rate=None, weight_decay=0.0",
    "DAdaptAdam": f"lr=1.0, {_BETAS}, d0=1e-06, growth_rate=None, weight_decay=0.0",
    "DAdaptLion": f"lr=1.0, {_BETAS}, d0=1e-06, weight_decay=0.0",
    "DAdaptSGD": "lr=1.0, momentum=0.9, d0=1e-06, growth_rate=None, weight_decay=0.0",
    "ScheduleFreeAdamW": f"lr=0.0025, {_BETAS}, weight_decay=0.0, r=0.0, weight_lr_power=2.0, warmup_steps=0",
    "ScheduleFreeRAdam": f"lr=0.0025, {_BETAS}, weight_decay=0.0, r=0.0, weight_lr_power=2.0",
    "ScheduleFreeSGD": "lr=1.0, momentum=0.9, weight_decay=0.0, r=0.0, weight_lr_power=2.0, warmup_steps=0",
    "FAdam": f"lr=0.001, {_BETAS}, weight_decay=0.1",
    "GrokFastAdamW": "lr=0.0001, betas=(0.9, 0.99), grokfast=True, grokfast_alpha=0.98, grokfast_lamb=2.0, grokfast_after_step=0, weight_decay=0.0",
    "StableSPAM": f"lr=0.001, {_BETAS}, gamma1=0.7, gamma2=0.9, theta=0.999, t_max=None, eta_min=0.5, weight_decay=0.0",
    "MADGRAD": "lr=0.001, momentum=0.9, weight_decay=0.0",
    "SGDP": "lr=0.001, momentum=0.0, dampening=0.0, weight_decay=0.0",
    "SGDW": "lr=0.0001, momentum=0.0, weight_decay=0.0",
    "SGDSaI": "lr=0.01, momentum=0.9, weight_decay=0.01",
    "SignSGD": "lr=0.001, momentum=0.9, weight_decay=0.0",
    "LARS": "lr=0.001, weight_decay=0.0, momentum=0.9, dampening=0.0",
    "PID": "lr=0.001, momentum=0.0, dampening=0.0, derivative=10.0, integral=5.0, weight_decay=0.0",
    "QHM": "lr=0.001, momentum=0.0, nu=1.0, weight_decay=0.0",
    "TAM": "lr=0.001, momentum=0.9, decay_rate=0.9, weight_decay=0.0",
    "Kron": "lr=0.001, momentum=0.9, weight_decay=0.0",
    "Shampoo": "lr=0.001, momentum=0.0, weight_decay=0.0",
    "Tiger": "lr=0.001, beta=0.965, weight_decay=0.01",
    "AccSGD": "lr=0.001, kappa=1000.0, xi=10.0, constant=0.7, weight_decay=0.0",
    "ASGD": "lr=0.01, amplifier=0.02, weight_decay=0.0",
    "AdaDelta": "lr=1.0, rho=0.9, weight_decay=0.0",
    "Kate": "lr=0.001, delta=0.0, weight_decay=0.0",
    "Amos": "lr=0.001, beta=0.999, momentum=0.0",
    "Fromage": "lr=0.01",
    "Gravity": "lr=0.01",
    "MSVAG": "lr=0.01",
    "Nero": "lr=0.01",
    "SM3": "lr=0.1, momentum=0.0",
    "SRMM": "lr=0.01",
}  # fmt: skip
"""Name -> what its signature has behind `params`, up to the weight decay."""


def pytorch_optimizers() -> Iterator[tuple[str, str, str]]:
    """Qualified name, family (none has a band of usual rates), signature."""
    for (rate, decay), names in _ADAPTIVE.items():
        for name in names.split():
            yield f"pytorch_optimizer.{name}", "", f"params, lr={rate}, {_BETAS}, weight_decay={decay}"
    for name, rest in _OTHERS.items():
        yield f"pytorch_optimizer.{name}", "", f"params, {rest}"
