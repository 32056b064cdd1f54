"""A proof as a reader at a terminal sees it: the verdict, what it is about, the four conditions, what matters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofkit.kernel.certificate import number_text
from proofkit.kernel.claims import CLAIMS
from proofkit.kernel.formula import Constant, names_in
from proofkit.problem.losses import LOSSES
from proofkit.terminal import COLOURS, PIPED, entry, interval, number, painted, wrapped

if TYPE_CHECKING:
    from proofkit.tactics.prove import Proof, Route

CONDITIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "V1": ("smooth", "L has derivatives of every order"),
        "V2": ("confining", "L(W) -> oo as ||W|| -> oo"),
        "V3": ("integrable", "exp(-2 L/s) has a finite integral"),
        "V4": ("steep far out", "||grad L||^2/s - Laplacian L -> oo as ||W|| -> oo"),
    }
)
"""A word on each condition, and the condition."""
MANY = 5
"""How many constants are shown without ``--verbose``."""
LEVEL = "M"
"""The level of the radius r_0(M), which the reader gives."""


def proof_text(
    proof: Proof, columns: int = PIPED, colour: bool = False, verbose: bool = False
) -> str:
    """A proof for a terminal of so many columns.

    An undecided claim is said in three lines: what is open, why, and what to try.  ``verbose`` adds
    every route, every constant in all its digits, and the notes.
    """
    head = painted(f"{proof.verdict:7}", COLOURS[proof.verdict], colour)
    if proof.verdict == "UNKNOWN":
        lines = _unknown(proof, head, columns)
    else:
        lines = _said(head, proof.statement, columns)
        lines += ["", *_setting(proof, columns), "", *_conditions(proof, columns, colour)]
        shown = list(decisive(proof)) if not verbose else []
        if shown:
            lines += ["", *_constants(proof, shown, columns)]
        lines += _witness(proof, columns)
        lines += [line for text in advice(proof) for line in entry("try", text, columns)]
    if verbose:
        if proof.verdict == "UNKNOWN":
            lines += ["", *_setting(proof, columns), "", *_conditions(proof, columns, colour)]
        lines += ["", *_everything(proof, columns)]
    elif proof.verdict != "UNKNOWN":
        lines += ["", "  --verbose: every constant, every route and the notes"]
    return "\n".join(lines)


def _said(head: str, text: str, columns: int) -> list[str]:
    """The verdict and what is said, which hangs beneath it; the colours of the verdict take no room."""
    first, *rest = wrapped(_plainly(text), columns, " " * 9, " " * 9)
    return [f"{head}  {first[9:]}", *rest]


def _plainly(text: str) -> str:
    """A sentence without numbers that stop in the middle."""
    return re.sub(r"(?:= )?(-?\d+(?:\.\d+)?)\.\.\.", r"about \1", text)


def _setting(proof: Proof, columns: int) -> list[str]:
    """L(W), what is trained and fixed, and the data."""
    p = proof.problem
    loss = "(f_i - y_i)^2/2" if p.loss_name == "squared" else "log(1 + exp(-y_i f_i))"
    assert p.loss_name in LOSSES
    lines = entry("L(W)", f"(1/n) sum_i {loss} + (lambda/2) ||W||_F^2", columns)
    lines += entry("net", "f_i = sum_j a_j sigma(<w_j, x_i>)", columns)
    lines += entry("sigma(z)", _activation(proof), columns)
    lines += entry("trained", "the inner weights W = (w_1, ..., w_p)", columns)
    lines += entry("fixed", f"the outer weights a{_outer(proof)}", columns)
    if p.data is None:
        any_data = "any, with ||x_i|| <= B_x and |y_i| <= B_y; n, p, d, a are arbitrary"
        return lines + entry("data", any_data, columns)
    return lines + [line for text in p.data.described() for line in entry("data", text, columns)]


def _activation(proof: Proof) -> str:
    own = proof.problem.activation
    named = own.name != "custom" and not own.text.startswith(f"{own.name}(")
    return f"{own.text}, called {own.name}" if named else own.text


def _outer(proof: Proof) -> str:
    outer = proof.problem.outer
    return "" if outer is None else f": {outer.source}"


def _conditions(proof: Proof, columns: int, colour: bool) -> list[str]:
    """V1 to V4: what each is, and the verdict on it."""
    lines: list[str] = []
    for c in proof.conditions:
        word, says = CONDITIONS[c.name]
        verdict = painted(c.verdict, COLOURS[c.verdict], colour)
        text = f"{c.name} {word}: {says}"
        evidence = f" ({c.evidence})" if c.evidence else ""
        first, *rest = wrapped(text + evidence, columns, " " * 11, " " * 14)
        lines += [f"  {verdict}{' ' * (9 - len(c.verdict))}{first[11:]}", *rest]
        if c.verdict == "UNKNOWN" and proof.verdict != "UNKNOWN":
            reason = "no route reaches it" if c.name == "V4" else c.reason
            lines += wrapped(_plainly(reason), columns, " " * 14, " " * 14)
    return lines


def decisive(proof: Proof) -> Iterator[str]:
    """The constants that matter for a verdict, the nearest to it first, at most ``MANY``.

    Those that the statement names, then the threshold and the radius of the route, then those that
    their formulas name, and so on; never what the problem itself gives.
    """
    known, seen = proof.constants, {LEVEL, *_given(proof)}
    fact = next((c.fact for c in proof.conditions if c.name == "V4" and c.fact is not None), None)
    goal = proof.goals[0] if proof.goals else None
    queue = [w for w in re.findall(r"\w+", proof.statement) if w in known]
    if goal is not None:
        queue += [c.name for c in goal.constants]
    if proof.threshold is not None and proof.threshold.threshold:
        queue += sorted(names_in(proof.threshold.threshold))
    if fact is not None and (proof.verdict != "REFUTED" or fact in proof.goals):
        queue += [c.name for c in reversed(fact.constants)]
    count = 0
    while queue and count < MANY:
        name = queue.pop(0)
        if name in seen or name not in known:
            continue
        seen.add(name)
        yield name
        count += 1
        formula = known[name].formula
        queue += _in_order(formula) if formula else []


def _given(proof: Proof) -> Iterator[str]:
    """The constants that the problem gives: data, outer weights, lambda and s."""
    for fact in proof.steps():
        if fact.claim == "parameters":
            yield from (c.name for c in fact.constants)


def _in_order(formula: str) -> list[str]:
    """The constants that a formula names, as they are read."""
    names = names_in(formula)
    return [w for w in dict.fromkeys(re.findall(r"[A-Za-z]\w*", formula)) if w in names]


def _constants(proof: Proof, names: list[str], columns: int) -> list[str]:
    lines: list[str] = []
    for name in names:
        lines += entry(name, _valued(proof.constants[name]), columns)
    return lines


def _valued(c: Constant) -> str:
    """``= formula`` and where its value lies."""
    value = "" if c.lo is None or c.hi is None else interval(c.lo, c.hi)
    if c.formula is None or f"= {c.formula}" == value:
        return value or "any"
    return f"= {c.formula}" + (f", {value}" if value else "")


def _witness(proof: Proof, columns: int) -> list[str]:
    w = proof.witness
    if w is None or not w.get("ray") or str(w["ray"]) in proof.statement:
        return []
    return entry("witness", f"{w['ray']}; limit along it: {w['limit']}", columns)


def _unknown(proof: Proof, head: str, columns: int) -> list[str]:
    """Three lines: what is open, why, what to try."""
    open_ = [c for c in proof.conditions if c.verdict == "UNKNOWN"]
    first = next(iter(open_), None)
    if first is not None:
        word, says = CONDITIONS[first.name]
        what = f"open whether {first.name} holds ({word}: {says})"
    else:
        what = f"open: {CLAIMS[proof.claim].says}"
    p = proof.problem
    what = f"{what}, for sigma(z) = {p.activation.text} and the {p.loss_name} loss"
    lines = _said(head, what, columns)
    lines += entry("why", _plainly(_why(proof)), columns, 7)
    tried = advice(proof) or [
        "--verbose shows every route and constant; a longer --budget, a number for --lam, or data"
    ]
    return lines + entry("try", "; or ".join(tried), columns, 7)


def _why(proof: Proof) -> str:
    """Why nothing was decided: what each route lacks, without the details, or the reason of the condition."""
    open_ = [c for c in proof.conditions if c.verdict == "UNKNOWN"]
    if open_ and open_[0].name != "V4":
        return open_[0].reason
    if not open_:
        return proof.open or proof.statement
    reasons = dict.fromkeys(r.reason.split(": ")[0] for r in proof.routes if r.verdict != "PROVED")
    return "; ".join(reasons) or proof.open


def _everything(proof: Proof, columns: int) -> list[str]:
    """Every route with its threshold, every constant in all its digits, and the notes."""
    lines = ["  routes to V4"]
    for r in proof.routes:
        lines += entry(r.name, f"{r.verdict}: {_threshold(r)}", columns, 12, 4)
    text, value, source = proof.published
    at_most = "" if value is None else f" <= {number(value[1], 1)}"
    lines += entry("published", f"lambda > {text}{at_most}  [{source}]", columns, 12, 4)
    v4 = next((c for c in proof.conditions if c.name == "V4" and c.verdict == "PROVED"), None)
    if v4 is not None and v4.fact is not None:
        lines += entry("radius", f"r_0(M) = {v4.fact.payload['radius']}", columns)
    lines.append("  constants")
    for c in proof.constants.values():
        text = _in_full(c)
        lines += entry(c.name, text, columns, 12, 4) if text else []
    lines += [line for note in proof.notes for line in entry("note", note, columns)]
    return lines


def _threshold(r: Route) -> str:
    if r.threshold is None:
        return _plainly(r.reason)
    value = "" if r.value is None or r.value[1] == 0 else f" <= {number(r.value[1], 1)}"
    return f"lambda > {r.threshold}{value}"


def _in_full(c: Constant) -> str:
    """A constant in all its digits; empty for one that the problem leaves open."""
    if c.lo is None or c.hi is None:
        return f"= {c.formula}" if c.formula else ""
    low, high = number_text(c.lo, -1), number_text(c.hi, 1)
    value = f"= {low}" if low == high else f"in [{low}, {high}]"
    return value if c.formula in (None, low) else f"= {c.formula}, {value}"


def advice(proof: Proof) -> list[str]:
    """What a reader whose claim was not proved may try; never more than what the routes themselves say."""
    if proof.verdict == "PROVED":
        return []
    p = proof.problem
    out = []
    verdicts = {c.name: c.verdict for c in proof.conditions}
    reasons = " ".join(r.reason for r in proof.routes)
    if proof.claim == "villani-one-signed" and verdicts.get("V4") == "UNKNOWN":
        out.append("--claim villani: its routes need no signs of the outer weights")
        reasons = ""
    if verdicts.get("V1") != "PROVED":
        out.append(
            "a smooth activation: V1 needs every derivative; for ReLU a stand-in is softplus(beta=20)"
        )
        return out
    if p.lam is not None and p.lam <= 0:
        out.append(
            "lambda > 0; without --lam the answer says from which lambda on the claim is proved"
        )
    refused = next(
        (r for r in proof.routes if r.threshold is not None and r.verdict != "PROVED"), None
    )  # the line route, else the Lipschitz route
    if refused is not None and verdicts.get("V4") != "PROVED" and p.lam is not None and p.lam > 0:
        value = "" if refused.value is None else f" = {number(refused.value[1], 1)} at most"
        more = (
            ""
            if refused.value is not None or not p.symbolic
            else ", which has a value with --data FILE --target COLUMN"
        )
        out.append(
            f"a larger lambda: the {refused.name.replace('lipschitz', 'Lipschitz')} route proves V4 for lambda > {refused.threshold}{value}{more}"
        )
    if "sigma' is unbounded" in reasons:
        signs = (
            "--claim villani-one-signed"
            if p.symbolic
            else "outer weights of one sign (--outer FILE)"
        )
        out.append(
            f"an activation with a bounded slope, or {signs} where sigma is bounded below and sigma'' bounded: no other route covers an unbounded sigma'"
        )
    elif "sigma is unbounded" in reasons and p.loss_name == "squared":
        out.append(
            "--loss logistic: there bounded sigma' and sigma'' are enough, for every lambda > 0"
        )
    if "budget" in reasons or "time is up" in reasons or "in time" in reasons:
        out.append("a longer --budget: a constant of the activation was not enclosed in time")
    return out
