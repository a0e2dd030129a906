"""torch.distributions: what is drawn from a distribution, and log-probabilities, follow from its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainlint.facts.graph import Node, Op
from trainlint.frameworks.torch.library import LIBRARY
from trainlint.frameworks.torch.tensor import TORCH
from trainlint.frameworks.torch.tree import nodes_of
from trainlint.semantics.objects import Instance, LibraryClass
from trainlint.semantics.outside import Native
from trainlint.semantics.tensors import Tensor
from trainlint.semantics.values import Args, Unknown, Value

if TYPE_CHECKING:
    from trainlint.semantics.interpreter import Interpreter

_NAMES = """
Bernoulli Beta Binomial Categorical Cauchy Chi2 ContinuousBernoulli Dirichlet Exponential FisherSnedecor Gamma Geometric
Gumbel HalfCauchy HalfNormal Independent Kumaraswamy LKJCholesky Laplace LogNormal LogisticNormal LowRankMultivariateNormal
MixtureSameFamily Multinomial MultivariateNormal NegativeBinomial Normal OneHotCategorical
OneHotCategoricalStraightThrough Pareto Poisson RelaxedBernoulli RelaxedOneHotCategorical StudentT TransformedDistribution
Uniform VonMises Weibull Wishart
"""
_DRAWS = frozenset({"sample", "sample_n"})
"""Methods whose result has no gradient."""
_METHODS = frozenset(
    {"rsample", "log_prob", "entropy", "cdf", "icdf", "perplexity", "enumerate_support", *_DRAWS}
)
_PROPERTIES = frozenset({"mean", "mode", "stddev", "variance", "probs", "logits", "loc", "scale"})


class DistributionClass(LibraryClass):
    """A distribution; `data` holds the nodes of its parameters."""

    __slots__ = ()

    def construct(self, run: Interpreter, instance: Instance, args: Args) -> None:
        nodes: list[Node] = list(nodes_of(args.values()))
        for value in args.values():
            if isinstance(value, Instance) and isinstance(value.data, tuple):
                nodes.extend(value.data)
        if instance.data is None:  # a network that is a distribution as well stays a network
            instance.data = tuple(nodes)

    def attribute(self, run: Interpreter, instance: Instance, name: str) -> Value | None:
        parameters: tuple[Node, ...] = instance.data if isinstance(instance.data, tuple) else ()
        if name in _PROPERTIES:
            return Tensor(run.node(Op.CALL, name, parameters), TORCH)
        if name == "has_rsample":
            return Unknown(name)
        if name in ("expand", "to_event"):
            return Native(name, lambda r, args: instance)
        if name not in _METHODS:
            return None

        def call(r: Interpreter, args: Args) -> Value:
            attached = False if name in _DRAWS else None
            inputs = (*parameters, *nodes_of(args.values()))
            return Tensor(r.node(Op.CALL, name, inputs, attached=attached), TORCH)

        return Native(f"{self.qualname}.{name}", call)


DISTRIBUTION = DistributionClass("torch.distributions.Distribution")
LIBRARY.add(DISTRIBUTION)
for _name in _NAMES.split():
    LIBRARY.add(DistributionClass(f"torch.distributions.{_name}", (DISTRIBUTION,)))
for _part in ("distribution", "normal", "categorical", "bernoulli", "multivariate_normal", "independent", "uniform", "beta",
              "kl", "dirichlet", "gamma", "laplace", "relaxed_categorical", "one_hot_categorical"):  # fmt: skip
    LIBRARY.alias(f"torch.distributions.{_part}", "torch.distributions")


@LIBRARY.function("torch.distributions.kl_divergence")
def kl_divergence(run: Interpreter, args: Args) -> Value:
    """The divergence of two distributions, of one element for each of their batch."""
    inputs = [
        n for v in args.values() if isinstance(v, Instance) and isinstance(v.data, tuple) for n in v.data
    ]
    return Tensor(run.node(Op.CALL, "kl_divergence", tuple(inputs)), TORCH)
