"""What rules ask the net of the objective: its outputs and how they move along the radius."""

from __future__ import annotations

from proofkit.kernel.inference import Step
from proofkit.kernel.network.writing import negative
from proofkit.kernel.symbols import larger, r
from proofkit.kernel.univariate.terms import ONE, Node


def output_interval(step: Step) -> tuple[Node, Node]:
    """An interval that contains every f_i for a bounded sigma; KernelError where there is none."""
    value = step.objective.net.bounded().value()
    if value.low is None or value.high is None:
        raise step.refuse("the outputs are in no known interval")
    return value.low, value.high


def largest_output(step: Step) -> Node:
    """A bound of every |f_i| for a bounded sigma."""
    if step.objective.symbolic:
        (bound,) = step.objective.net.bounded().value().norm.coefficients(r, 0)
        return bound
    low, high = output_interval(step)
    return larger(high, negative(low))


def output_at_rest(step: Step) -> Node:
    """A bound of every |f_i| where every z_ij is 0."""
    return step.objective.net.value().entry.term()


def output_slope(step: Step) -> Node:
    """c with f_i = f_i at rest + e_i, the root mean square of the e_i at most c r."""
    _, multiple = step.objective.net.value().mean.coefficients(r, 1)
    return multiple


def along_the_radius(step: Step) -> tuple[Node, Node]:
    """(kappa, gamma) with <grad f_i, W> = kappa f_i + g_i and |g_i| <= gamma."""
    pull = step.objective.net.radial((ONE,))
    (rest,) = pull.norm.coefficients(r, 0)
    return pull.exponent, rest
