"""Where the argument of phi can be for given data and a bounded sigma, and phi as it is there.

f_i = sum_j a_j sigma(z_ij) with S_lo <= sigma <= S_hi lies in

    [a_+ S_lo - a_- S_hi, a_+ S_hi - a_- S_lo],

a_+ and a_- the sums of |a_j| over the positive and the negative a_j; the loss says where its
argument is for these f and the labels of the data.
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.claims import Enclosed
from proofkit.kernel.formula import Constant, exact_value
from proofkit.kernel.inference import Step
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.data import Outer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.suprema import Interval, UnprovedError, smooth_tree
from proofkit.kernel.symbols import S_hi, S_lo, a_minus, a_plus
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.workspace import OpenError


def _outputs(objective: Objective, outer: Outer, bottom: Fraction, top: Fraction) -> Interval:
    """What the net answers of its output for a sigma with values in [bottom, top], in numbers."""
    numbers = {a_plus: outer.a_plus, a_minus: outer.a_minus, S_lo: bottom, S_hi: top}
    known = {str(name.value): Constant(str(name.value), None, x, x) for name, x in numbers.items()}
    value = objective.net.bounded().value()
    low = None if value.low is None else exact_value(value.low, known)
    high = None if value.high is None else exact_value(value.high, known)
    if low is None or high is None:
        raise KernelError("the outputs of the net are in no known interval")
    return low, high


def arguments_reached(objective: Objective, top: Enclosed, bottom: Enclosed) -> Interval:
    """An interval that contains the argument of phi of every sample, for every W.

    ``top`` and ``bottom`` enclose S_hi = sup sigma and S_lo = inf sigma.  KernelError for others,
    and while data are symbols.
    """
    data, outer = objective.data, objective.outer
    if data is None or outer is None:
        raise KernelError("the data are symbols, and with them what the loss reaches")
    if (top.quantity, bottom.quantity) != ("S_hi", "S_lo"):
        raise KernelError("sup sigma and inf sigma are needed, in this order")
    low, high = _outputs(objective, outer, bottom.lo, top.hi)
    return objective.loss.reach(low, high, data)


def smooth_where_reached(step: Step, loss: Loss, reach: Interval) -> Loss:
    """The loss with the one smooth term that phi is on a neighbourhood of an interval.

    KernelError where phi has a kink on the interval, ends included, or is not seen to have none.
    """
    try:
        return type(loss)(smooth_tree(loss.phi, reach))
    except (UnprovedError, OpenError):
        low, high = decimal(round_down(reach[0], 6), 9), decimal(round_up(reach[1], 6), 9)
        raise step.refuse(
            f"the loss may have a kink where it is reached, for {loss.letter} between {low} and {high}"
        ) from None
