"""A certificate as mathematics on a terminal: what it states, in which setting, with which
constants, and the proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from proofkit.exposition.expose import expose
from proofkit.exposition.formulas import latex
from proofkit.exposition.model import CONSTANT_KINDS, Constant, Definition, Exposition, Step, Text
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.setting import setting_of
from proofkit.terminal import PIPED, entry, interval, paragraphs, wrapped


def explanation(content: Mapping[str, Any], columns: int = PIPED) -> str:
    """The mathematics of a certificate that was checked, for a reader at a terminal of so many
    columns.

    Statement, setting, constants and the numbered steps of the proof, each with its reason and the
    numbers of the steps it rests on; last the steps that the statement does not need.
    """
    found = expose(content)
    parts = [
        [
            *_headed(found.statement.kind.capitalize(), paragraphs(found.statement.title, columns)),
            *paragraphs(found.statement.hypotheses, columns),
            *paragraphs(found.statement.body, columns),
        ],
        _headed("Setting", _setting(content, columns)),
        _headed("Constants", _constants(found, columns)),
        _headed("Proof", _steps(found.steps, columns)),
    ]
    if found.unused:
        parts.append(
            _headed(
                "Other routes, which the statement does not need", _steps(found.unused, columns)
            )
        )
    return "\n\n".join("\n".join(lines) for lines in parts)


def _headed(title: str, lines: list[str]) -> list[str]:
    return [title.upper(), *lines]


def _setting(content: Mapping[str, Any], columns: int) -> list[str]:
    blocks = setting_of([content["problem"]]).paragraphs()
    return [line for block in blocks for line in paragraphs(block, columns)]


def _constants(found: Exposition, columns: int) -> list[str]:
    lines: list[str] = []
    for kind, title in CONSTANT_KINDS.items():
        own = [c for c in found.constants if c.kind == kind]
        if own:
            lines += [f"{title}:", *(line for c in own for line in constant_lines(c, columns))]
    return lines


def constant_lines(c: Constant, columns: int) -> list[str]:
    """A constant: its letter, what it is, its formula, and where its value lies."""
    said = "; ".join(filter(None, [plain(c.meaning), _defined(c.definition)]))
    return entry(formula(c.definition.symbol), said, columns)


def _defined(d: Definition) -> str:
    """``G = formula`` and where its value lies; the value alone where there is no formula; empty
    for a symbol.
    """
    value = "" if d.lo is None or d.hi is None else interval(d.lo, d.hi)
    if d.root is None:
        return value
    written = f"{formula(d.relation).strip()} {formula(latex(d.root))}"
    return f"{formula(d.symbol)} {written}{f' {value}' if value and value != written else ''}"


def _steps(steps: Iterable[Step], columns: int) -> list[str]:
    """The steps in order, an empty line between them."""
    lines: list[str] = []
    for step in steps:
        lines += [""] if lines else []
        lines += wrapped(f"({step.number}) {step.title}", columns, "", "    ")
        lines += paragraphs(step.statement, columns, 4)
        if step.reason:
            lines += paragraphs((Text("Reason: "), *step.reason), columns, 4)
        for d in step.definitions:
            lines += wrapped(f"Here {_defined(d)}.", columns, "    ", "        ")
        rests = ", ".join(f"({n})" for n in step.premises)
        lines += wrapped(
            f"[{step.evidence}{f'; from {rests}' if rests else ''}]", columns, "    ", "    "
        )
    return lines
