"""A proof as a reader at a terminal sees it: the verdict, what it is about, the four conditions,
what matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofkit.certificates import certify
from proofkit.constants import Constant, names_in, number_text
from proofkit.explanation import constant_lines
from proofkit.exposition import losses, numbers
from proofkit.exposition.expose import expose
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.quoting import quoted
from proofkit.exposition.symbols import SYMBOLS
from proofkit.kernel.claims import V4, LossBounds, Parameters, Smooth
from proofkit.kernel.univariate.terms import KINKED, Node, to_text, walk
from proofkit.kernel.verdicts import NAMED
from proofkit.sentences.record import record
from proofkit.tactics.proof import Proof, Route
from proofkit.terminal import COLOURS, DIGITS, PIPED, entry, number, painted, paragraphs, wrapped
from proofkit.verdict_layers import advice_on_layers, noise_lines, why_of_layers
from proofkit.verdict_setting import activation_formula, setting_of, setting_rows

if TYPE_CHECKING:
    from proofkit.kernel.certificate import Document
    from proofkit.problem.problem import Problem

WORDS: Mapping[str, str] = MappingProxyType(
    {"V1": "smooth", "V2": "confining", "V3": "integrable", "V4": "steep far out"}
)
"""A word on each condition."""
MANY = 5
"""How many constants are shown without ``--verbose``."""
LEVEL = "M"
"""The level of the radius r_0(M), which the reader gives."""


def proof_text(
    proof: Proof,
    columns: int = PIPED,
    colour: bool = False,
    verbose: bool = False,
    certificate: Document | None = None,
) -> str:
    """A proof for a terminal of so many columns.

    An undecided claim is said in three lines: what is open, why, and what to try.  ``verbose`` adds
    every route, every constant in all its digits, and the notes.  ``certificate`` is that of the
    proof, where it has been made already.
    """
    head = painted(proof.verdict, COLOURS[proof.verdict], colour)
    room = len(proof.verdict) + 2
    exposition = expose(record(certificate or certify(proof)))
    about = [*_setting(proof, columns), "", *_conditions(proof, columns, colour)]
    about += [line for text in noise_lines(proof) for line in entry("noise", text, columns)]
    if proof.verdict == "UNKNOWN":
        lines = _unknown(proof, head, columns)
        lines += ["", *about] if verbose else []
    else:
        first, *rest = paragraphs(exposition.statement.body, columns, room)
        lines = [f"{head}  {first[room:]}", *rest, "", *about]
        known = {c.definition.name: c for c in exposition.constants}
        shown = [known[name] for name in decisive(proof) if name in known]
        if shown and not verbose:
            lines += ["", *(line for c in shown for line in constant_lines(c, columns))]
        tried = [line for text in advice(proof) for line in entry("try", text, columns)]
        lines += ["", *tried] if tried else []
    if verbose:
        lines += ["", *_everything(proof, columns)]
    elif proof.verdict != "UNKNOWN":
        lines += ["", "  --verbose: every constant, every route and the notes"]
    return "\n".join(lines)


def spoken(text: str) -> str:
    """A sentence of the prover with its formulas as mathematics, and without numbers that stop in
    the middle.
    """
    whole = re.sub(r"(?:= )?(-?\d+(?:\.\d+)?)\.\.\.", r"about \1", text)
    whole = whole.replace("- 1*sigma", "- sigma").replace(" - 0*sigma", "")
    try:
        return re.sub(r"\b(log|exp|sqrt|sin|cos) \(", r"\1(", plain(quoted(whole)))
    except ValueError:  # a sign that is not known there
        return whole


def _setting(proof: Proof, columns: int) -> list[str]:
    """L, what is trained and fixed, and the data."""
    rows = setting_rows(proof.problem)
    return [line for label, text in rows for line in entry(label, text, columns)]


def _conditions(proof: Proof, columns: int, colour: bool) -> list[str]:
    """V1 to V4: what each is, and the verdict on it."""
    lines: list[str] = []
    for c in proof.conditions:
        verdict = painted(c.verdict, COLOURS[c.verdict], colour)
        text = _condition(c.name, proof.problem)
        evidence = f" ({c.evidence})" if c.evidence else ""
        first, *rest = wrapped(text + evidence, columns, " " * 11, " " * 14)
        lines += [f"  {verdict}{' ' * (9 - len(c.verdict))}{first[11:]}", *rest]
        if c.verdict == "UNKNOWN" and proof.verdict != "UNKNOWN":
            reason = "no route reaches it" if c.name == "V4" else c.reason
            lines += wrapped(spoken(reason), columns, " " * 14, " " * 14)
    return lines


def _condition(name: str, problem: Problem) -> str:
    return f"{name} {WORDS[name]}: {plain(setting_of(problem).condition(name))}"


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
    if goal is not None:
        queue += [c.name for premise in goal.premises for c in premise.constants]
    count = 0
    while queue and count < MANY:
        name = queue.pop(0)
        if name in seen or name not in known or _plays_no_part(known[name]):
            continue
        seen.add(name)
        yield name
        count += 1
        formula = known[name].formula
        queue += _in_order(formula) if formula else []


def _plays_no_part(c: Constant) -> bool:
    """True for a factor 1 and a term 0."""
    return c.lo is not None and c.lo == c.hi and c.lo in (0, 1)


def _given(proof: Proof) -> Iterator[str]:
    """The constants that the problem gives: data, outer weights, lambda and s."""
    for fact in proof.steps():
        if type(fact.claim) is Parameters:
            yield from (c.name for c in fact.constants)


def _in_order(formula: str) -> list[str]:
    """The constants that a formula names, as they are read."""
    names = names_in(formula)
    return [w for w in dict.fromkeys(re.findall(r"[A-Za-z]\w*", formula)) if w in names]


def _unknown(proof: Proof, head: str, columns: int) -> list[str]:
    """Three lines: what is open, why, what to try."""
    first = next((c for c in proof.conditions if c.verdict == "UNKNOWN"), None)
    p = proof.problem
    named = NAMED[proof.claim]
    what = f"open: {named.says}"
    if first is not None and "V1" in named.refuted_by:  # a claim that V1 to V4 hold
        what = f"open whether {first.name} holds ({_condition(first.name, p)[3:]})"
    about = f"{spoken(what)}, for σ(z) = {activation_formula(p.activation)}, {plain(losses.called(p.loss))}"
    line, *more = wrapped(about, columns, " " * 9, " " * 9)
    lines = [f"{head}  {line[9:]}", *more]
    lines += entry("why", spoken(_why(proof)), columns, 7)
    tried = advice(proof) or [
        "--verbose shows every route and constant; a longer --budget, a number for --lam, or data"
    ]
    return lines + entry("try", "; or ".join(tried), columns, 7)


def _why(proof: Proof) -> str:
    """Why nothing was decided: what each route lacks, without the details, or the reason of the
    condition.
    """
    open_ = [c for c in proof.conditions if c.verdict == "UNKNOWN"]
    if proof.problem.architecture is not None:
        return why_of_layers(proof)
    if open_ and open_[0].name != "V4":
        return open_[0].reason
    if not open_:
        return proof.open or proof.statement
    # Without the name of the rule that was refused, and without the details.
    refused = [
        re.sub(r"^rule [^:]+: ", "", r.reason) for r in proof.routes if r.verdict != "PROVED"
    ]
    reasons = dict.fromkeys(reason.split(": ")[0] for reason in refused)
    return "; ".join(reasons) or proof.open


def _everything(proof: Proof, columns: int) -> list[str]:
    """Every route with its threshold, every constant in all its digits, and the notes."""
    lines = ["  routes to V4"]
    for r in proof.routes:
        lines += entry(r.name, f"{r.verdict}: {_threshold(r)}", columns, 12, 4)
    if proof.published is not None:
        text, value, source = proof.published
        at_most = "" if value is None else f" <= {number(value[1], 1)}"
        lines += entry("published", f"lambda > {text}{at_most}  [{source}]", columns, 12, 4)
    v4 = next((c for c in proof.conditions if c.name == "V4" and c.verdict == "PROVED"), None)
    claim = None if v4 is None or v4.fact is None else v4.fact.claim
    if isinstance(claim, V4):
        lines += entry("radius", f"r_0(M) = {to_text(claim.radius)}", columns)
    lines.append("  constants")
    for c in proof.constants.values():
        text = _in_full(c)
        lines += entry(_letter(c.name), text, columns, 12, 4) if text else []
    lines += _witness(proof, columns)
    lines += [line for note in proof.notes for line in entry("note", note, columns)]
    return lines


def _witness(proof: Proof, columns: int) -> list[str]:
    """The witness of a refutation, as --json has it."""
    w = proof.witness
    if w is None or not w.get("ray"):
        return []
    return entry("witness", f"{w['ray']}; limit along it: {w['limit']}", columns)


def _threshold(r: Route) -> str:
    if r.threshold is None:
        return spoken(r.reason)
    value = "" if r.value is None or r.value[1] == 0 else f" <= {number(r.value[1], 1)}"
    return f"lambda > {r.threshold}{value}"


def _in_full(c: Constant) -> str:
    """A constant in all its digits; empty for one that the problem leaves open."""
    if c.lo is None or c.hi is None:
        return f"= {c.formula}" if c.formula else ""
    low, high = number_text(c.lo, -1), number_text(c.hi, 1)
    value = f"= {low}" if low == high else f"in [{low}, {high}]"
    return value if c.formula in (None, low) else f"= {c.formula}, {value}"


def _letter(name: str) -> str:
    """The letter of a constant, and the name that formulas and --json give it where that is
    another.
    """
    letter = formula(SYMBOLS[name].latex) if name in SYMBOLS else name
    return letter if letter == name else f"{letter} ({name})"


def _to_type(q: Fraction) -> str:
    """A number rounded up, as an option takes it."""
    return numbers.decimal(numbers.rounded(q, 1, DIGITS))


def _slope_is_open(proof: Proof) -> bool:
    """True where no bound of the loss's slope is known."""
    known = [fact.claim for fact in proof.steps() if isinstance(fact.claim, LossBounds)]
    return all(claim.l1 is None for claim in known)


