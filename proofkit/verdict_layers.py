"""What a verdict on a net of any layers says besides: for which s it is, and what to try."""

from __future__ import annotations

from collections.abc import Iterator

from proofkit.exposition.plain import plain
from proofkit.exposition.quoting import quoted
from proofkit.kernel.claims import AnyNoise, Fails, NoiseBelow, NoiseFrom, Scope, Villani
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.tactics.proof import Proof
from proofkit.terminal import number


def noise_lines(proof: Proof) -> Iterator[str]:
    """For which s the goals prove and refute that L is a Villani function, where that depends on s."""
    if proof.problem.noise is not None:
        return
    known = proof.noise()
    for goal in proof.goals:
        match goal.claim:
            case Villani(scope=Scope(noise=NoiseBelow(critical))):
                value = known.proved_below
                least = "" if value is None else f", which is at least {number(value, -1)}"
                yield f"proved for 0 < s < {_critical(critical)}{least}"
            case Fails(scope=Scope(noise=NoiseFrom(critical))):
                value = known.refuted_above
                most = "" if value is None else f", which is at most {number(value, 1)}"
                yield f"refuted for every s ≥ {_critical(critical)}{most}"
            case Fails(scope=Scope(noise=None | AnyNoise())):
                yield "refuted for every s > 0"
            case _:
                continue


def _critical(term: Node) -> str:
    """A critical s as mathematics."""
    text = to_text(term)
    try:
        return plain(quoted(text))
    except ValueError:  # a sign that is not known there
        return text


def advice_on_layers(proof: Proof) -> list[str]:
    """What a reader may try whose claim about a net of any layers was not proved."""
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
