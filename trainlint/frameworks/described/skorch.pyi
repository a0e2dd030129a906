"""skorch (1.x): estimators around a torch module, whose `fit()` runs the loop.

Defaults: https://skorch.readthedocs.io/en/stable/net.html; what the loop does: skorch/net.py (fit_loop, train_step).
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

class NeuralNet:
    def __init__(
        self,
        module,
        criterion,
        optimizer=torch.optim.SGD,
        lr=0.01,
        max_epochs=10,
        batch_size=128,
        iterator_train=DataLoader,
        iterator_valid=DataLoader,
        dataset=None,
        train_split=True,
        callbacks=None,
        predict_nonlinearity="auto",
        warm_start=False,
        verbose=1,
        device="cpu",
        **kwargs,
    ):
        self.module, self.criterion, self.optimizer = module, criterion, optimizer
        self.lr, self.max_epochs, self.batch_size = lr, max_epochs, batch_size
        self.iterator_train, self.iterator_valid = iterator_train, iterator_valid
        self.dataset, self.train_split, self.callbacks = dataset, train_split, callbacks
        self.device, self.verbose, self.warm_start = device, verbose, warm_start
        self.kwargs = kwargs
        self.initialized_ = False

    def set_params(self, **kwargs):
        for name, value in kwargs.items():
            if "__" in name:
                self.kwargs[name] = value
            else:
                setattr(self, name, value)
        return self

    def get_params_for(self, prefix):
        start = prefix + "__"
        return {name[len(start) :]: value for name, value in self.kwargs.items() if name.startswith(start)}

    def initialized_instance(self, instance_or_cls, kwargs):
        if isinstance(instance_or_cls, nn.Module):
            return type(instance_or_cls)(**kwargs) if kwargs else instance_or_cls
        return instance_or_cls(**kwargs)

    def initialize_module(self):
        self.module_ = self.initialized_instance(self.module, self.get_params_for("module"))
        return self

    def initialize_criterion(self):
        self.criterion_ = self.initialized_instance(self.criterion, self.get_params_for("criterion"))
        return self

    def initialize_optimizer(self):
        settings = self.get_params_for("optimizer")
        if "lr" not in settings:
            settings["lr"] = self.lr
        self.optimizer_ = self.optimizer(self.module_.parameters(), **settings)
        return self

    def initialize_callbacks(self):
        given = self.callbacks if self.callbacks is not None and self.callbacks != "disable" else []
        self.callbacks_ = [each[1] if isinstance(each, tuple) else each for each in given]
        return self

    def initialize(self):
        self.initialize_callbacks()
        self.initialize_module()
        self.module_.to(self.device)
        self.initialize_criterion()
        self.initialize_optimizer()
        self.initialized_ = True
        return self

    def notify(self, method_name, **cb_kwargs):
        for callback in self.callbacks_:
            getattr(callback, method_name)(self, **cb_kwargs)

    def get_dataset(self, X, y=None):
        if isinstance(X, Dataset):
            return X
        if self.dataset is not None:
            return self.dataset(X, y, **self.get_params_for("dataset"))
        return TensorDataset(torch.as_tensor(X), torch.as_tensor(y))

    def get_iterator(self, dataset, training=False):
        kind = self.iterator_train if training else self.iterator_valid
        settings = self.get_params_for("iterator_train" if training else "iterator_valid")
        if "batch_size" not in settings:
            settings["batch_size"] = self.batch_size
        return kind(dataset, **settings)

    def infer(self, x, **fit_params):
        return self.module_(**x) if isinstance(x, dict) else self.module_(x, **fit_params)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        return self.criterion_(y_pred, y_true)

    def train_step_single(self, batch, **fit_params):
        self.module_.train()
        inputs, target = batch
        y_pred = self.infer(inputs, **fit_params)
        loss = self.get_loss(y_pred, target, X=inputs, training=True)
        loss.backward()
        return {"loss": loss, "y_pred": y_pred}

    def train_step(self, batch, **fit_params):
        self.optimizer_.zero_grad()
        step = self.train_step_single(batch, **fit_params)
        self.notify("on_grad_computed", named_parameters=self.module_.named_parameters(), batch=batch)
        self.optimizer_.step()
        return step

    def validation_step(self, batch, **fit_params):
        self.module_.eval()
        inputs, target = batch
        with torch.no_grad():
            y_pred = self.infer(inputs, **fit_params)
            loss = self.get_loss(y_pred, target, X=inputs, training=False)
        return {"loss": loss, "y_pred": y_pred}

    def evaluation_step(self, batch, training=False):
        self.module_.train(training)
        with torch.no_grad():
            return self.infer(batch[0])

    def fit_loop(self, X, y=None, epochs=None, **fit_params):
        dataset = self.get_dataset(X, y)
        iterator_train = self.get_iterator(dataset, training=True)
        iterator_valid = self.get_iterator(dataset, training=False) if self.train_split is not None else None
        for _ in range(epochs if epochs is not None else self.max_epochs):
            self.notify("on_epoch_begin", dataset_train=dataset)
            for batch in iterator_train:
                self.notify("on_batch_begin", batch=batch, training=True)
                self.train_step(batch, **fit_params)
                self.notify("on_batch_end", batch=batch, training=True)
            if iterator_valid is not None:
                for batch in iterator_valid:
                    self.validation_step(batch, **fit_params)
            self.notify("on_epoch_end", dataset_train=dataset)
        return self

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        if not self.initialized_:
            self.initialize()
        self.notify("on_train_begin", X=X, y=y)
        self.fit_loop(X, y, **fit_params)
        self.notify("on_train_end", X=X, y=y)
        return self

    def fit(self, X, y=None, **fit_params):
        if not self.warm_start or not self.initialized_:
            self.initialize()
        return self.partial_fit(X, y, **fit_params)

    def predict_proba(self, X):
        for batch in self.get_iterator(self.get_dataset(X, X), training=False):
            found = self.evaluation_step(batch)
        return found.numpy()

    def forward(self, X, training=False, device="cpu"):
        for batch in self.get_iterator(self.get_dataset(X, X), training=training):
            found = self.evaluation_step(batch, training=training)
        return found

    def predict(self, X):
        return self.predict_proba(X)

    def load_params(self, *args, **kwargs):
        return None

    def save_params(self, *args, **kwargs):
        return None

class NeuralNetClassifier(NeuralNet):
    def __init__(self, module, *args, criterion=nn.NLLLoss, **kwargs):
        super().__init__(module, criterion, *args, **kwargs)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        if isinstance(self.criterion_, nn.NLLLoss):
            y_pred = torch.log(y_pred + 1e-8)
        return self.criterion_(y_pred, y_true)

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)

class NeuralNetBinaryClassifier(NeuralNet):
    def __init__(self, module, *args, criterion=nn.BCEWithLogitsLoss, threshold=0.5, **kwargs):
        super().__init__(module, criterion, *args, **kwargs)

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)

class NeuralNetRegressor(NeuralNet):
    def __init__(self, module, *args, criterion=nn.MSELoss, **kwargs):
        super().__init__(module, criterion, *args, **kwargs)
