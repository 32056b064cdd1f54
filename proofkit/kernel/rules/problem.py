"""Rules about the objective: its own numbers, the formulas for its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofkit.kernel import symbols
from proofkit.kernel.claims import ChainRule, Parameters
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.data import DataSummary, Outer
from proofkit.kernel.objective.derivation import NotCompared, compare
from proofkit.kernel.objective.objective import own_loss
from proofkit.kernel.records import own_text
from proofkit.kernel.rules.activation import require_smooth, require_smooth_loss
from proofkit.kernel.symbols import number, sqrt
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, num

# -- the numbers of the problem --------------------------------------------------------------------


def given(symbol: Node, value: Fraction | int | None) -> Constant:
    """A number of the problem, or a symbol without a value."""
    name = str(symbol.value)
    if value is None:
        return Constant(name)
    exact = Fraction(value)
    return Constant(name, None, exact, exact, num(exact))


def _parameters(step: Step) -> Conclusion:
    """The problem's own numbers; symbols stay without a value."""
    objective = step.objective
    constants = [given(symbols.lam, objective.lam), given(symbols.s, objective.noise)]
    data, outer = objective.data, objective.outer
    if data is None or outer is None:
        constants += [
            given(symbol, None)
            for symbol in (
                symbols.n,
                symbols.d,
                symbols.p,
                symbols.B_x,
                symbols.B_y,
                symbols.a_1,
                symbols.a_2,
                symbols.a_inf,
            )
        ]
        define = (
            (symbols.N, symbols.p * symbols.d),
            (symbols.Lambda_S, symbols.B_x**2),
            (symbols.X2, symbols.B_x**2),
        )
        return Conclusion(Parameters(), define, tuple(constants))
    constants += _numbers(data, outer)
    define = (
        (symbols.N, symbols.p * symbols.d),
        (symbols.B_x, sqrt(number(data.B_x_squared))),
        (symbols.a_2, sqrt(number(outer.a_2_squared))),
    )
    return Conclusion(Parameters(), define, tuple(constants))


def _numbers(data: DataSummary, outer: Outer) -> list[Constant]:
    """The exact constants of data and outer weights, and the enclosure of the eigenvalue."""
    exact = [
        given(symbols.n, data.n),
        given(symbols.d, data.d),
        given(symbols.p, outer.p),
        given(symbols.B_y, data.B_y),
        given(symbols.X2, data.x_square_mean),
        given(symbols.Y1, data.y_abs_mean),
        given(symbols.Y2, data.y_square_mean),
        given(symbols.y_min, data.y_min),
        given(symbols.y_max, data.y_max),
        given(symbols.a_1, outer.a_1),
        given(symbols.a_inf, outer.a_inf),
        given(symbols.a_plus, outer.a_plus),
        given(symbols.a_minus, outer.a_minus),
    ]
    return [*exact, Constant(str(symbols.Lambda_S.value), None, *data.Lambda_S)]


# -- the derivatives of L --------------------------------------------------------------------------


def _comparisons() -> Callable[[Node, Loss], None]:
    """``require_chain_rule``, which alone knows what was compared before."""
    compared: set[tuple[str, str]] = set()

    def require_chain_rule(sigma: Node, loss: Loss) -> None:
        """Compare the formulas of the chain rule with the derivatives of L for a smooth sigma.

        Raises NotCompared where that shows nothing, InternalError where a formula is wrong.
        """
        own = own_loss(loss)
        text = own_text(sigma)
        if (text, own.text) in compared:
            return
        # The tree that the text denotes, which need not be the caller's.
        compare(parse(text), own)
        compared.add((text, own.text))

    return require_chain_rule


require_chain_rule = _comparisons()


def _derivation(step: Step) -> Conclusion:
    """The chain rule for smooth sigma and phi, whose formulas are compared with L itself."""
    require_smooth(step)
    require_smooth_loss(step)
    objective = step.objective
    try:
        require_chain_rule(objective.sigma, objective.loss)
    except NotCompared as error:
        raise step.refuse(str(error)) from None
    return Conclusion(ChainRule())


PROBLEM: tuple[Rule, ...] = (
    Rule(
        name="parameters",
        about="objective",
        premises=(),
        conclusion=Parameters,
        check=_parameters,
        reason=r"Constants of the problem; $\Lambda_S=\lambda_{\max}(S)\le B_x^2$ and "
        r"$X_2=\frac1n\sum_i\|x_i\|^2\le B_x^2$.",
        lemma="parameters",
    ),
    Rule(
        name="derivation",
        about="objective",
        premises=(),
        conclusion=ChainRule,
        check=_derivation,
        reason=r"$\nabla L$, $\Delta L$ and the Hessian form for symbolic $n,p,d$.",
        lemma="gradient_laplacian",
    ),
)
