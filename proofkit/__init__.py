"""proofkit: proofs that regularised depth-2 losses are Villani functions, with explicit constants.

>>> from proofkit import Activation
>>> Activation.of("softplus").text
'log(1 + exp(z))'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofkit.activation.catalogue import Activation as Activation
    from proofkit.calculus.derive import derive as derive
    from proofkit.enclosure.facts import Facts as Facts
    from proofkit.enclosure.facts import derive_facts as derive_facts
    from proofkit.kernel.certificate import Certificate as Certificate
    from proofkit.kernel.certificate import certify as certify
    from proofkit.kernel.core import Fact as Fact
    from proofkit.problem.problem import Problem as Problem
    from proofkit.tactics.prove import Proof as Proof
    from proofkit.tactics.prove import prove as prove

# Loaded on first use, so that `proofkit --help` and the checker start without SymPy.
_HOME = {
    "Activation": "proofkit.activation.catalogue",
    "Certificate": "proofkit.kernel.certificate",
    "Fact": "proofkit.kernel.core",
    "Facts": "proofkit.enclosure.facts",
    "Problem": "proofkit.problem.problem",
    "Proof": "proofkit.tactics.prove",
    "certify": "proofkit.kernel.certificate",
    "derive": "proofkit.calculus.derive",
    "derive_facts": "proofkit.enclosure.facts",
    "prove": "proofkit.tactics.prove",
}

__all__ = [
    "Activation",
    "Certificate",
    "Fact",
    "Facts",
    "Problem",
    "Proof",
    "certify",
    "derive",
    "derive_facts",
    "prove",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'proofkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
