from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from .blocks import CharLM
from .config import TrainConfig
from .text import CharCorpus


def lr_factor(step: int, cfg: TrainConfig) -> float:
    if step < cfg.warmup_steps:
        return (step + 1) / cfg.warmup_steps
    progress = (step - cfg.warmup_steps) / max(1, cfg.max_steps - cfg.warmup_steps)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * progress))


@torch.inference_mode()
def estimate_loss(model: CharLM, corpus: CharCorpus, cfg: TrainConfig, device: torch.device) -> float:
    model.eval()
    losses = []
    for _ in range(20):
        x, y = corpus.batch("valid", cfg.batch_size, cfg.model.block_size, device)
        losses.append(F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item())
    model.train()
    return sum(losses) / len(losses)


def main() -> None:
    cfg = TrainConfig()
    torch.manual_seed(cfg.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    corpus = CharCorpus(cfg.corpus)
    model = CharLM(len(corpus.alphabet), cfg.model).to(device)
    opt = torch.optim.AdamW(
        model.parameters(), lr=cfg.peak_lr, betas=(0.9, 0.95), weight_decay=cfg.weight_decay
    )
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: lr_factor(s, cfg))

    model.train()
    for step in range(cfg.max_steps):
        x, y = corpus.batch("train", cfg.batch_size, cfg.model.block_size, device)
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.grad_clip)
        opt.step()
        sched.step()
        if step % cfg.eval_every == 0:
            print(
                f"step {step}: train {loss.item():.3f} valid {estimate_loss(model, corpus, cfg, device):.3f}"
            )


if __name__ == "__main__":
    main()
