"""What a generated Coq file consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Theorem:
    """A theorem of the file: its name, what it says in words, the Coq statement and proof.

    ``variables`` and ``hypotheses`` are parts of the statement; ``before`` is a lemma that the
    proof uses.
    """

    name: str
    words: str
    statement: str
    proof: str
    variables: str = ""
    hypotheses: tuple[str, ...] = ()
    before: str = ""


def universal(
    name: str, words: str, variables: str, hypotheses: tuple[str, ...], conclusion: str, proof: str
) -> Theorem:
    """forall variables, hypotheses -> conclusion."""
    arrows = "".join(f"  {hypothesis} ->\n" for hypothesis in hypotheses)
    statement = f"forall {variables},\n{arrows}  {conclusion}"
    return Theorem(name, words, statement, proof, variables, hypotheses)


@dataclass(frozen=True)
class Content:
    """The parts of a file.

    ``lemmas`` is the block about the activation, ``loss_lemmas`` that about phi, ``modules`` are
    those of the library that it needs besides the usual ones; ``conditions`` are those of V1-V4 that
    the theorems decide, ``missing`` says what of the certificate they do not prove, and why.
    ``matched``: the activation or phi is taken for a function of the library.  ``data`` are the
    numbers of the record Data.
    """

    lemmas: str
    theorems: tuple[Theorem, ...]
    conditions: tuple[str, ...]
    missing: tuple[str, ...]
    modules: tuple[str, ...] = ()
    loss_lemmas: str = ""
    matched: bool = False
    data: Mapping[str, str] | None = None
