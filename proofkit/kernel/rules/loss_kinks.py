"""Kinks of the loss: where phi has one, where V1 fails because of it, and where it is out of reach."""

from __future__ import annotations

from proofkit.kernel.claims import (
    V1,
    ChainRule,
    Enclosed,
    Fails,
    LossKink,
    LossKinkOnInstance,
    LossKinkOnLine,
    Scope,
    Smooth,
)
from proofkit.kernel.crossings import Segment, crossing, kinks_of
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.kinks import BITS, Line, NoJumpError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.derivation import NotCompared
from proofkit.kernel.objective.reach import smooth_where_reached
from proofkit.kernel.proposals import SegmentProposal, WeightProposal
from proofkit.kernel.ranges import any_lambda
from proofkit.kernel.rules.activation import is_exact, smoothness_of_term
from proofkit.kernel.rules.loss import arguments_of_premises
from proofkit.kernel.rules.problem import require_chain_rule
from proofkit.kernel.rules.refutations import moving_unit, vector
from proofkit.kernel.suprema import UnprovedError, smooth_tree
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError


def _kink_of_phi(step: Step) -> Conclusion:
    """Where a derivative of phi is the first to jump."""
    pieces, found = smoothness_of_term(step, step.objective.loss.phi)
    if found.order is None or found.at is None:
        raise step.refuse("the loss is smooth")
    if is_exact(found.at, pieces):
        return Conclusion(LossKink(found.order, found.at, found.where))
    return Conclusion(LossKink(found.order, None, f"{decimal(found.at, 15)}..."))


def _smooth_sigma(step: Step) -> Node:
    """sigma without Abs, Max and Min; KernelError where it has kinks."""
    try:
        return smooth_tree(step.objective.sigma)
    except (UnprovedError, OpenError) as error:
        raise step.refuse(str(error)) from None


def _on_an_instance(step: Step) -> Conclusion:
    r"""One sample x_1 = 1 of one feature and a w with sigma'(w) not 0; the first unit moves, w_1 = w + t.

    Residual: p = a_1 = 1 and y_1 = sigma(w) - c, so f - y = c at t = 0, with the slope sigma'(w).
    Margin, c not 0: y_1 = p = 1 and a_1 = c/sigma(w), sigma(w) not 0; m = c at t = 0, with the slope
    c sigma'(w)/sigma(w).  Margin, c = 0: y_1 = 1, a = (1, -1) and w_2 = w; m = 0 at t = 0, with the
    slope sigma'(w).

    Where the argument g of phi is c with a slope that is not 0, the derivative of phi(g) of order k
    jumps by J g'^k sign(g'), if that of phi jumps by J and the lower ones are continuous.
    """
    if not step.objective.symbolic:
        raise step.refuse("the problem is bound to data")
    w, kink = step.proposed(WeightProposal).w, step.premise(1, LossKink)
    margin = step.objective.loss.classifies
    with balls.precision(BITS):
        here = balls.Tape(_smooth_sigma(step)).series(balls.ball(w), 2)
        value, slope = here[0], here[1]
        if not (slope > 0 or slope < 0):
            raise step.refuse("sigma'(w) is not seen to be a number other than 0")
        mirrored = margin and kink.at == 0
        # An irrational kink is not 0.
        if margin and not mirrored and not (value > 0 or value < 0):
            raise step.refuse("sigma(w) is not seen to be a number other than 0")
    witness = LossKinkOnInstance(kink.order, kink.at, kink.near, w, mirrored)
    return Conclusion(Fails("V1", witness, Scope(any_lambda(step))))


def _on_a_line(step: Step) -> Conclusion:
    """A segment on which the argument of a sample passes a kink of phi, for the rows of the data."""
    given, table = step.proposed(SegmentProposal), step.rows_of_the_data()
    unit = moving_unit(step, given.sign, alone=given.v is None)
    w, u = vector(step, "w", given.w), vector(step, "u", given.u)
    v = None if given.v is None else vector(step, "v", given.v)
    loss, sigma = step.objective.loss, _smooth_sigma(step)
    smoothness_of_term(step, loss.phi)  # phi is a real number on all of R
    try:
        found = crossing(
            sigma,
            loss,
            kinks_of(loss.phi),
            table,
            unit,
            Segment(Line(w, u, v), given.start, given.end),
            given.sample,
        )
    except NoJumpError as error:
        raise step.refuse(str(error)) from None
    witness = LossKinkOnLine(
        found.kink.order - 1,
        found.kink.near,
        given.sample,
        given.sign,
        unit.weight,
        w,
        u,
        v,
        given.start,
        given.end,
        found.met,
    )
    return Conclusion(Fails("V1", witness, Scope(any_lambda(step))))


# -- out of reach ----------------------------------------------------------------------------------


def _loss_where_reached(step: Step) -> Loss:
    """The loss with the smooth piece of phi where its arguments are, for every W."""
    return smooth_where_reached(step, step.objective.loss, arguments_of_premises(step))


def _v1_where_reached(step: Step) -> Conclusion:
    """phi is one smooth function on a neighbourhood of all its arguments."""
    _loss_where_reached(step)
    return Conclusion(V1())


def _derivation_where_reached(step: Step) -> Conclusion:
    """The chain rule for the smooth piece, whose formulas are compared with L itself."""
    try:
        require_chain_rule(step.objective.sigma, _loss_where_reached(step))
    except NotCompared as error:
        raise step.refuse(str(error)) from None
    return Conclusion(ChainRule())


LOSS_KINKS: tuple[Rule, ...] = (
    Rule(
        name="kink of phi",
        about="loss",
        premises=(),
        conclusion=LossKink,
        check=_kink_of_phi,
        reason=r"One-sided derivatives of $\varphi$ differ.",
    ),
    Rule(
        name="kink of phi on an instance",
        about="objective",
        premises=(Smooth, LossKink),
        conclusion=Fails,
        check=_on_an_instance,
        reason=r"$L(W)=\varphi(g)+\frac\lambda2\|W\|^2$ with a smooth $g$ that is at the kink of "
        r"$\varphi$ with $g'\ne0$; by the chain rule the first derivative that jumps is "
        r"$\varphi^{(k)}g'^k$ and continuous terms.",
        proposal=WeightProposal,
    ),
    Rule(
        name="kink of phi on a line",
        about="objective",
        premises=(Smooth, LossKink),
        conclusion=Fails,
        check=_on_a_line,
        reason=r"One unit moves along $w+tu$. The argument $g_i$ of $\varphi$ for one sample is on "
        r"different sides of a kink at the ends of the segment. Every sample that moves "
        r"stays away from the kinks of $\varphi$, or $g_i'\ne0$ has one sign, and the jumps "
        r"$J\operatorname{sign}(g_i')g_i'^k$ that it may add have one sign.",
        proposal=SegmentProposal,
        looks_at_rows=True,
    ),
    Rule(
        name="V1 where it is reached",
        about="objective",
        premises=(Smooth, Enclosed, Enclosed),
        conclusion=V1,
        check=_v1_where_reached,
        reason=r"For bounded $\sigma$ and these data no argument of $\varphi$ comes to a kink; where "
        r"it is evaluated $\varphi$ is smooth, and $L$ is a composition of smooth functions.",
    ),
    Rule(
        name="derivation where it is reached",
        about="objective",
        premises=(Smooth, Enclosed, Enclosed),
        conclusion=ChainRule,
        check=_derivation_where_reached,
        reason=r"$\nabla L$, $\Delta L$ and the Hessian form, with the smooth function that "
        r"$\varphi$ is where it is evaluated.",
    ),
)
