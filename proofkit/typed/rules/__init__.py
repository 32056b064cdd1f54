"""The rules: each in one place, with its premises, side conditions, reason, Coq lemma, source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proofkit.typed.inference import Rule
from proofkit.typed.rules.activation import ACTIVATION
from proofkit.typed.rules.bounds import BOUNDS
from proofkit.typed.rules.problem import PROBLEM
from proofkit.typed.rules.rates import RATES
from proofkit.typed.rules.refutations import REFUTATIONS
from proofkit.typed.rules.villani import VILLANI

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rules in (ACTIVATION, PROBLEM, BOUNDS, VILLANI, REFUTATIONS, RATES)
        for rule in rules
    }
)
