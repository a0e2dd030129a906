"""Names that the code does not define: roles by annotation and use; none where neither is clear."""

from __future__ import annotations

import pytest

from tests.frameworks.torch.training_programs import evaluate, events
from trainlint.facts.events import EventKind


def test_training_function_run_alone() -> None:
    code = """
    def train_one_epoch(model, data_loader, optimizer, criterion, device, scheduler, scaler):
        model.train()
        for images, labels in data_loader:
            optimizer.zero_grad()
            loss = criterion(model(images.to(device)), labels.to(device))
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
    """
    program = evaluate(code)
    first = [e.kind.value for e in program.events if all(p.number == 0 for p in e.loops)]
    assert first == [
        "train_mode", "zero_grad", "forward", "loss", "backward", "step", "scaler_update", "schedule_step",
    ]  # fmt: skip
    (optimizer,) = program.optimizers
    assert optimizer.symbolic
    assert not optimizer.lr.known
    assert not optimizer.parameters.complete
    assert [m.symbolic for m in program.modules] == [True]
    assert {loss.takes for loss in program.losses} == {None}
    assert program.loops()[0].over == "loader"
    assert not program.events_of(EventKind.ESCAPE)


def test_annotations_decide() -> None:
    code = """
    def fit(a: nn.Module, b: torch.optim.Optimizer, c: DataLoader, d: nn.MSELoss):
        for x, y in c:
            b.zero_grad()
            d(a(x), y).backward()
            b.step()
    """
    program = evaluate(code)
    assert [o.symbolic for o in program.optimizers] == [True]
    assert {loss.name for loss in program.losses} == {"torch.nn.MSELoss"}
    assert program.loops()[0].over == "loader"
    assert events(program)[:5] == ["zero_grad", "forward", "loss", "backward", "step"]


def test_fragment_without_definitions() -> None:
    code = """
    for epoch in range(10):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
    """
    program = evaluate(code)
    assert events(program)[:5] == ["zero_grad", "forward", "loss", "backward", "step"]
    assert len(program.optimizers) == 1


def test_inputs_of_a_network_are_tensors() -> None:
    code = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 3)
        def forward(self, x, mask):
            return torch.sigmoid(self.layer(x)) * mask
    """
    program = evaluate(code)
    (product,) = [n for n in program.graph.nodes if n.name == "*"]
    assert [n.name for n in product.inputs] == ["sigmoid", "mask"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(optimizer):\n    return optimizer.minimize()",  # not torch's interface
        "def f(model, x):\n    model.fit(x)\n    return model.predict(x)",  # sklearn or keras
        "def f(opt):\n    return opt.lr, opt.batch_size",  # options
        "def f(model):\n    return model.name",
        "def f(loader):\n    return loader.path",
        "def f(net):\n    return net['a']",
        "def f(scaler, x):\n    return scaler.transform(x)",
        "def f(loss, n):\n    return loss * n",
        "def f(scheduler):\n    return scheduler.jobs",
    ],
)
def test_names_alone_decide_nothing(code: str) -> None:
    program = evaluate(code)
    assert not program.optimizers
    assert not program.modules
    assert not program.loaders
    assert not program.schedules
    assert not program.losses


def test_other_frameworks_are_left_alone() -> None:
    code = """
    import tensorflow as tf
    def step(model, optimizer, x):
        optimizer.zero_grad()
        model.train()
        optimizer.step()
    """
    from tests.frameworks.torch import training_programs

    prelude, training_programs.PRELUDE = training_programs.PRELUDE, ""
    try:
        program = evaluate(code)
    finally:
        training_programs.PRELUDE = prelude
    assert not program.optimizers
    assert not program.modules


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("self.optimizer.step()", [("step", "unknown")]),
        ("self.optimizer.zero_grad(set_to_none=True)", [("zero_grad", "unknown")]),
        ("self.total().backward()", [("backward", "unknown")]),
        ("self.environment.step(action)", []),
    ],
)
def test_methods_of_objects_that_are_not_known(statement: str, expected: list[tuple[str, str]]) -> None:
    code = f"""
    class Trainer(somewhere.Base):
        def update(self, action):
            {statement}
    """
    program = evaluate(code)
    found = [(e.kind.value, e.options["by"]) for e in program.events if "by" in e.options]
    assert found == expected
    assert all(e.target is None for e in program.events if "by" in e.options)


def test_clipping_by_an_object_that_is_not_known() -> None:
    code = """
    def update(accelerator, model: nn.Module):
        accelerator.clip_grad_norm_(model.parameters(), 1.5)
    """
    (clipping,) = evaluate(code).clippings
    assert (clipping.kind, clipping.max.value) == ("norm", 1.5)


def test_what_a_scaler_steps_is_an_optimizer() -> None:
    code = """
    def train(model: nn.Module, optimizer, loader):
        scaler = torch.amp.GradScaler("cuda")
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
    """
    program = evaluate(code)
    (optimizer,) = program.optimizers
    assert optimizer.symbolic
    assert {e.target for e in program.events_of(EventKind.STEP)} == {optimizer}


def test_parameters_that_a_trainer_keeps() -> None:
    code = """
    class Trainer:
        def __init__(self, network, optimizer, loader, criterion, device):
            self.network = network.to(device)
            self.optimizer = optimizer
            self.loader = loader
            self.criterion = criterion

        def train(self):
            self.network.train()
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.network(x), y)
                loss.backward()
                self.optimizer.step()
    """
    program = evaluate(code)
    first = [e.kind.value for e in program.events if all(p.number == 0 for p in e.loops)]
    assert first == ["train_mode", "zero_grad", "forward", "loss", "backward", "step"]
    assert len(program.optimizers) == len(program.modules) == len(program.loaders) == 1


def test_parameters_that_are_passed_on() -> None:
    code = """
    def update(loss, optimizer):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def run(model, optimizer, loader):
        for x, y in loader:
            update(F.mse_loss(model(x), y), optimizer)
    """
    program = evaluate(code)
    steps = program.events_of(EventKind.ZERO_GRAD, EventKind.STEP)
    inside = [e for e in steps if e.loops]
    assert len(inside) == 4
    assert len({id(e.target) for e in inside}) == 1
    assert inside[0].target.symbolic
