from __future__ import annotations

from proofkit.typed.inference import Rule

BOUNDS: tuple[Rule, ...] = ()
