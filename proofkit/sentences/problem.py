"""What is said of the objective itself: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import ChainRule, Claim, Parameters
from proofkit.kernel.objective.objective import Objective
from proofkit.sentences.said import Said


def _parameters(step: Said) -> str:
    data, outer = step.objective.data, step.objective.outer
    if step.objective.architecture is not None:
        return _parameters_of_layers(step.objective)
    if data is None or outer is None:
        return "n, p, d, the data with ||x_i|| <= B_x and |y_i| <= B_y, and a are arbitrary"
    return (
        f"the constants of {data.called} ({data.n} x {data.d}) and of the outer weights "
        f"({outer.source})"
    )


def _parameters_of_layers(objective: Objective) -> str:
    data = objective.data
    if data is None:
        return (
            "n, d, the widths, the fixed weights and the data with ||x_i|| <= B_x are arbitrary"
            if objective.loss.classifies
            else "n, d, the widths, the fixed weights and the data with ||x_i|| <= B_x and "
            "|y_i| <= B_y are arbitrary"
        )
    return f"the constants of {data.called} ({data.n} x {data.d}) and of the fixed layers"


def _chain_rule(_: Said) -> str:
    return (
        "the formulas for grad L, Laplacian L and the Hessian form are those of the chain rule; at "
        "small nets they agree with exact differentiation of L in ball arithmetic"
    )


def _nothing(_: Said) -> dict[str, object]:
    return {}


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {Parameters: _parameters, ChainRule: _chain_rule}
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {Parameters: _nothing, ChainRule: _nothing}
)
