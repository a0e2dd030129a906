"""Embeddings of atoms and bonds of the Open Graph Benchmark (1.3): one for each feature, added up.

https://ogb.stanford.edu/docs/graphprop/
"""

from torch import nn

def _embeddings(sizes, emb_dim):
    made = nn.ModuleList()
    for size in sizes:
        table = nn.Embedding(size, emb_dim)
        nn.init.xavier_uniform_(table.weight.data)
        made.append(table)
    return made

class AtomEncoder(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.atom_embedding_list = _embeddings([119, 5, 12, 12, 10, 6, 6, 2, 2], emb_dim)

    def forward(self, x):
        total = 0
        for number, table in enumerate(self.atom_embedding_list):
            total = total + table(x[:, number])
        return total

class BondEncoder(nn.Module):
    def __init__(self, emb_dim):
        super().__init__()
        self.bond_embedding_list = _embeddings([5, 6, 2], emb_dim)

    def forward(self, edge_attr):
        total = 0
        for number, table in enumerate(self.bond_embedding_list):
            total = total + table(edge_attr[:, number])
        return total
