from torch.optim.lr_scheduler import LambdaLR


def noam(optimizer, d_model, warmup):
    """lr = d_model^-0.5 * min(step^-0.5, step * warmup^-1.5)"""

    def factor(step):
        step = max(step, 1)
        return d_model ** -0.5 * min(step ** -0.5, step * warmup ** -1.5)

    return LambdaLR(optimizer, factor)
