"""The inequalities that the printed reasons use hold for numbers, and the reasons give the formulas
of the constants.
"""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.certificates import read_record
from proofkit.exposition.expose import expose
from proofkit.exposition.model import Text
from proofkit.exposition.symbols import SYMBOLS

CERTIFICATES = sorted(Path("generated/certificates").glob("*.json"))
positive = st.floats(0.01, 100)


def content(path: Path) -> dict:
    return read_record(path)


# -- formulas --------------------------------------------------------------------------------------

# (rule, loss, symbolic data) -> what the reason must say of its constants, in LaTeX without spaces.
FORMULAS = [
    ("bounded residual", "squared", True, r"B_y+\|a\|_1M_0=\rho"),
    ("bounded residual", "squared", False, r"a_+\sigma_+-a_-\sigma_--y_{\min}"),
    ("bounded residual", "squared", False, r"y_{\max}-a_+\sigma_-+a_-\sigma_+"),
    ("bounded slope", "logistic", True, r"\rho=\ell'_{\max}"),
    ("bounded gradient", "squared", True, r"\Lambda_S(\rhoM_1\|a\|_2)^2=G^2"),
    ("bounded Laplacian", "squared", True, r"X_2(\ell''_{\max}\|a\|_2^2M_1^2+\rho\|a\|_1M_2)=K"),
    ("affine Laplacian", "squared", True, r"A=X_2M_1M_2\|a\|_1\|a\|_2B_x"),
    ("affine gradient", "squared", True, r"G_1=M_1^2\|a\|_2^2\Lambda_S"),
    ("radial bound", "squared", True, r"C=(\kappaB_y+\gamma)^2/(4\kappa)"),
    ("radial bound", "squared", True, r"D=\gammaM_1\|a\|_2\sqrt{\Lambda_S}"),
    (
        "radial bound",
        "squared",
        False,
        r"C=(\kappa^2Y_2+2\kappa\gammaY_1+\gamma^2)/(4\kappa)",
    ),
    ("radial residual", "logistic", True, r"\rho\|a\|_1H=C"),
    ("dissipative radial", "squared", True, r"m=\lambda"),
    ("dissipative gradient", "logistic", True, r"b=G^2/(2\lambda)"),
    (
        "gradient Lipschitz",
        "squared",
        True,
        r"\lambda+\Lambda_S(\ell''_{\max}M_1^2\|a\|_2^2+\rho\|a\|_\inftyM_2)",
    ),
    ("V4 line", "squared", True, r"Q=1+(1+\omega)\omega/(1-\theta)^2"),
    ("V4 monotone", "squared", True, r"J=(1+\omega)M_1\|a\|_2\sqrt{\Lambda_S}"),
    ("swing of a square", "squared", True, r"\frac12(\barf+|y|)^2"),
    ("gap bounded", "squared", True, r"\xi=2\Omega/s"),
    ("gap Lyapunov", "squared", True, r"q=2+\lambda/m"),
    ("start quadratic", "squared", True, r"v_0=s/(2\lambda+4R_1)"),
    ("start linear", "logistic", True, r"v_0=s/(4\lambda)"),
    ("start linear", "logistic", True, r"R_0=\varphi(0)+\|a\|_1|\sigma(0)|"),
    ("start bounded", "squared", True, r"\varsigma=\frac\lambda2r_4^2+\Omega"),
    ("excess bounded", "squared", True, r"\bar\lambda=\lambda+K/N"),
    ("excess affine", "squared", True, r"(r_*+\sqrt{sN/(2\lambda)})"),
    ("Langevin Monte Carlo", "squared", True, r"\mathrm{KL}_0=2\Omega/s"),
    ("escaping critical points", "squared", True, r"\lambda_c=\sigma'_\infty\sup(-\sigma')"),
    ("weights of one sign", "squared", True, r"\vartheta_i=\frac{\kappa_+|y_i|+\gamma}{2\kappa_-}"),
]


def without_spaces(latex: str) -> str:
    return re.sub(r"\\,|\\quad|\\[bB]ig+[lr]|\s", "", latex)


