"""Rules about nets of layers name lemmas that the Coq library has."""

from __future__ import annotations

import re

from proofkit.coq.run import library_folder
from proofkit.kernel.rules.layer_conditions import LAYER_CONDITIONS
from proofkit.kernel.rules.layers import LAYERS

_STATED = re.compile(r"^(?:Lemma|Theorem) ([\w']+)", re.MULTILINE | re.ASCII)


def test_every_lemma_that_a_rule_about_layers_names_is_in_the_library() -> None:
    stated = {
        name
        for path in library_folder().glob("*.v")
        for name in _STATED.findall(path.read_text(encoding="utf-8"))
    }
    named = {rule.lemma for rule in (*LAYERS, *LAYER_CONDITIONS) if rule.lemma}
    assert len(named) >= 6
    assert named <= stated
