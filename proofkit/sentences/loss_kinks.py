"""What is said of kinks of the loss: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.claims import Claim, LossKink, LossKinkOnInstance, LossKinkOnLine
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.rounding import decimal
from proofkit.sentences.said import Said

DIGITS = 9  # of a place on a segment


def _kink(step: Said) -> str:
    claim = step.says(LossKink)
    letter = step.objective.loss.letter
    return (
        f"the derivative of phi of order {claim.order + 1} is the first to jump at {letter} = "
        f"{claim.near}, so the loss is not smooth"
    )


def _kink_record(step: Said) -> dict[str, object]:
    claim = step.says(LossKink)
    return {"order": claim.order, "at": claim.near}


# -- why V1 fails ----------------------------------------------------------------------------------


def because(witness: LossKinkOnInstance | LossKinkOnLine, objective: Objective) -> str:
    """What happens where the argument of phi passes a kink."""
    letter, order = objective.loss.letter, witness.order + 1
    match witness:
        case LossKinkOnInstance(near=near):
            return (
                f"on the instance {net(witness, objective)}, {letter} passes {near}, a kink of the "
                f"loss, at t = 0 with a slope that is not 0, and there the derivative of L of order "
                f"{order} jumps with that of phi"
            )
        case LossKinkOnLine(near=near, sample=sample, met=met):
            others = (
                "no other sample that moves is near a kink"
                if met == 1
                else f"the jumps of the {met} samples that come near a kink have one sign"
            )
            return (
                f"along {net(witness, objective)}, {letter} of sample {sample + 1} passes {near}, a "
                f"kink of the loss, at some t near {place(witness)} with a slope that is not 0; "
                f"there the derivative of L of order {order} jumps, for {others}"
            )


def place(witness: LossKinkOnLine) -> str:
    """Where on the segment, in decimals."""
    return decimal((witness.start + witness.end) / 2, DIGITS)


def net(witness: LossKinkOnInstance | LossKinkOnLine, objective: Objective) -> str:
    """The instance, or the line."""
    match witness:
        case LossKinkOnInstance(near=near, w=w, mirrored=mirrored):
            moved = f"{w} + t"
            if mirrored:
                return f"n = d = 1, p = 2, x_1 = y_1 = a_1 = 1, a_2 = -1, w_1 = {moved}, w_2 = {w}"
            if objective.loss.classifies:
                divided = near if near.isdecimal() else f"({near})"
                return f"n = p = d = 1, x_1 = y_1 = 1, a_1 = {divided}/sigma({w}), W = {moved}"
            return f"n = p = d = 1, x_1 = a_1 = 1, y_1 = sigma({w}){less(near)}, W = {moved}"
        case LossKinkOnLine(sign=sign, weight=weight, v=v):
            return moving(sign, weight, v)


def less(number: str) -> str:
    """What follows a term from which a number is subtracted.

    >>> less("1/2"), less("-1/2"), less("0")
    (' - 1/2', ' + 1/2', '')
    """
    if number == "0":
        return ""
    return f" + {number[1:]}" if number.startswith("-") else f" - {number}"


def moving(sign: int, weight: Fraction, v: tuple[Fraction, ...] | None) -> str:
    """The line on which the first unit of a sign moves and the others stay."""
    rest = "" if v is None else ", the other rows v"
    which = "positive" if sign > 0 else "negative"
    return f"w_1(t) = w + t u{rest}, for the first {which} outer weight {weight}"


def record(witness: LossKinkOnInstance | LossKinkOnLine, objective: Objective) -> dict[str, object]:
    """The witness as the record of a certificate."""
    order = witness.order
    made: dict[str, object] = {
        "kind": KINDS[type(witness)],
        "at": witness.near,
        "order": order,
        "ray": net(witness, objective),
        "limit": f"none of the derivative of order {order + 1}",
    }
    match witness:
        case LossKinkOnInstance(w=w, mirrored=mirrored):
            margin = objective.loss.classifies
            return {**made, "w": str(w), "margin": margin, "mirrored": mirrored}
        case LossKinkOnLine(sample=sample, sign=sign, w=w, u=u, v=v):
            return {
                **made,
                "sample": sample + 1,
                "sign": sign,
                "w": vector(w),
                "u": vector(u),
                "v": None if v is None else vector(v),
                "from": str(witness.start),
                "to": str(witness.end),
                "near": place(witness),
                "met": witness.met,
            }


def vector(entries: tuple[Fraction, ...]) -> list[str]:
    """A vector of rationals as texts."""
    return [str(entry) for entry in entries]


KINDS: Mapping[type, str] = MappingProxyType(
    {LossKinkOnInstance: "kink of phi", LossKinkOnLine: "kink of phi on a line"}
)
"""What these witnesses are called in a certificate."""

SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType({LossKink: _kink})
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {LossKink: _kink_record}
)
