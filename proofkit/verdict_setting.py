"""What a verdict is about, a row each: the objective, the loss, the net, what is trained, the data."""

from __future__ import annotations

from collections.abc import Iterator

from proofkit.activation.catalogue import Activation
from proofkit.exposition import losses
from proofkit.exposition.formulas import latex as tree_latex
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.quoting import quoted
from proofkit.exposition.setting import Setting
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture
from proofkit.losses.catalogue import entry_of
from proofkit.problem.problem import Problem
from proofkit.sentences import nets

Row = tuple[str, str]


def setting_of(problem: Problem) -> Setting:
    """The setting whose letters are those of the problem."""
    fixed_head = problem.architecture is None
    return Setting(fixed_head, not fixed_head, (problem.loss_name,))


def setting_rows(problem: Problem) -> Iterator[Row]:
    """A label and its text for each thing that a verdict depends on."""
    layers = problem.architecture
    named = "" if entry_of(problem.loss) is None else f" ({problem.loss_name})"
    yield (
        "objective",
        formula(setting_of(problem).OBJECTIVE) if layers is None else _objective(layers),
    )
    yield "loss", f"{formula(losses.defined(problem.loss))}{named}"
    if layers is None:
        yield from _fixed_head(problem)
    else:
        yield from _layers(problem, layers)
    if problem.data is None:
        yield "data", _any_data(problem)
    else:
        yield from (("data", text) for text in problem.data.described())


# -- the net with one hidden layer and a fixed head ------------------------------------------------


def _fixed_head(problem: Problem) -> Iterator[Row]:
    yield "net", formula(setting_of(problem).NET)
    yield "activation", f"σ(z) = {_called(problem.activation)}"
    yield "trained", "the inner weights W, with the rows w_1, ..., w_p"
    yield (
        "fixed",
        f"the outer weights a{'' if problem.outer is None else f': {problem.outer.source}'}",
    )


def activation_formula(own: Activation) -> str:
    """The formula of the activation as mathematics."""
    try:
        return formula(tree_latex(own.root))
    except ValueError:  # a sign that is not known there
        return own.text


def _called(own: Activation) -> str:
    named = own.name != "custom" and not own.text.startswith(f"{own.name}(")
    shown = activation_formula(own)
    return f"{shown}, called {own.name}" if named else shown


# -- nets of any layers ----------------------------------------------------------------------------


def _objective(layers: Architecture) -> str:
    """L with its penalty, block by block."""
    penalty = nets.penalty(layers)
    added = f" + {plain(quoted(penalty))}" if penalty else ""
    return f"L(θ) = R(θ){added}, R(θ) = (1/n) Σ_i ℓ(f(x_i), y_i)"


def _layers(problem: Problem, layers: Architecture) -> Iterator[Row]:
    yield "net", f"f(x) = {nets.net_formula(layers).replace('sigma', 'σ')}"
    if layers.one_activation and layers.activations:
        yield "activation", f"σ(z) = {_called(problem.activation)}"
    else:
        for number, root in enumerate(layers.activations, 1):
            yield "activation", f"σ_{number}(z) = {formula(tree_latex(root))}"
    yield "layers", nets.in_a_line(layers).replace("lambda", "λ")


def _any_data(problem: Problem) -> str:
    """Of which data a verdict about all of them speaks."""
    layers = problem.architecture
    free = "n, p, d and a" if layers is None else nets.free_sizes(layers)
    return f"any, with ‖x_i‖ ≤ B_x and {_labels(problem)}; {free} are arbitrary"


def _labels(problem: Problem) -> str:
    layers = problem.architecture
    if isinstance(problem.loss, CrossEntropyLoss) and layers is not None:
        classes = "q" if layers.outputs is None else layers.outputs
        return f"y_i one of {classes} classes"
    return "y_i = ±1" if problem.loss.classifies else "|y_i| ≤ B_y"
