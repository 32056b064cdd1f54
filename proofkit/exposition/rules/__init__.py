"""What the rules say and why, a table for each family; every rule of the kernel stands in one of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.exposition.rules.activation import ACTIVATION
from proofkit.exposition.rules.bounds import BOUNDS
from proofkit.exposition.rules.layers import LAYERS
from proofkit.exposition.rules.loss import LOSS
from proofkit.exposition.rules.loss_kinks import LOSS_KINKS
from proofkit.exposition.rules.rates import RATES
from proofkit.exposition.rules.refutations import REFUTATIONS
from proofkit.exposition.rules.villani import VILLANI
from proofkit.exposition.view import View, Words

WORDS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        **ACTIVATION,
        **LOSS,
        **BOUNDS,
        **VILLANI,
        **REFUTATIONS,
        **LOSS_KINKS,
        **RATES,
        **LAYERS,
    }
)
