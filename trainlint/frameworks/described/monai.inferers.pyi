"""Inference over windows in MONAI (1.x): the network is called on parts, and the results are put together."""

def sliding_window_inference(inputs, roi_size, sw_batch_size, predictor, overlap=0.25, *args, **kwargs):
    return predictor(inputs)

class SlidingWindowInferer:
    def __init__(self, roi_size, sw_batch_size=1, overlap=0.25, *args, **kwargs):
        self.roi_size, self.sw_batch_size, self.overlap = roi_size, sw_batch_size, overlap

    def __call__(self, inputs, network, *args, **kwargs):
        return network(inputs)

class SimpleInferer:
    def __call__(self, inputs, network, *args, **kwargs):
        return network(inputs, *args, **kwargs)