@pytest.fixture(scope="module")
def reasons() -> dict[tuple[str, str, bool], set[str]]:
    """All reasons of the reference certificates, by rule, loss and kind of data."""
    out: dict[tuple[str, str, bool], set[str]] = {}
    for path in CERTIFICATES:
        c = content(path)
        kind = (c["problem"]["loss"], c["problem"]["data"] is None)
        exposition = expose(c)
        for step in (*exposition.steps, *exposition.unused):
            said = " ".join(
                p.content if isinstance(p, Text) else without_spaces(p.latex) for p in step.reason
            )
            out.setdefault((step.rule, *kind), set()).add(said)
    return out


@pytest.mark.parametrize(("rule", "loss", "symbolic", "formula"), FORMULAS)
def test_the_reason_gives_the_formula(
    rule: str, loss: str, symbolic: bool, formula: str, reasons: dict
) -> None:
    said = reasons[rule, loss, symbolic]
    assert any(formula in text for text in said), said


# -- nothing is used that is not defined -----------------------------------------------------------

# The letter of all parameters of a net of layers, and of a constant of the line route.
PARAMETERS = "theta"
# What the setting defines, and what a statement binds itself ("for every M >= 0", "there are m > 0
# and b").
BOUND = frozenset({"lambda", "s", "n", "p", "d", "N", "M"})
_WORD = re.compile(
    r"\\(?:operatorname|mathrm|mathbf|mathbb|mathcal|mathsf)(?:\{([A-Za-z]+)\}|\s?[A-Z])"
)


def pattern(latex: str) -> re.Pattern[str]:
    before = "" if latex.startswith("\\") else r"(?<![A-Za-z\\_])"
    return re.compile(before + re.escape(latex) + r"(?![A-Za-z_'])")


PATTERNS = {name: pattern(s.latex) for name, s in SYMBOLS.items() if name not in BOUND}


def symbols_in(parts) -> set[str]:
    found = set()
    for part in parts:
        if not isinstance(part, Text):
            # Words such as gLip are symbols of their own; an upright or calligraphic letter is none
            # of the constants.
            text = _WORD.sub(
                lambda m: m[0] if m[1] and rf"\mathrm{{{m[1]}}}" == m[0] else " ", part.latex
            )
            found |= {name for name, p in PATTERNS.items() if p.search(text)}
    return found


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda p: p.stem)
def test_every_constant_that_is_used_is_in_the_list(path: Path) -> None:
    record = content(path)
    exposition = expose(record)
    known = {c.definition.name for c in exposition.constants}
    if record["problem"].get("layers") is not None:
        # The setting of such nets says theta for all that is trained; no constant may say it too.
        assert PARAMETERS not in known
        known = known | {PARAMETERS}
    for step in exposition.steps:
        assert symbols_in(step.statement) <= known, step.rule
        assert symbols_in(step.reason) <= known, step.rule
    for constant in exposition.constants:
        assert symbols_in(constant.meaning) <= known, constant.definition.name


