"""Coverage-guided fuzzing of the parser with atheris: any text gives a tree or a ParseError, and
the tree's text parses back.

pip install atheris && python tests/fuzz/parser.py -max_total_time=60 -max_len=200
"""

from __future__ import annotations

import sys

import atheris  # pyright: ignore[reportMissingImports]

with atheris.instrument_imports(include=["proofkit.activation"]):
    from proofkit.errors import ParseError
    from proofkit.kernel.univariate import terms
    from proofkit.kernel.univariate.parser import parse

WORDS = (
    "exp(",
    "log(",
    "sqrt(",
    "tanh(",
    "erf(",
    "sigmoid(",
    "softplus(",
    "Max(z,",
    "Abs(",
    "pi",
    "z^2",
    "^-1",
    "**",
    "1e9",
    "-(",
    "/0",
)


def one_input(data: bytes) -> None:
    """Half of the inputs are text, half are words of the grammar strung together."""
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeBool():
        text = provider.ConsumeUnicode(200)
    else:
        text = "".join(
            provider.PickValueInList([*WORDS, *"z0123456789+-*/^().,"])
            for _ in range(provider.ConsumeIntInRange(0, 60))
        )
    try:
        tree = parse(text)
    except ParseError:
        return
    assert parse(terms.to_text(tree)) == tree, text


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
