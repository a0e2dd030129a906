"""Loaders of dgl.dataloading: batches of seeds with the parts of the graph around them, or of whole graphs."""

from torch.utils.data import DataLoader as _Loader

class DataLoader(_Loader):
    def __init__(
        self,
        graph,
        indices,
        graph_sampler,
        device=None,
        use_ddp=False,
        ddp_seed=0,
        batch_size=1,
        drop_last=False,
        shuffle=False,
        use_prefetch_thread=None,
        use_alternate_streams=None,
        pin_prefetcher=None,
        use_uva=False,
        gpu_cache=None,
        **kwargs,
    ):
        super().__init__(
            indices,
            batch_size,
            shuffle,
            drop_last=drop_last,
            collate_fn=lambda items: graph_sampler.sample(graph, items),
            num_workers=kwargs.get("num_workers", 0),
        )
        self.graph, self.indices, self.graph_sampler = graph, indices, graph_sampler

class NodeDataLoader(DataLoader): ...
class EdgeDataLoader(DataLoader): ...

class GraphDataLoader(_Loader):
    def __init__(self, dataset, collate_fn=None, use_ddp=False, ddp_seed=0, **kwargs):
        super().__init__(dataset, collate_fn=collate_fn, **kwargs)
