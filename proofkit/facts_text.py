"""What is known of an activation, as a reader at a terminal sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from proofkit.exposition.plain import plain
from proofkit.exposition.view import value
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.rounding import decimal
from proofkit.terminal import entry
from proofkit.verdict import spoken

if TYPE_CHECKING:
    from proofkit.activation.catalogue import Activation
    from proofkit.search.facts import Facts

LABEL = 18
"""Where the values stand beside their labels."""


def facts_text(
    activation: Activation, facts: Facts, content: Mapping[str, Any], columns: int = 100
) -> str:
    """The facts for a terminal."""
    named = "" if activation.name in ("custom", "sigma") else f", called {activation.name}"
    lines = [f"σ(z) = {_formula(terms.to_text(activation.root))}{named}"]
    scaled = content.get("scaling")
    if scaled:
        names = ", ".join(f"{_formula(name)} > 0" for name in scaled["parameters"])
        times = scaled["sigma"].removesuffix("g(u)").removesuffix("*")
        sigma = f"{_formula(times)} g(u)" if times else "g(u)"
        u, g = _formula(scaled["u"]), _formula(scaled["g"])
        lines += entry(
            "for every", f"{names}: σ(z) = {sigma} with u = {u} and g(u) = {g}", columns, LABEL
        )
    smooth = facts.smooth
    if smooth is not None:
        said = "infinitely differentiable"
        if smooth.order is not None:
            many = f"{smooth.order} times continuously differentiable"
            said = f"{many if smooth.order else 'continuous'} and no more, at z = {smooth.where}"
        lines += entry("smooth", said, columns, LABEL)
    for at, lo, hi in facts.holes:
        limit = str(lo) if lo == hi else f"a number in [{decimal(lo, 20)}, {decimal(hi, 20)}]"
        said = f"no value as written; its limit there is {limit}, and is taken as the value"
        lines += entry(f"at z = {at!s}", said, columns, LABEL)
    letter = "u" if scaled else "z"
    bounds = [("inf σ", "", content["range"]["inf"]), ("sup σ", "", content["range"]["sup"])]
    for key, bound in content.items():
        if key[0] == "M":
            order = int(key[1:])
            primes = "'" * order if order < 4 else f"^({order})"
            bounds.append((f"sup |σ{primes}|", f"M_{order} ", bound))
    if content["euler"]:
        kappa = str(content["euler"]["kappa"])
        less = {"0": "", "1": " - σ"}.get(kappa, f" - {kappa} σ")
        bounds.append(
            (f"sup |z σ'{less}|", f"κ = {kappa}, H ", content["euler"]["H"]),
        )
    for label, name, bound in bounds:
        lines += entry(label, _bound_text(name, bound, letter), columns, LABEL)
    if not content["euler"] and facts.no_euler:
        lines += entry("Euler defect", f"none: {_spoken(facts.no_euler)}", columns, LABEL)
    if facts.growth:
        lines += entry("growth", _growth(facts.growth, content.get("interval")), columns, LABEL)
    for o in content["open"]:
        lines += entry("open", _spoken(o), columns, LABEL)
    return "\n".join(lines)


def _growth(growth: tuple[str, str], interval: str | None) -> str:
    """How σ grows at the infinite ends of the interval, which is all of R where none is given."""
    ends = (interval or "(-oo, oo)").split(",")
    said = zip(growth, ends, ("-∞", "∞"), strict=True)
    return ", ".join(f"{kind} at {place}" for kind, end, place in said if "oo" in end)


def _formula(text: str) -> str:
    """A formula of the grammar as mathematics; other text as it is."""
    try:
        return plain((value(text),))
    except ValueError:
        return text


def _spoken(text: str) -> str:
    return spoken(text.replace("+oo", "oo"))


def _bound_text(name: str, b: Mapping[str, Any] | None, letter: str) -> str:
    """``M2 = 1/4, at z = 0``: where a bound lies, the exact form that it contains, and where it is
    reached.
    """
    if b is None:
        return f"{name}is open"
    if b["lo"] in ("oo", "-oo"):
        how = b.get("how", "")
        return f"{name}= {b['lo'].replace('oo', '∞')}{': ' if how else ''}{_spoken(how)}"
    times = b.get("factor", "1")
    factor = f"{_formula(times)} · " if times != "1" and b["lo"] != "0" else ""
    if b["lo"] == b["hi"]:
        relation = f"= {factor}{_formula(b['exact'] or b['lo'])}"
    else:
        relation = f"∈ {factor}[{b['lo']}, {b['hi']}]"
        if b["exact"]:
            relation += f", which contains {factor}{_formula(b['exact'])}"
    return f"{name}{relation}, {_place(b['at'], letter)}"


def _place(at: str, letter: str) -> str:
    """Where a bound is reached, in words."""
    if at.startswith("z -> "):
        return f"as {letter} → {_formula(at[5:]).replace('oo', '∞')}"
    if at.startswith("every"):
        return f"at {at.replace('z', letter)}"
    if re.fullmatch(r"-?[0-9]+\.[0-9.]+", at):  # where the lower bound is taken
        return f"near {letter} = {at}"
    return f"at {letter} = {_formula(at)}"
