"""Loaders of PyTorch Geometric that draw parts of graphs: each is a DataLoader over the nodes or edges it starts from."""

from torch.utils.data import DataLoader

class NeighborLoader(DataLoader):
    def __init__(
        self,
        data,
        num_neighbors,
        input_nodes=None,
        input_time=None,
        replace=False,
        subgraph_type="directional",
        disjoint=False,
        temporal_strategy="uniform",
        time_attr=None,
        weight_attr=None,
        transform=None,
        transform_sampler_output=None,
        is_sorted=False,
        filter_per_worker=None,
        neighbor_sampler=None,
        directed=True,
        **kwargs,
    ):
        super().__init__(input_nodes, **kwargs)
        self.data = data

class LinkNeighborLoader(DataLoader):
    def __init__(
        self,
        data,
        num_neighbors,
        edge_label_index=None,
        edge_label=None,
        edge_label_time=None,
        replace=False,
        subgraph_type="directional",
        disjoint=False,
        temporal_strategy="uniform",
        neg_sampling=None,
        neg_sampling_ratio=None,
        time_attr=None,
        weight_attr=None,
        transform=None,
        transform_sampler_output=None,
        is_sorted=False,
        filter_per_worker=None,
        neighbor_sampler=None,
        directed=True,
        **kwargs,
    ):
        super().__init__(edge_label_index, **kwargs)
        self.data = data

class NeighborSampler(DataLoader):
    def __init__(
        self, edge_index, sizes, node_idx=None, num_nodes=None, return_e_id=True, transform=None, **kwargs
    ):
        super().__init__(node_idx, **kwargs)

class HGTLoader(DataLoader):
    def __init__(
        self,
        data,
        num_samples,
        input_nodes,
        is_sorted=False,
        transform=None,
        transform_sampler_output=None,
        filter_per_worker=None,
        **kwargs,
    ):
        super().__init__(input_nodes, **kwargs)

class ShaDowKHopSampler(DataLoader):
    def __init__(self, data, depth, num_neighbors, node_idx=None, replace=False, **kwargs):
        super().__init__(node_idx, **kwargs)

class ClusterLoader(DataLoader):
    def __init__(self, cluster_data, **kwargs):
        super().__init__(cluster_data, **kwargs)

class RandomNodeLoader(DataLoader):
    def __init__(self, data, num_parts, **kwargs):
        super().__init__(range(num_parts), **kwargs)

class GraphSAINTSampler(DataLoader):
    def __init__(self, data, batch_size, num_steps=1, sample_coverage=0, save_dir=None, log=True, **kwargs):
        super().__init__(data, batch_size=1, **kwargs)

class GraphSAINTRandomWalkSampler(GraphSAINTSampler):
    def __init__(
        self, data, batch_size, walk_length, num_steps=1, sample_coverage=0, save_dir=None, log=True, **kwargs
    ):
        super().__init__(data, batch_size, num_steps, sample_coverage, save_dir, log, **kwargs)
