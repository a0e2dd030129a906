import torch
import torch.nn.functional as F


def nt_xent(za, zb, temperature):
    """Normalised temperature-scaled cross-entropy over a batch of pairs; embeddings of unit length."""
    n = za.size(0)
    z = torch.cat([za, zb])
    sim = z @ z.t() / temperature
    sim = sim.masked_fill(torch.eye(2 * n, dtype=torch.bool, device=z.device), -1e4)
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(sim, partner)