def _something_smooth(proof: Proof) -> str:
    """What to take in the place of an activation or a loss with a kink."""
    smooth = any(isinstance(fact.claim, Smooth) for fact in proof.steps())
    if smooth or not _may_have_kinks(proof.problem.activation.root):
        return (
            "a smooth loss: V1 needs every derivative; the stand-ins are pseudo-huber for Huber's "
            "loss, log(cosh(u)) for abs(u), softplus(1 - m) for the hinge"
        )
    return (
        "a smooth activation: V1 needs every derivative; for ReLU a stand-in is softplus(beta=20)"
    )


def _may_have_kinks(root: Node) -> bool:
    """Whether a function changes its formula somewhere."""
    return any(node.op in KINKED for node in walk(root))


def advice(proof: Proof) -> list[str]:
    """What a reader whose claim was not proved may try; never more than what the routes themselves
    say.
    """
    if proof.verdict == "PROVED":
        return []
    p = proof.problem
    if p.architecture is not None:
        return advice_on_layers(proof)
    out = []
    verdicts = {c.name: c.verdict for c in proof.conditions}
    reasons = " ".join(r.reason for r in proof.routes)
    if proof.claim == "villani-one-signed" and verdicts.get("V4") == "UNKNOWN":
        out.append("--claim villani: its routes need no signs of the outer weights")
        reasons = ""
    if verdicts.get("V1") != "PROVED":
        return [*out, _something_smooth(proof)]
    if p.lam is not None and p.lam <= 0:
        out.append(
            "lambda > 0; without --lam the answer says from which lambda on the claim is proved"
        )
    refused = next(
        (r for r in proof.routes if r.threshold is not None and r.verdict != "PROVED"), None
    )  # the line route, else the Lipschitz route
    if refused is not None and verdicts.get("V4") != "PROVED" and p.lam is not None and p.lam > 0:
        value = "" if refused.value is None else f" = {_to_type(refused.value[1])} at most"
        more = (
            ""
            if refused.value is not None or not p.symbolic
            else ", which has a value with --data FILE --target COLUMN"
        )
        out.append(
            f"a larger lambda: the {refused.name.replace('lipschitz', 'Lipschitz')} route "
            f"proves V4 for lambda > {refused.threshold}{value}{more}"
        )
    if "sigma' is unbounded" in reasons:
        signs = (
            "--claim villani-one-signed"
            if p.symbolic
            else "outer weights of one sign (--outer FILE)"
        )
        out.append(
            f"an activation with a bounded slope, or {signs} where σ is bounded below and "
            f"σ'' bounded: no other route covers an unbounded σ'"
        )
    elif "sigma is unbounded" in reasons and _slope_is_open(proof):
        out.append(
            "a loss of bounded slope, such as logistic or log(cosh(u)): there bounded σ' and σ'' "
            "are enough, for every λ > 0; or a bounded activation, which takes every smooth loss"
        )
    if "budget" in reasons or "time is up" in reasons or "in time" in reasons:
        out.append("a longer --budget: a constant of the activation was not enclosed in time")
    return out
