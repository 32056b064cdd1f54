"""The rules: each in one place, with its premises, side conditions, reason, Coq lemma, source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proofkit.kernel.inference import Rule
from proofkit.kernel.rules.activation import ACTIVATION
from proofkit.kernel.rules.bounds import BOUNDS
from proofkit.kernel.rules.curves import CURVES
from proofkit.kernel.rules.layer_conditions import LAYER_CONDITIONS
from proofkit.kernel.rules.layer_kinks import LAYER_KINKS
from proofkit.kernel.rules.layers import LAYERS
from proofkit.kernel.rules.loss import LOSS
from proofkit.kernel.rules.loss_kinks import LOSS_KINKS
from proofkit.kernel.rules.problem import PROBLEM
from proofkit.kernel.rules.rates import RATES
from proofkit.kernel.rules.refutations import REFUTATIONS
from proofkit.kernel.rules.villani import VILLANI

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rules in (
            ACTIVATION,
            PROBLEM,
            LOSS,
            BOUNDS,
            VILLANI,
            REFUTATIONS,
            LOSS_KINKS,
            RATES,
            LAYERS,
            LAYER_CONDITIONS,
            CURVES,
            LAYER_KINKS,
        )
        for rule in rules
    }
)
