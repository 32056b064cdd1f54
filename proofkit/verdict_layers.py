"""What a verdict on a net of any layers says besides: for which s it is, and what to try."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proofkit.exposition.plain import plain
from proofkit.exposition.quoting import quoted
from proofkit.kernel.claims import AnyNoise, Fails, NoiseBelow, NoiseFrom, Scope, Villani
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.kernel.verdicts import is_about_an_instance
from proofkit.tactics.proof import Proof
from proofkit.tactics.prove_layers import AVAILABLE
from proofkit.terminal import number


def noise_lines(proof: Proof) -> Iterator[str]:
    """For which s it is proved and refuted that L is a Villani function, where that depends on s."""
    if proof.problem.architecture is None or proof.problem.noise is not None:
        return
    known = proof.noise()
    for goal in (*proof.goals, *proof.besides):
        where = ""
        if isinstance(goal.claim, Fails) and proof.problem.symbolic:
            where = " on an instance" if is_about_an_instance(goal.claim) else ""
        match goal.claim:
            case Villani(scope=Scope(noise=NoiseBelow(critical))):
                value = known.proved_below
                least = "" if value is None else f", which is at least {number(value, -1)}"
                yield f"proved for 0 < s < {_critical(critical, goal)}{least}"
            case Fails(scope=Scope(noise=NoiseFrom(critical))):
                value = known.refuted_above
                most = "" if value is None else f", which is at most {number(value, 1)}"
                yield f"refuted{where} for every s ≥ {_critical(critical, goal)}{most}"
            case Fails(scope=Scope(noise=None | AnyNoise())):
                yield f"refuted{where} for every s > 0"
            case _:
                continue


def _critical(term: Node, goal: Fact) -> str:
    """A critical s as mathematics, with the formula of a constant."""
    text, known = to_text(term), environment((goal,))
    defined = known[text].formula if text in known else None
    if defined is not None and defined != term:
        text = f"{text} = {to_text(defined)}"
    try:
        return plain(quoted(text))
    except ValueError:  # a sign that is not known there
        return text


def why_of_layers(proof: Proof) -> str:
    """Why nothing was decided: the claim is not available, or what the first open condition lacks."""
    open_ = [c for c in proof.conditions if c.verdict == "UNKNOWN"]
    if proof.claim not in AVAILABLE or not open_:
        return proof.open
    if open_[0].name != "V4":
        return _without_rule(open_[0].reason)
    lacking = dict.fromkeys(_without_rule(part) for part in proof.open.split("; "))
    return "; ".join(lacking)


def _without_rule(reason: str) -> str:
    """A reason without the name of the rule that was refused."""
    return re.sub(r"\brule [^:]+: ", "", reason)


def advice_on_layers(proof: Proof) -> list[str]:
    """What a reader may try whose claim about a net of any layers was not proved."""
    if proof.claim not in AVAILABLE:
        return [f"--claim {' or '.join(sorted(AVAILABLE))}: the claims about such nets"]
    claims = [goal.claim for goal in proof.goals]
    small = any(isinstance(c, Villani) and isinstance(c.scope.noise, NoiseBelow) for c in claims)
    p = proof.problem
    out = []
    if small:
        out.append(
            "--claim villani-small-noise, which is proved: L is a Villani function for small s"
        )
        if proof.noise().proved_below is not None:
            out.append("--noise S with a number below the critical one, for the verdict at that s")
    if p.lam is not None and p.lam <= 0:
        out.append("lambda > 0: without weight decay no route proves anything")
    biases = () if p.architecture is None else (layer.bias for layer in p.architecture.layers)
    if "undecayed" in biases and not small:
        out.append("biases with decay (--bias decayed, --outer-bias decayed), or none")
    return out
