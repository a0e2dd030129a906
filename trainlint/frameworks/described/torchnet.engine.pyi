"""The loop of torchnet: each update is a closure of the optimizer, and hooks stand around it."""

class Engine:
    def __init__(self):
        self.hooks = {}

    def hook(self, name, state):
        if name in self.hooks:
            self.hooks[name](state)

    def train(self, network, iterator, maxepoch, optimizer):
        state = {
            "network": network,
            "iterator": iterator,
            "maxepoch": maxepoch,
            "optimizer": optimizer,
            "epoch": 0,
            "t": 0,
            "train": True,
        }
        self.hook("on_start", state)
        while state["epoch"] < state["maxepoch"]:
            self.hook("on_start_epoch", state)
            for sample in state["iterator"]:
                state["sample"] = sample
                self.hook("on_sample", state)

                def closure():
                    loss, output = state["network"](state["sample"])
                    state["output"], state["loss"] = output, loss
                    loss.backward()
                    self.hook("on_forward", state)
                    state["output"], state["loss"] = None, None
                    return loss

                state["optimizer"].zero_grad()
                state["optimizer"].step(closure)
                self.hook("on_update", state)
                state["t"] += 1
            state["epoch"] += 1
            self.hook("on_end_epoch", state)
        self.hook("on_end", state)
        return state

    def test(self, network, iterator):
        state = {"network": network, "iterator": iterator, "t": 0, "train": False}
        self.hook("on_start", state)
        for sample in state["iterator"]:
            state["sample"] = sample
            self.hook("on_sample", state)
            state["loss"], state["output"] = None, None
            loss, output = state["network"](state["sample"])
            state["output"], state["loss"] = output, loss
            self.hook("on_forward", state)
            state["output"], state["loss"] = None, None
            state["t"] += 1
        self.hook("on_end", state)
        return state
