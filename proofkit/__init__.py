"""proofkit: proofs that regularised depth-2 losses are Villani functions, with explicit constants.

>>> from proofkit import Problem
>>> proof = Problem("softplus", "squared").prove()
>>> proof.verdict, proof.statement
('PROVED', 'L is a Villani function for every lambda > 0 and every s > 0')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofkit.explained import Explanation as Explanation
    from proofkit.findings import Finding as Finding
    from proofkit.interactive import Activation as Activation
    from proofkit.interactive import Certificate as Certificate
    from proofkit.interactive import Derivation as Derivation
    from proofkit.interactive import Facts as Facts
    from proofkit.interactive import Problem as Problem
    from proofkit.interactive import Proof as Proof
    from proofkit.interactive import bounds as bounds
    from proofkit.interactive import certify as certify
    from proofkit.interactive import derive as derive
    from proofkit.interactive import derive_facts as derive_facts
    from proofkit.interactive import prove as prove
    from proofkit.kernel.facts import Fact as Fact
    from proofkit.nets import Dense as Dense
    from proofkit.nets import Net as Net

# Loaded on first use, so that `proofkit --help` and the checker start without SymPy.
_ELSEWHERE = {
    "Dense": "proofkit.nets",
    "Explanation": "proofkit.explained",
    "Fact": "proofkit.kernel.facts",
    "Finding": "proofkit.findings",
    "Net": "proofkit.nets",
}

__all__ = [
    "Activation",
    "Certificate",
    "Dense",
    "Derivation",
    "Explanation",
    "Fact",
    "Facts",
    "Finding",
    "Net",
    "Problem",
    "Proof",
    "bounds",
    "certify",
    "derive",
    "derive_facts",
    "prove",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, "proofkit.interactive")), name)
    raise AttributeError(f"module 'proofkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