# -- inequalities ----------------------------------------------------------------------------------


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 10),
    st.floats(0.1, 5),
    st.floats(0, 0.9),
    st.floats(0.1, 3),
)
def test_residuals_of_the_line_route(
    seed: int, lam: float, alpha: float, theta: float, slope: float
) -> None:
    """(lambda + alpha Gamma Phi) e = c bounds e by (1 + omega)/(lambda (1 - theta)^2) c."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(4, 3))
    gamma = x @ x.T / 4
    top = float(np.linalg.eigvalsh(gamma)[-1])
    fall = theta * lam / (alpha * top)  # sup(-sigma') |a|^2, so that theta is lambda_alpha/lambda
    phi = np.diag(random.uniform(-fall, slope, size=4))
    e = random.normal(size=4)
    c = lam * e + alpha * gamma @ phi @ e
    omega = alpha * slope * top / lam
    bound = (1 + omega) / (lam * (1 - theta) ** 2) * np.linalg.norm(c)
    assert np.linalg.norm(e) <= bound * (1 + 1e-9)


@given(positive, positive, st.floats(0, 100))
def test_drift_of_the_lyapunov_function(m: float, size: float, r: float) -> None:
    """3m - 2m Psi <= -m Psi + 2m on the ball r <= r_b, and <= -m Psi beyond; size is s N + 2 b."""
    psi = 1 + m * r * r / size
    inside = 2 * m if r <= math.sqrt(2 * size / m) else 0
    assert 3 * m - 2 * m * psi <= (-m * psi + inside) + 1e-9 * m * psi


@given(positive, positive, st.floats(0, 50))
def test_gap_of_the_lyapunov_route(lam: float, m: float, xi: float) -> None:
    q = 2 + lam / m
    assert 1 / m + 2 / lam * math.exp(xi) <= q / lam * math.exp(xi) * (1 + 1e-12)


@given(positive, positive, st.floats(0, 100), st.integers(1, 50))
def test_gaussian_integral_of_the_quadratic_start(
    lam: float, s: float, growth: float, N: int
) -> None:
    """(pi s/lambda)^(N/2) (2 pi v)^-N int exp(-r^2/v + (lambda + 2 R_1) r^2/s) = (1 + 2
    R_1/lambda)^(N/2).
    """
    v = s / (2 * lam + 4 * growth)
    rate = 1 / v - (lam + 2 * growth) / s
    found = N / 2 * math.log(math.pi * s / lam) - N * math.log(2 * math.pi * v)
    found += N / 2 * math.log(math.pi / rate)
    assert found == pytest.approx(N / 2 * math.log1p(2 * growth / lam), rel=1e-6, abs=1e-6)


@given(positive, positive, st.integers(1, 50))
def test_gaussian_integral_of_the_logistic_start(lam: float, s: float, N: int) -> None:
    v = s / (4 * lam)
    rate = 1 / v - 2 * lam / s
    found = N / 2 * math.log(math.pi * s / lam) - N * math.log(2 * math.pi * v)
    found += N / 2 * math.log(math.pi / rate)
    assert found == pytest.approx(N / 2 * math.log(2), rel=1e-6, abs=1e-6)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-10, 10))
def test_oscillation_of_the_losses(f: float, g: float, y: float) -> None:
    reach = max(abs(f), abs(g))
    difference = (f - y) ** 2 / 2 - (g - y) ** 2 / 2
    room = 1e-9 * (1 + reach**2 + reach * abs(y) + y * y)
    assert difference <= (reach + abs(y)) ** 2 / 2 + room
    assert difference <= reach**2 / 2 + 2 * reach * abs(y) + room
    for label in (-1, 1):
        logistic = [math.log1p(math.exp(-label * output)) for output in (f, g)]
        assert logistic[0] - logistic[1] <= reach + 1e-9


@given(st.floats(-60, 60))
def test_three_eighths(f: float) -> None:
    """l' f >= -3/8 and l'' |f| <= 3/8 for the logistic loss."""
    assert -f / (1 + math.exp(f)) >= -3 / 8
    assert abs(f) / ((1 + math.exp(f)) * (1 + math.exp(-f))) <= 3 / 8


@given(
    st.floats(-20, 20),
    st.floats(-20, 20),
    st.floats(0.1, 3),
    st.floats(0, 3),
    st.floats(0, 5),
    st.floats(0, 1),
)
def test_completed_square_of_one_sign(
    f: float, y: float, low: float, more: float, gamma: float, share: float
) -> None:
    """e X >= kappa_- (|e| - t)^2 - kappa_- t^2 for X between kappa_- f - gamma and kappa_+ f +
    gamma.
    """
    high = low + more
    ends = sorted((low * f - gamma, high * f + gamma))
    x = ends[0] + share * (ends[1] - ends[0])
    if not low * f - gamma <= high * f + gamma:
        return  # then no such sum exists
    e, t = f - y, (high * abs(y) + gamma) / (2 * low)
    assert e * x >= low * (abs(e) - t) ** 2 - low * t * t - 1e-6
