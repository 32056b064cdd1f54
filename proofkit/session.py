"""What the command line and interactive sessions show of facts, proofs and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofkit.errors import ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.terms import Node
from proofkit.search.facts import Bound, Facts

if TYPE_CHECKING:
    from proofkit.activation.catalogue import Activation
    from proofkit.activation.scaling import Scaling
    from proofkit.kernel.losses.loss import Loss
    from proofkit.kernel.network.architecture import Architecture
    from proofkit.problem.data import DataSummary


def _number(lo: Fraction, hi: Fraction, exact: str | None, at: str, digits: int) -> dict[str, Any]:
    low, high = round_down(lo, digits + 3), round_up(hi, digits + 3)
    return {
        "lo": decimal(low, digits + 6),
        "hi": decimal(high, digits + 6),
        "exact": exact if exact is not None else (str(lo) if lo == hi else None),
        "at": at,
    }


def bound_json(b: Bound | None, digits: int = 15, negative: bool = False) -> dict[str, Any] | None:
    """{lo, hi, exact, at}; for an infimum the bound is that of -sigma, turned round here."""
    if b is None:
        return None
    if b.upper is None:
        text = "-oo" if negative else "oo"
        return {"lo": text, "hi": text, "exact": text, "at": b.at, "how": b.how}
    if negative:
        return _number(-b.upper, -b.lower, _negative(b.exact), b.at, digits)
    return _number(b.lower, b.upper, b.exact, b.at, digits)


def _negative(exact: str | None) -> str | None:
    """Minus an exact form; None where it cannot be written in the grammar."""
    try:
        return None if exact is None else terms.to_text(terms.neg(parse(exact)))
    except ParseError:
        return None


def facts_json(
    text: str, facts: Facts, digits: int = 15, open_ends: Sequence[Fraction] = ()
) -> dict[str, Any]:
    """The documented keys of `proofkit bounds --json`."""
    smooth = facts.smooth
    kappa = facts.euler and facts.euler.kappa
    wide = Fraction(1, 10 ** min(digits - 3, 12))
    too_wide = [b.name for b in facts.known if b.wider_than(wide)]
    opened = [*facts.open, *(f"{name}: enclosed, but wider than 1e-12" for name in too_wide)]
    content: dict[str, Any] = {
        "expr": text,
        "verdict": "UNKNOWN" if opened else "PROVED",
        "smooth": None
        if smooth is None
        else {
            "order": "oo" if smooth.order is None else smooth.order,
            "at": None if smooth.at is None else smooth.where,
        },
        "range": {"inf": bound_json(facts.inf, digits, True), "sup": bound_json(facts.sup, digits)},
        "M1": bound_json(facts.M1, digits),
        "M2": bound_json(facts.M2, digits),
        "M3": bound_json(facts.M3, digits),
        **{f"M{k}": bound_json(b, digits) for k, b in facts.higher},
        "euler": None
        if facts.euler is None
        else {"kappa": str(kappa), "H": bound_json(facts.euler.H, digits)},
        "growth": None if facts.growth is None else {"-oo": facts.growth[0], "oo": facts.growth[1]},
        "no_euler": facts.no_euler or None,
        "holes": [{"at": str(at), "lo": str(lo), "hi": str(hi)} for at, lo, hi in facts.holes],
        "open": opened,
    }
    ends = {decimal(e, 20): f"z -> {e}" for e in open_ends}
    for shown in (
        *content["range"].values(),
        *(content[k] for k in content if k[0] == "M"),
        (content["euler"] or {}).get("H"),
    ):
        if shown is not None and shown["at"] in ends:
            shown["at"] = ends[shown["at"]]  # approached, not attained
    return content


def scale_content(content: dict[str, Any], scaling: Scaling) -> dict[str, Any]:
    """The facts of g turned into those of sigma = (outer factor) g(u): every bound gets the
    ``factor`` that multiplies it.
    """
    for k, shown in content.items():
        if k[0] == "M" and shown is not None:
            shown["factor"] = scaling.factor(int(k[1:]))
    for shown in (*content["range"].values(), (content["euler"] or {}).get("H")):
        if shown is not None:
            shown["factor"] = scaling.factor(0)
    content["scaling"] = {
        "parameters": {name: "> 0" for name, _ in scaling.outer},
        "sigma": f"{scaling.factor(0)}*g(u)" if scaling.factor(0) != "1" else "g(u)",
        "u": scaling.argument,
        "g": terms.to_text(terms.substitute(scaling.base, {terms.Z: Node("name", (), "u")})),
    }
    return content


def data_json(data: DataSummary | None) -> dict[str, Any] | None:
    """The data that a verdict is about; None for symbolic ones."""
    if data is None:
        return None
    return {
        "source": data.source,
        "sha256": data.digest,
        "rows_sha256": data.rows_sha256,
        "target": data.target,
        "n": data.n,
        "d": data.d,
        "features": list(data.features),
        "labels": None if data.labels is None else data.labels.json(),
        "scaling": None if data.scaling is None else data.scaling.json(),
        "notes": list(data.notes),
    }


def derivation_lines(activation: Activation, loss: str, latex: bool) -> dict[str, str]:
    """Objective, gradient, Hessian form, Laplacian and V4 expression with the activation inserted,
    and what they were compared with.

    Raises InternalError when they are not the formulas of the kernel.
    """
    import sympy

    from proofkit.calculus.crosscheck import comparison_sentence
    from proofkit.calculus.derive import derive

    compared = comparison_sentence(activation.root, loss)
    derivation = derive(loss).with_activation(activation.root)
    show = sympy.latex if latex else str
    names = ("objective", "gradient", "hessian_form", "laplacian", "villani")
    return {**{name: show(getattr(derivation, name)) for name in names}, "compared": compared}


def derivation_lines_of_layers(
    architecture: Architecture, loss: Loss, latex: bool
) -> dict[str, str]:
    """The net, the passes, the gradient and the Laplacian in every trained block, the Hessian form
    and the V4 expression of a net of layers, and what they were compared with.

    Raises InternalError when they are not what SymPy makes of L at small nets.
    """
    from proofkit.exposition.derivatives_of_layers import derivatives
    from proofkit.exposition.layers import net_of
    from proofkit.exposition.plain import formula
    from proofkit.numeric.layered_by_sympy import comparison_sentence
    from proofkit.sentences.nets import layers_record

    net = net_of({"layers": layers_record(architecture)})
    assert net is not None
    compared = comparison_sentence(architecture, loss)
    lines = {name: text if latex else formula(text) for name, text in derivatives(net, loss)}
    return {**lines, "compared": compared}
