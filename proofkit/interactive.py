"""The objects of a session: what the library proves, printed well and handed on as plain SymPy.

Each class here is the kernel's or prover's own with ways to show it in a terminal, in
IPython and in Jupyter; nothing is decided in this module.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from proofkit import arguments as given
from proofkit import certificates as _certificates
from proofkit.activation import catalogue as _catalogue
from proofkit.arguments import ActivationLike, Rational
from proofkit.calculus import derive as _derive
from proofkit.errors import InputError, ParseError, brief
from proofkit.explained import (
    Explanation,
    Part,
    derivatives,
    explanation_of,
    in_notebook,
    steps_html,
    verdict_html,
)
from proofkit.exposition.model import Text
from proofkit.kernel import certificate as _certificate
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import CATALOGUE, called_in_text, name_of
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.nets import Dense
from proofkit.nets import Net as LayeredNet
from proofkit.numeric.defaults import RUN, heat_of
from proofkit.problem import problem as _problem
from proofkit.problem.data import DataSummary, Outer
from proofkit.prose import mathml
from proofkit.reading.problem_file import LAYER_KEYS
from proofkit.reading.table import DataFile, Table
from proofkit.search import facts as _facts
from proofkit.sentences import record as _record
from proofkit.sentences.nets import in_a_line, layers_record
from proofkit.tactics import prove as _prove
from proofkit.tactics.workbench import Library

if TYPE_CHECKING:
    import sympy  # pyright: ignore[reportMissingTypeStubs]

    from proofkit.numeric.functions import LayerFunctions
    from proofkit.numeric.kernels import Net
    from proofkit.numeric.runs import Trajectory
    from proofkit.reading.problem_file import ProblemFile

BANNER = """proofkit: Activation, Problem, prove, certify, derive; SymPy as sp.
  proof = Problem("softplus").prove();  proof;  proof.explain("V4");  proof.certificate().save("softplus.json")"""


class _Shown:
    """How an object is printed: ``__str__`` in a terminal, ``_repr_html_`` and ``_repr_latex_`` in
    a notebook.

    IPython looks for ``__repr__`` class by class, so both are defined here and nowhere below.
    """

    def _short(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._short()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else str(self))

    def __rich__(self) -> Any:
        from rich.text import Text

        text = Text(str(self))
        text.highlight_words(["PROVED"], "bold green")
        text.highlight_words(["REFUTED"], "bold red")
        text.highlight_words(["UNKNOWN"], "bold yellow")
        return text


@dataclass(frozen=True, repr=False, init=False)
class Activation(_Shown, _catalogue.Activation):
    """An activation sigma: its name, expression tree and parameters.

    From a name of the catalogue, ``name(parameter=value)``, an expression in z as text, a SymPy
    expression in one symbol, or a function of SymPy.  Raises InputError (with the nearest valid
    name) or ParseError.

    >>> sigma = Activation("softplus")
    >>> print(sigma)
    softplus: sigma(z) = log(1 + exp(z))
    >>> sigma.expr.diff()
    exp(z)/(exp(z) + 1)
    >>> print(sigma.facts().M2.exact)
    1/4
    >>> import sympy
    >>> Activation(sympy.tanh) == Activation("tanh")
    True
    >>> z = sympy.Symbol("z")
    >>> Activation(z * sympy.exp(-(z**2))) == Activation("z*exp(-z^2)")
    True
    """

    def __init__(
        self,
        name: ActivationLike,
        root: Node | None = None,
        parameters: tuple[tuple[str, Fraction], ...] = (),
    ) -> None:
        if root is None:
            made = given.activation(name)
        else:
            # All three fields, as dataclasses.replace gives them.
            label = given.text(name, "the name", "softplus")
            made = _catalogue.Activation(label, given.tree(root), tuple(parameters))
        for f in fields(self):
            object.__setattr__(self, f.name, getattr(made, f.name))

    @staticmethod
    def of(spec: ActivationLike) -> Activation:
        """The same as ``Activation(spec)``.

        >>> Activation.of("silu(beta=2)").text
        'z/(1 + exp((-2)*z))'
        """
        return spec if isinstance(spec, Activation) else Activation(spec)

    @staticmethod
    def from_sympy(expr: sympy.Expr, name: str = "custom") -> Activation:
        """From a SymPy expression in one symbol, with a name to print.

        >>> import sympy
        >>> t = sympy.Symbol("t")
        >>> Activation.from_sympy(t / (1 + t**2), "bump").text
        'z/(z^2 + 1)'
        """
        return Activation(name, given.activation(expr).root)

    def facts(self, digits: int = 15, budget: float = 20.0) -> Facts:
        """Smoothness, range, M1, M2, M3 and the Euler defect over all of R, each enclosed
        rigorously.

        >>> Activation.of("tanh").facts().M1.exact
        '1'
        """
        return bounds(self, digits, budget)

    def __str__(self) -> str:
        name = "" if self.name == "custom" else f"{self.name}: "
        return f"{name}sigma(z) = {self.text}"

    def _short(self) -> str:
        return f"Activation({brief(self.text if self.name == 'custom' else self.name)!r})"

    def _repr_latex_(self) -> str:
        from proofkit.exposition.formulas import latex as tree_latex
        from proofkit.render.display import slim

        return rf"$\displaystyle \sigma(z)={slim(tree_latex(self.root))}$"

    def _repr_html_(self) -> str:
        from proofkit.exposition.formulas import latex as tree_latex
        from proofkit.render.display import slim

        formula = rf"\sigma(z)={slim(tree_latex(self.root))}"
        name = "" if self.name == "custom" else f"{escape(self.name)}: "
        return f"<p>{name}{mathml(formula)}</p>"


@dataclass(frozen=True, repr=False)
class Facts(_Shown, _facts.Facts):
    """What is known of an activation; a quantity that stayed open is None and named in ``open``.

    >>> facts = Activation.of("gaussian").facts()
    >>> facts.bounded, facts.M1.exact
    (True, 'sqrt(2)*exp(-1/2)')
    """

    def _content(self) -> dict[str, Any]:
        from proofkit.session import facts_json

        return facts_json(terms.to_text(self.root), self)

    def __str__(self) -> str:
        from proofkit.facts_text import facts_text

        return facts_text(_catalogue.Activation("sigma", self.root), self, self._content())

    def _short(self) -> str:
        return (
            f"<Facts of "
            f"{brief(terms.to_text(self.root))}{f'; {len(self.open)} open' if self.open else ''}>"
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        """(symbol in LaTeX, enclosure, where) of each bound."""
        content = self._content()
        euler: dict[str, Any] = content["euler"] or {}
        named = [(r"\inf\sigma", content["range"]["inf"]), (r"\sup\sigma", content["range"]["sup"])]
        for k, b in content.items():
            if k[0] == "M":
                order = int(k[1:])
                named.append(
                    (rf"\sup|\sigma{chr(39) * order if order < 4 else f'^{{({order})}}'}|", b)
                )
        if euler:
            kappa = {"0": "", "1": r"-\sigma"}.get(euler["kappa"], rf"-{euler['kappa']}\,\sigma")
            named.append((rf"\sup|z\sigma'{kappa}|", euler["H"]))
        out: list[tuple[str, str, str]] = []
        for symbol, b in named:
            if b is None:
                out.append((symbol, r"\text{open}", ""))
            else:
                out.append((symbol, self._value(b), self._place(str(b["at"]))))
        return out

    @staticmethod
    def _value(b: Mapping[str, Any]) -> str:
        """The exact value, or the enclosure and the exact form that it contains, in LaTeX."""
        if b["lo"] in ("oo", "-oo"):
            return str(b["lo"]).replace("oo", r"\infty")
        exact = _formula_latex(str(b["exact"])) if b["exact"] else ""
        if b["lo"] == b["hi"]:
            return exact or str(b["lo"])
        return rf"[{b['lo']},\,{b['hi']}]" + (rf"\ni {exact}" if exact else "")

    @staticmethod
    def _place(at: str) -> str:
        """Where a bound is reached, in LaTeX."""
        if at.startswith("every"):
            return rf"\text{{every }}{at.removeprefix('every').strip()}"
        if at in ("oo", "-oo"):
            return ""  # the supremum is infinite, and no place has it
        if at.startswith("z -> "):
            end = at.removeprefix("z -> ")
            return rf"z\to {end.replace('oo', chr(92) + 'infty')}"
        if re.fullmatch(r"-?[0-9]+\.[0-9.]+", at):  # where the lower bound is taken
            return rf"z\approx {at}"
        return f"z={_formula_latex(at)}"

    def _repr_html_(self) -> str:
        from proofkit.exposition.formulas import latex as tree_latex
        from proofkit.render.display import slim

        body = "".join(
            f"<tr><td>{mathml(s)}</td><td>{mathml(v)}</td><td>{mathml(at) if at else ''}</td></tr>"
            for s, v, at in self._rows()
        )
        head = "<thead><tr><th>quantity</th><th>value</th><th>where</th></tr></thead>"
        opened = "".join(f"<p>open: {escape(o)}</p>" for o in self.open)
        sigma = mathml(rf"\sigma(z)={slim(tree_latex(self.root))}")
        return f"<table><caption>{sigma}</caption>{head}<tbody>{body}</tbody></table>{opened}"

    def _repr_latex_(self) -> str:
        rows = r" \\ ".join(f"{s} & {v} & {at}" for s, v, at in self._rows())
        return rf"$\begin{{array}}{{lll}} {rows} \end{{array}}$"


def _formula_latex(text: str) -> str:
    """A formula of the grammar in LaTeX; other text as it is."""
    from proofkit.exposition.formulas import latex, read
    from proofkit.render.display import slim
    from proofkit.render.letters import escape_ascii

    try:
        return slim(latex(read(text)))
    except (ParseError, ValueError):
        return rf"\text{{{escape_ascii(text)}}}"


@dataclass(frozen=True, repr=False, init=False)
class Problem(_Shown, _problem.Problem):
    """L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 with f_i = sum_j a_j sigma(<w_j, x_i>).

    ``Problem("tanh")`` has symbolic n, p, d, data, lambda and s; ``lam`` and ``noise`` fix the last
    two; ``bind`` gives it data.  Raises InputError for an unknown loss or activation, or a number
    that is not exact.

    >>> problem = Problem("tanh", "squared", lam="1/10")
    >>> problem.prove().verdict
    'PROVED'
    >>> problem.lam
    Fraction(1, 10)

    A net of other layers stands in the place of the activation:

    >>> from proofkit import Dense, Net
    >>> deep = Problem(Net(Dense(64, bias=True), "tanh", Dense(1)), "squared", lam="1/10")
    >>> deep.architecture.layers[0].bias
    'decayed'
    """

    table: Table | None = field(default=None, compare=False)
    weights: tuple[Fraction, ...] = field(default=(), compare=False)
    width: int | None = field(default=None, compare=False)

    def __init__(
        self,
        activation: ActivationLike | LayeredNet,
        loss: str = "squared",
        lam: Rational | None = None,
        noise: Rational | None = None,
        data: DataSummary | None = None,
        outer: Outer | None = None,
        table: Table | None = None,
        weights: tuple[Fraction, ...] = (),
        *,
        architecture: Architecture | None = None,
        width: int | None = None,
        loss_name: str | None = None,  # the field, by whose name dataclasses.replace gives it
    ) -> None:
        name = given.text(
            loss if loss_name is None else loss_name, "the loss", "a name or log(cosh(u))"
        )
        from_files = (
            "a problem gets its data and outer weights from files: Problem(...).bind(FILE, "
            "TARGET, width=16)"
        )
        given.require(data, (DataSummary, NoneType), from_files)
        given.require(outer, (Outer, NoneType), from_files)
        number = given.rational(lam, "lambda")
        net = _net_said(activation, resolve_loss(name), architecture)
        if net is not None:
            activation, made = net.activation, net.described(resolve_loss(name), number)
            number, architecture, width = made.lam, made.architecture, made.width
        values = (
            Activation.of(activation),  # type: ignore[arg-type]
            name,
            number,
            given.rational(noise, "s"),
            data,
            outer,
            architecture,
            table,
            weights,
            width,
        )
        for f, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, f.name, value)
        self.__post_init__()

    @staticmethod
    def load(path: Path | str) -> Problem:
        """The problem that a TOML file names: activation, loss, lambda, noise, data, outer weights.

        The file is the one that ``--problem`` takes on the command line, with paths seen from its
        folder and exact numbers.  Without data the problem is symbolic.  Raises InputError for a
        file that names no problem, with the key at fault.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.toml")
        ...     _ = file.write_text('activation = "tanh"\\nlambda = "1/10"')
        ...     Problem.load(file).prove().verdict
        'PROVED'
        """
        from proofkit.problem.layers import net_of
        from proofkit.reading.problem_file import read_problem

        file = read_problem(given.file_name(path, "the problem", "give the name of a TOML file"))
        if file.activation is None:
            raise InputError(f"{file.path} names no activation; add one, such as tanh")
        loss = RUN.loss if file.loss is None else file.loss
        try:
            said = net_of(file.activation, loss, file.lam, file.layers)
            made = Problem(
                Activation.of(said.activation),
                loss,
                said.net.lam,
                file.noise,
                architecture=said.net.architecture,
                width=said.net.width,
            )
        except InputError as error:
            raise InputError(f"{file.path}: {error}") from None
        if file.data is None:
            _require_no_data(file, made)
            return made
        if file.target is None:
            raise InputError(f"{file.path} names data and no target; add the column to predict")
        if made.architecture is None and made.width is None and file.outer is None:
            raise InputError(
                f"{file.path} names data and no outer weights; add width (and seed), or outer"
            )
        return made.bind(
            file.data,
            file.target,
            None,
            file.weights_seed,
            file.outer,
            file.delimiter,
            file.decimal,
            file.label_above,
            bool(file.standardise),
        )

    def bind(
        self,
        data: Path | str,
        target: str,
        width: int | None = None,
        seed: int = 0,
        outer: Path | str | None = None,
        delimiter: str | None = None,
        decimal: str | None = None,
        label_above: Rational | None = None,
        standardise: bool = False,
    ) -> Problem:
        """The same problem for the data in a file (CSV, Parquet or NPZ) and outer weights from a
        seed or a file.

        The data enter L as they are in the file, or scaled with ``standardise=True`` (see
        ``standardised``).  The outer weights are those of the file ``outer``, or ``width`` of them
        drawn from ``seed``, uniform on [-c, c] with c = 2^-ceil(log2(width)/2), so that
        ||a||_2 < 1; ``width`` is that of the net where it says one, else 64.  Of other nets the
        widths are those of the net, and every fixed layer is drawn from ``seed``, or the last one
        read from ``outer``, row by row.

        The constants of large files are exact, their rows are not kept.  ``delimiter`` (comma,
        semicolon, tab, pipe) and ``decimal`` (point, comma) are detected where that is unambiguous.
        For a loss of the margin, such as logistic, a target of two values is mapped to -1 and +1,
        the smaller to -1; another one needs ``label_above``: y > label_above is +1.

        Raises InputError for a file or column that cannot be used.

        >>> from proofkit.report import bundled_data
        >>> bound = Problem("tanh", lam="1/10").bind(bundled_data(), "progression", width=8)
        >>> bound.data.n, bound.outer.p
        (442, 8)
        """
        from proofkit.problem.data import generate_outer, summarise_outer
        from proofkit.problem.layers import takes_classes, takes_labels
        from proofkit.problem.stream import summarise_file
        from proofkit.reading.dialect import Dialect
        from proofkit.reading.outer import outer_weights
        from proofkit.reading.table import DataFile, require_threshold_fits

        dialect = Dialect.of(
            None if delimiter is None else given.text(delimiter, "the delimiter", "semicolon"),
            None if decimal is None else given.text(decimal, "the decimal mark", "comma"),
        )
        path = given.file_name(data, "data", "numpy.savez(FILE, X=X, y=y) makes one of arrays")
        weights_file = (
            None
            if outer is None
            else given.file_name(outer, "outer", "write the weights into one, one a line")
        )
        column = given.text(target, "the target", "the name of a column")
        seed = given.seed(seed)
        above = given.rational(label_above, "label_above")
        require_threshold_fits(self.loss_name, takes_labels(self.loss), above)
        file = DataFile(path, column, dialect, above, standardise, takes_classes(self.loss))
        if self.architecture is not None:
            if width is not None:
                raise InputError(
                    "the widths are those of the net: give them to its layers, as in Dense(64)"
                )
            return self._bound(self.architecture, file, seed, weights_file)
        if width is None:
            width = self.width or 64
        width = given.whole(width, "the width")
        constants, table = summarise_file(file, self.loss.classifies)
        if weights_file is not None:
            weights, digest = outer_weights(weights_file, dialect.decimal)
            summary = summarise_outer(weights, weights_file.name, digest)
        else:
            weights = generate_outer(width, seed)
            summary = summarise_outer(weights, f"width {width}, seed {seed}", "")
        return Problem(
            self.activation,
            self.loss_name,
            self.lam,
            self.noise,
            constants,
            summary,
            table,
            tuple(weights),
        )

    def _bound(
        self, architecture: Architecture, file: DataFile, seed: int, weights: Path | None
    ) -> Problem:
        """The problem of a net of layers for the data of a file."""
        from proofkit.problem.layers import bound, classes_of, head_of, require_bindable
        from proofkit.problem.stream import summarise_file

        require_bindable(architecture, self.loss_name, weights)
        head = None if weights is None else head_of(weights, file.dialect.decimal)
        constants, table = summarise_file(file, self.loss.classifies)
        classes = classes_of(self.loss_name, constants)
        layers = bound(architecture, constants.d, seed, head, classes)
        given_weights = () if head is None else head.weights
        return dataclasses.replace(
            self, data=constants, table=table, architecture=layers, weights=given_weights
        )

    def subs(self, lam: Rational | None = None, noise: Rational | None = None) -> Problem:
        """The same problem with lambda or s given.

        >>> Problem("tanh").subs(lam="1/2", noise=1).noise
        Fraction(1, 1)
        """
        new_lam, new_noise = given.rational(lam, "lambda"), given.rational(noise, "s")
        return Problem(
            self.activation,
            self.loss_name,
            self.lam if new_lam is None else new_lam,
            self.noise if new_noise is None else new_noise,
            self.data,
            self.outer,
            self.table,
            self.weights,
            architecture=self.architecture,
            width=self.width,
        )

    def _require_expressions(self) -> None:
        """InputError for a net of which there are no SymPy expressions."""
        if self.architecture is not None:
            raise InputError(
                "SymPy expressions are of one trained hidden layer under a fixed outer layer, with "
                "one output and no biases; of this net .lambdify() computes loss, gradient, "
                "Laplacian and V4 expression, and .prove() proves"
            )

    def _expression(self, name: str) -> Any:
        import sympy  # pyright: ignore[reportMissingTypeStubs]

        from proofkit.calculus import derive as calculus

        self._require_expressions()
        made: Any = getattr(
            calculus.derive(self.loss_name).with_activation(self.activation.root), name
        )
        for symbol, value in ((calculus.lam, self.lam), (calculus.s, self.noise)):
            if value is not None:
                made = made.xreplace({symbol: sympy.Rational(value.numerator, value.denominator)})
        # Where the activation makes a derivative vanish.
        return made.xreplace({e: sympy.S.Zero for e in made.atoms(sympy.Sum) if e.function == 0})

    def objective(self) -> Any:
        """L as a SymPy expression in W[j, k], x[i, k], y[i], a[j], n, p, d, lambda.

        >>> Problem("identity", lam=2).objective()
        Sum(W[j, k]**2, (j, 1, p), (k, 1, d)) + Sum((-y[i] + Sum(a[j]*Sum(W[j, k]*x[i, k], (k, 1, d)), (j, 1, p)))**2/2, (i, 1, n))/n
        """
        return self._expression("objective")

    def gradient(self) -> Any:
        """The entry dL/dW[J, K] as a SymPy expression, derived for symbolic n, p, d.

        >>> import sympy
        >>> Problem("identity").gradient().subs({"lambda": 0}).has(sympy.Sum)
        True
        """
        return self._expression("gradient")

    def hessian_form(self) -> Any:
        """The second derivative of L(W + t V) at t = 0 as a SymPy expression in W and V.

        >>> Problem("identity").hessian_form().has(Problem("identity").symbols()["V"])
        True
        """
        return self._expression("hessian_form")

    def laplacian(self) -> Any:
        """The Laplacian of L as a SymPy expression.

        >>> str(Problem("identity").laplacian())
        'Sum(lambda + Sum(a[J]**2*x[i, K]**2, (i, 1, n))/n, (J, 1, p), (K, 1, d))'
        """
        return self._expression("laplacian")

    def villani(self) -> Any:
        """||grad L||^2/s - Laplacian L as a SymPy expression.

        >>> Problem("tanh", noise=1).villani().has(Problem("tanh").symbols()["s"])
        False
        """
        return self._expression("villani")

    def symbols(self) -> dict[str, Any]:
        """The SymPy symbols of the expressions, by name: n, p, d, i, j, k, J, K, lambda, s, W, V,
        a, x, y.

        >>> sorted(Problem("tanh").symbols())[:3]
        ['J', 'K', 'V']
        """
        from proofkit.calculus import derive as D

        self._require_expressions()
        names = ("n", "p", "d", "i", "j", "k", "J", "K", "s", "W", "V", "a", "x", "y")
        return {"lambda": D.lam, **{name: getattr(D, name) for name in names}}

    def standardised(self) -> Problem:
        """The same problem for standardised data: every feature centred and divided by its standard
                deviation.

        With a loss of the residual the target is standardised, too; the labels -1 and +1 of a loss
        of the margin stay.
        This L is another one than that of the file, with proofs, kernels and runs of its own: that
        of ``proofkit prove --standardise``.  A value is (x - mean) * scale, exactly, where mean and
        scale are decimals, which the certificate records; ``save_data`` writes the values to a
        file.  Raises InputError for a problem without data, or whose file is so large that its rows
        were not kept: then give ``standardise=True`` to ``bind``.

                >>> from proofkit.report import bundled_data
                >>> bound = Problem("tanh", lam="1/10").bind(bundled_data(), "progression", width=8)
                >>> bound.standardised().data.scaling.features[0].json()
                {'mean': '48.51809954751131', 'scale': '0.0763697475076059'}
                >>> bound.bind(bundled_data(), "progression", width=8, standardise=True) == bound.standardised()
                True
        """
        from proofkit.problem.data import summarise
        from proofkit.reading.table import standardised

        made = standardised(self._rows("standardise"), target=not self.loss.classifies)
        return dataclasses.replace(self, data=summarise(made), table=made)

    def save_data(self, path: Path | str) -> Path:
        """Write the rows of the problem to a CSV file, every digit of them; returns its path.

        So that ``proofkit prove`` and ``proofkit check --problem`` can be given what
        ``standardised`` made.  Raises
        InputError for a problem without data or rows, and where the file cannot be written.

        >>> import tempfile
        >>> from proofkit.report import bundled_data
        >>> bound = Problem("tanh").bind(bundled_data(), "progression", width=8).standardised()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = Problem("tanh").bind(bound.save_data(folder + "/data.csv"), "progression", width=8)
        >>> again.data.rows_sha256 == bound.data.rows_sha256
        True
        """
        from proofkit.files import write_atomically
        from proofkit.problem.csvtext import csv_text

        where = given.file_name(path, "the path", "give the name of a CSV file")
        write_atomically(where, csv_text(self._rows("write")))
        return where

    def _rows(self, purpose: str) -> Table:
        """The rows of the data; InputError where there are none to ``purpose``."""
        if self.data is None:
            raise InputError(
                f"there are no data to {purpose}; bind the problem to a file with "
                f".bind(FILE, TARGET)"
            )
        if self.table is None:
            raise InputError(
                f"{self.data.source} is so large that its rows were not kept, so there are "
                f"none to {purpose}"
            )
        return self.table

    def lambdify(
        self,
        X: Any = None,
        y: Any = None,
        a: Any = None,
        lam: float | Rational | None = None,
        dtype: str = "float64",
        backend: str = "auto",
        standardise: bool = False,
    ) -> Net | LayerFunctions:
        """Compiled functions of W: ``.loss``, ``.gradient``, ``.hessian_product``, ``.laplacian``,
        ``.villani``.

        They compute the L above, with its 1/n, its lambda/2 and its outer weights as they are.  A
        problem bound to data has its own X (n, d), y (n,) and a (p,), as they are in the file, so
        that L is the one that ``prove`` speaks of; arrays of your own make another L.
        ``standardise=True`` is short for ``.standardised().lambdify()``. ``.problem`` of the result
        is the problem whose L it computes, to be proved; None for arrays of your own. Floating
        point: none of it proves anything.  Raises InputError where data or lambda are missing.

        Of a net of other layers they are functions of theta, the trained weights and biases in one
        row, layer by layer: W_l of shape (units of l, units of l-1) by rows, then b_l; ``.layout``
        lists the blocks, ``.split`` and ``.join`` go from theta to them and back.  With arrays of
        your own y is (n,), (n, q) for the squared loss of q outputs, or numbers of classes; a is the
        matrix of the fixed layer, a list of matrices where several are fixed, and left out where
        none is.  These run in numpy.

        >>> net = Problem("tanh", lam="1/2").lambdify([[1.0], [2.0]], [0.0, 1.0], [1.0], backend="numpy")
        >>> net.loss([[0.0]]).item()
        0.25
        >>> from proofkit import Dense, Net
        >>> deep = Problem(Net(Dense(4), "tanh", Dense(1), train="all"), lam="1/2")
        >>> made = deep.lambdify([[1.0], [2.0]], [0.0, 1.0])
        >>> made.gradient([0.0] * made.size).shape
        (8,)
        """
        from proofkit.numeric.functions import LayerFunctions
        from proofkit.numeric.kernels import Net, float_arrays

        problem = self if lam is None else self.subs(lam=given.exact(lam, "lambda"))
        if problem.lam is None:
            raise InputError(
                "lambdify needs lambda; give lam=0.1, or fix it with .subs(lam='1/10')"
            )
        own = X is None and y is None and self.data is not None
        if own:
            if standardise:
                problem = problem.standardised()
            rows, targets = float_arrays(problem._rows("compute with"))
            outer: Any = problem._fixed_weights() if a is None else a
        elif X is None or y is None or (a is None and self._has_fixed_layers):
            what = "X, y and a" if self._has_fixed_layers else "X and y"
            raise InputError(
                f"lambdify needs {what}; give them, or bind the problem to data with "
                f".bind(FILE, TARGET)"
            )
        elif standardise:
            raise InputError(
                "standardise is for the data of a bound problem; scale the X and y you give "
                "yourself"
            )
        else:
            rows, targets = X, y
            outer = a
        assert problem.lam is not None, "a problem whose L has values has a number for lambda"
        number = given.double(problem.lam, "lambda")
        if problem.architecture is None:
            net: Net | LayerFunctions = Net.of(
                self.activation, self.loss_name, rows, targets, outer, number, dtype, backend
            )
        else:
            fixed: list[Any] = (
                outer if own and a is None else _matrices(problem.architecture, outer)
            )
            net = LayerFunctions.of(
                problem.architecture, self.loss_name, rows, targets, fixed, number, dtype, backend
            )
        return dataclasses.replace(net, problem=problem) if own and a is None else net

    @property
    def _has_fixed_layers(self) -> bool:
        """True where L has weights that are not trained."""
        return self.architecture is None or not all(x.trained for x in self.architecture.layers)

    def _fixed_weights(self) -> list[Any]:
        """The outer weights of a problem bound to data, or the matrices of the fixed layers."""
        from proofkit.problem.fixed import fixed_matrices
        from proofkit.problem.layers import GivenHead

        if self.architecture is None:
            return [float(v) for v in self.weights]
        head, last = None, self.architecture.layers[-1].weights
        if self.weights and last is not None:
            head = GivenHead(self.weights, last.source, last.digest)
        matrices = fixed_matrices(self.architecture, head)
        return [[[float(v) for v in row] for row in matrix] for matrix in matrices]

    def run(
        self,
        step: float | Rational,
        steps: int,
        method: str = "sgd",
        batch: int | None = RUN.batch,
        replicas: int = 1,
        seed: int = 0,
        variance: float | Rational = 1.0,
        standardise: bool = False,
        lam: float | Rational | None = None,
        noise: float | Rational | None = None,
        temperature: float | Rational | None = None,
    ) -> Trajectory:
        """Train the net of a problem bound to data: ``method`` is sgd, gd, sde or langevin, as in
        ``proofkit run``.

        The data are those of the file, so that L is the one that ``prove`` and ``lambdify`` speak
        of; ``standardise=True`` is short for ``.standardised().run()``, which is another L.  Either
        way ``.problem`` of the result is the problem whose L was run, to be proved, and ``.note``
        says which it is. Numbers are rationals ("1/10", Fraction) or floats, and the run computes
        with the nearest float. The sde takes s from the problem, Langevin Monte Carlo the temperature s/2
        (the same stationary law), unless they are given.

        Returns ``iterations`` (K,), ``loss`` and ``norm`` (replicas, K), the ``final`` weights
        (replicas, p, d), of a net of other layers theta (replicas, N) in the layout of ``lambdify``.
        Raises InputError for a problem without data or lambda, and for numbers
        that make no sense.

        >>> from proofkit.report import bundled_data
        >>> bound = Problem("tanh", lam="1/10").bind(bundled_data(), "progression", width=8)
        >>> path = bound.run(step=0.05, steps=50)
        >>> bool(path.loss[0, -1] < path.loss[0, 0]), path.problem == bound
        (True, True)
        """
        from proofkit.numeric.kernels import Net, which_objective
        from proofkit.numeric.runs import Initial, Method, ensemble, run_net
        from proofkit.numeric.trained import AnyLayers, TwoLayers

        if self.data is None:
            raise InputError(
                "a run needs data; bind the problem to a file with .bind(FILE, TARGET, width=16)"
            )
        name = given.text(method, "the method", "sgd, gd, sde, langevin")
        heat = heat_of(name, self.noise)
        how = Method(
            name,
            given.real(step, "the step"),
            given.whole(batch, "the batch") if batch is not None and name == "sgd" else None,
            _real_or_none(heat.noise if noise is None else noise, "the noise"),
            _real_or_none(
                heat.temperature if temperature is None else temperature, "the temperature"
            ),
        )
        net = self.lambdify(lam=lam, standardise=standardise)
        paths = ensemble([net.lam], [how], given.whole(replicas, "the number of replicas"))
        path = run_net(
            TwoLayers(net.chosen, net.data) if isinstance(net, Net) else AnyLayers(net.net),
            list(paths),
            given.whole(steps, "the number of steps"),
            Initial(given.real(variance, "the variance")),
            given.seed(seed),
        )
        assert net.problem is not None and net.problem.data is not None, "of a bound problem"
        which = which_objective(net.problem.data.scaling)
        note = "; ".join(filter(None, (which, path.note)))
        return dataclasses.replace(path, note=note, problem=net.problem)

    def prove(self, claim: str = "villani", level: Rational = 1, budget: float = 20.0) -> Proof:
        """Prove or refute a claim of ``proofkit prove``; raises InputError for an unknown one.

        >>> Problem("z + 2*sin(z)", lam="1/2").prove().verdict
        'REFUTED'
        """
        return prove(self, claim, level=level, budget=budget)

    def __str__(self) -> str:
        bound = "n, p, d, data and a arbitrary"
        if self.architecture is not None:
            bound = in_a_line(self.architecture)
            if self.data is not None:
                size = f"({self.data.n} x {self.data.d})"
                bound += f"; {self.data.called} {size}, target {self.data.target}"
        elif self.data is not None and self.outer is not None:
            bound = (
                f"{self.data.called} ({self.data.n} x {self.data.d}), target {self.data.target}, "
                f"outer weights {self.outer.source}"
            )
        numbers = ", ".join(
            f"{name} = {value}" if value is not None else f"{name} symbolic"
            for name, value in (("lambda", self.lam), ("s", self.noise))
        )
        return f"{self._loss}, {self.activation.text}; {numbers}; {bound}"

    @property
    def _loss(self) -> str:
        """What the loss is called: ``squared loss``, ``loss u^4/4``."""
        return called_in_text(self.loss)

    def _short(self) -> str:
        data = ""
        if self.architecture is not None:
            data = f"; {self.architecture.depth} layers"
            if self.data is not None:
                data += f"; {brief(self.data.called, 30)} ({self.data.n} x {self.data.d})"
        elif self.data is not None and self.outer is not None:
            data = (
                f"; {brief(self.data.called, 30)} ({self.data.n} x {self.data.d}), width "
                f"{self.outer.p}"
            )
        numbers = "".join(
            f", {name} = {brief(str(value), 20)}"
            for name, value in (("lambda", self.lam), ("s", self.noise))
            if value is not None
        )
        return f"<Problem {brief(self.activation.text)}, {brief(self._loss)}{numbers}{data}>"

    def _latex(self) -> str:
        from proofkit.exposition import layers, losses
        from proofkit.exposition.formulas import latex as tree_latex
        from proofkit.render.display import slim

        lam = "" if self.lam is None else rf",\quad\lambda={tree_latex(terms.num(self.lam))}"
        if self.architecture is not None:
            net = layers.net_of({"layers": layers_record(self.architecture)})
            assert net is not None, "it has layers"
            return rf"{layers.net_formula(net)},\quad {layers.objective_formula(net)}{lam}"
        f = r"\sum_{j=1}^{p}a_j\,\sigma(\langle w_j,x_i\rangle)"
        return rf"L(W)=\frac1n\sum_{{i=1}}^{{n}}\ell\Bigl({f},y_i\Bigr)+\frac{{\lambda}}{{2}}\|W\|_F^2,\quad{losses.defined(self.loss)},\quad\sigma(z)={slim(tree_latex(self.activation.root))}{lam}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self._latex()}$"

    def _repr_html_(self) -> str:
        return f"<p>{mathml(self._latex(), True)}</p><p>{escape(str(self))}</p>"


def _matrices(architecture: Architecture, a: Any) -> list[Any]:
    """The matrices of the fixed layers as ``lambdify`` takes them; InputError for another number."""
    import numpy as np

    fixed = [layer for layer in architecture.layers if not layer.trained]
    if not fixed:
        if a is not None:
            raise InputError("every layer of this net is trained; leave a out")
        return []
    if len(fixed) > 1:
        if isinstance(a, list | tuple) and len(a) == len(fixed):  # pyright: ignore[reportUnknownArgumentType]
            return list(a)  # pyright: ignore[reportUnknownArgumentType]
        raise InputError(f"a must be a list of {len(fixed)} matrices, one for each fixed layer")
    try:
        matrix = np.asarray(a, dtype=float)
    except (TypeError, ValueError):
        raise InputError("a must be an array of numbers, the matrix of the fixed layer") from None
    return [matrix[None] if matrix.ndim == 1 and fixed[0].units == 1 else matrix]


def _net_said(
    activation: object, loss: Loss, architecture: Architecture | None
) -> LayeredNet | None:
    """The net that stands in the place of an activation, or that cross-entropy needs; None for an
    activation of the net with one trained layer under a fixed one.
    """
    if isinstance(activation, LayeredNet):
        return activation
    if architecture is None and type(loss) is CrossEntropyLoss:
        return LayeredNet(Dense(), activation, Dense())  # type: ignore[arg-type]
    return None


@dataclass(frozen=True, repr=False)
class Proof(_Shown, _prove.Proof):
    """What was proved of a problem: verdict, statement, V1 to V4, routes, threshold, constants.

    >>> proof = Problem("softplus").prove()
    >>> proof.verdict, proof.threshold.threshold
    ('PROVED', '0')
    >>> print(str(proof.explain("V2")).splitlines()[1])
        It asks that L(W) → ∞ as r → ∞. This is proved.
    """

    def explain(self, what: str | int = "") -> Explanation:
        """What holds and why: of the whole proof, a condition ("V4"), a step (its number, rule or
        claim) or a constant.

        The object prints as text, shows itself typeset in a notebook, and hands out ``.text()``,
        ``.latex()`` and ``.html()``.  Raises InputError, with the nearest name, for what does not
        occur in the proof.

        >>> print(str(Problem("tanh").prove().explain("G")).splitlines()[1])
            bound of ‖∇R‖; G = ρ M_1 ‖a‖_2 √(Λ_S).
        """
        return explanation_of(self.certificate().record, what)

    def certificate(self) -> Certificate:
        """The certificate: a JSON document that ``check`` replays through the kernel.

        >>> Problem("tanh").prove().certificate().verdict
        'PROVED'
        """
        return certify(self)

    def __str__(self) -> str:
        from proofkit.verdict import proof_text

        return proof_text(self)

    def _short(self) -> str:
        return f"<Proof {self.verdict}: {brief(self.statement, 90)}>"

    def _repr_html_(self) -> str:
        return in_notebook(verdict_html(self.certificate().record))

    def _repr_latex_(self) -> str:
        from proofkit.prose import mathjax

        return f"{self.verdict}: {mathjax(self.statement)}"


@dataclass(frozen=True, repr=False)
class Certificate(_Shown):
    """A proof as a JSON document; ``content`` is the document without its digest.

    >>> certificate = Problem("tanh").prove().certificate()
    >>> certificate.check()
    ''
    >>> Certificate({**certificate.content, "verdict": "REFUTED"}).check()[:7]
    'summary'
    """

    content: Mapping[str, Any]

    def __post_init__(self) -> None:
        needed = ("conditions", "goals", "problem", "statement", "steps", "verdict")
        message = (
            f"a certificate has the keys {', '.join(needed)}; Certificate.load(FILE) reads one "
            f"from a file"
        )
        given.require(self.content, Mapping, message)
        if any(key not in self.content for key in needed):
            raise InputError(message)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the content."""
        return _certificate.digest_of(self.content)

    @property
    def verdict(self) -> str:
        """PROVED, REFUTED or UNKNOWN."""
        return str(self.content["verdict"])

    @property
    def document(self) -> _certificate.Document:
        """The certificate as typed records; InputError for content that is no certificate."""
        try:
            return _certificate.document_of_json({**self.content, "digest": self.digest})
        except KernelError as error:
            raise InputError(f"this is no certificate that can be read: {error}") from None

    @property
    def record(self) -> dict[str, Any]:
        """The certificate with its sentences, formulas and constants written out, as the renderers
        read it; InputError for content that is no certificate.

        >>> Problem("tanh").prove().certificate().record["conditions"]["V2"]["verdict"]
        'PROVED'
        """
        return dict(_record.record(self.document))

    def to_json(self) -> str:
        """The text of the file, ending in a newline.

        >>> Problem("tanh").prove().certificate().to_json().splitlines()[1].strip()
        '"format": "proofkit-certificate",'
        """
        try:
            return _certificate.to_json(self.document)
        except InputError:  # content that is none is written as it is
            return json.dumps({**self.content, "digest": self.digest}, indent=1) + "\n"

    @staticmethod
    def load(path: Path | str) -> Certificate:
        """Read a certificate; raises InputError when the file is none, or when its digest is not
        that of its content.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saved = Problem("tanh").prove().certificate().save(folder + "/tanh.json")
        ...     Certificate.load(saved).verdict
        'PROVED'
        """
        content = _certificate.read_json(
            given.file_name(path, "the certificate", "give the name of a JSON file")
        )
        made = Certificate({k: v for k, v in content.items() if k != "digest"})
        if made.digest != content.get("digest"):
            raise InputError(
                f"the digest in {path} is not that of its content; the file was changed"
            )
        return made

    def save(self, path: Path | str) -> Path:
        """Write the JSON to a file (through a temporary name); returns its path, raises InputError
        where that fails.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Problem("tanh").prove().certificate().save(folder + "/tanh.json").name
        'tanh.json'
        """
        from proofkit.files import write_atomically

        where = given.file_name(path, "the path", "give the name of a JSON file")
        write_atomically(where, self.to_json())
        return where

    def check(self) -> str:
        """Why the kernel refuses the certificate; nothing when it is valid.

        >>> Problem("tanh").prove().certificate().check()
        ''
        """
        from proofkit.check.outcome import check

        outcome = check(json.loads(self.to_json()))
        return "" if outcome.valid else f"{outcome.lines[-1].name}: {outcome.lines[-1].reason}"

    def explain(self, what: str | int = "") -> Explanation:
        """The same as of the proof (see ``Proof.explain``), of a certificate that holds: it is
        checked first.

        Raises InputError for one that does not: its text is no mathematics.

        >>> Problem("tanh").prove().certificate().explain("V4")
        <Explanation of V4; print it>
        """
        self._require_holds("explained")
        told = explanation_of(self.record, what)
        warning = self._warning()
        if not warning:
            return told
        return dataclasses.replace(told, parts=(Part((Text(warning),), ()), *told.parts))

    def latex(self, standalone: bool = False) -> str:
        """Statement, proof, constants and evidence in LaTeX, as ``proofkit latex`` writes them, of
        a certificate that holds.

        Raises InputError for one that does not.

        >>> Problem("tanh").prove().certificate().latex().count("begin{proof}")
        1
        """
        from proofkit.render.paper import Options, Source, article, fragment

        if reason := self._refusal():
            raise InputError(f"the certificate {brief(reason, 200)}; nothing was written")
        source = Source("certificate", self.record)
        return (
            article([source], Options(heading="section"))
            if standalone
            else fragment([source], Options())
        )

    def _refusal(self) -> str:
        """Why the certificate is not accepted, in words that follow its name; nothing when it
        holds.
        """
        return _refusal(self.to_json())

    @property
    def _invalid(self) -> bool:
        """True when something in it is wrong; what could not be verified (some steps need data) is
        another thing.
        """
        return self._refusal().startswith("is invalid")

    def _require_holds(self, what: str) -> None:
        if self._invalid:
            raise InputError(f"the certificate {brief(self._refusal(), 200)}; nothing was {what}")

    def _warning(self) -> str:
        """What is said before anything of a certificate that was refused."""
        reason = self._refusal()
        word = "INVALID" if self._invalid else "NOT VERIFIED"
        return f"{word}: the certificate {brief(reason, 200)}" if reason else ""

    def __str__(self) -> str:
        warning = self._warning()
        if self._invalid:
            return f"{warning}; SHA-256 {self.digest}"
        spec = self.content["problem"]
        before = f"{warning}\n" if warning else ""
        return (
            f"{before}{self.verdict}  {self.content['statement']}\n  "
            f"{spec['activation']['expression']}, {called_in_text(resolve_loss(spec['loss']))}; "
            f"{len(self.content['steps'])} steps; SHA-256 {self.digest}"
        )

    def _short(self) -> str:
        return f"<Certificate {self.verdict}, SHA-256 {self.digest[:16]}...>"

    def _repr_html_(self) -> str:
        digest = f"<p><small>SHA-256 <code>{self.digest}</code></small></p>"
        warning = f"<p><strong>{escape(self._warning())}</strong></p>" if self._warning() else ""
        if self._invalid:
            return in_notebook(f"{warning}{digest}")
        return in_notebook(f"{warning}{verdict_html(self.record)}{steps_html(self.record)}{digest}")

    def _repr_latex_(self) -> str:
        from proofkit.prose import mathjax

        if self._warning():
            return mathjax(self._warning())
        return f"{self.verdict}: {mathjax(str(self.content['statement']))}"


@lru_cache(maxsize=64)
def _refusal(text: str) -> str:
    """Why a certificate, given as JSON, does not hold; nothing when it does.  One that was checked
    is not checked again.
    """
    from proofkit.formal import refused

    return refused(json.loads(text))


@dataclass(frozen=True, repr=False)
class Derivation(_Shown, _derive.Derivation):
    """L and what SymPy derived from it: ``objective``, ``gradient`` (dL/dW[J, K]),
    ``hessian_form``, ``laplacian``, ``villani``.

    These are SymPy expressions; ``compared`` says how they were compared with the kernel's
    formulas.  Printed, it shows the chain rule, twice, and the derivatives that
    stand in it.

    >>> made = derive("tanh")
    >>> made
    <Derivation of tanh(z), squared loss: objective, gradient, hessian_form, laplacian, villani>
    >>> print(str(derive("z^2")).splitlines()[-1].strip())
    σ''(z) = 2.
    """

    activation: Activation | None = None
    compared: str = ""

    def explain(self) -> Explanation:
        """Gradient and Laplacian by the chain rule, with the derivatives of loss and activation.

        >>> "∇_(w_j) L(W) = (1/n) Σ" in str(derive("tanh").explain())
        True
        """
        return derivatives(self.loss, None if self.activation is None else self.activation.root)

    def __str__(self) -> str:
        return str(self.explain())

    def _short(self) -> str:
        what = "" if self.activation is None else f" of {brief(self.activation.text)}"
        names = ", ".join(f.name for f in fields(_derive.Derivation) if f.name != "loss")
        from proofkit.calculus.derive import ABSTRACT

        abstract = self.loss == ABSTRACT
        loss = "any loss" if abstract else called_in_text(resolve_loss(self.loss))
        return f"<Derivation{what}, {brief(loss)}: {names}>"

    def _repr_html_(self) -> str:
        return self.explain().notebook_html()

    def _repr_latex_(self) -> str:
        return self.explain().notebook_latex()


def _require_no_data(file: ProblemFile, made: Problem) -> None:
    """InputError for keys that mean nothing without data."""
    symbolic = {"activation", "loss", "lambda", "noise", *LAYER_KEYS}
    if made.architecture is None:
        symbolic.discard("hidden")  # a symbol, as the width is
    else:
        symbolic.add("width")
    others = set(file.said) - symbolic
    if others:
        names = ", ".join(name for name in file.said if name in others)
        raise InputError(f"{file.path} has {names} and no data; add the data, or drop them")


def _real_or_none(value: float | Rational | None, what: str) -> float | None:
    return None if value is None else given.real(value, what)


def _copied(made: Any, kind: Any) -> Any:
    """The same fields in a class of this module."""
    return kind(**{f.name: getattr(made, f.name) for f in fields(made)})


def bounds(
    activation: ActivationLike,
    digits: int = 15,
    budget: float = 20.0,
    *,
    left: Rational | None = None,
    right: Rational | None = None,
    exact: bool = True,
    orders: tuple[int, ...] = (),
) -> Facts:
    """The facts of an activation on [left, right], over R where both are left out.

    ``exact`` False leaves out the search for exact forms; ``orders`` names derivatives beyond the
    third whose suprema are wanted, too.

    Raises InputError for an activation that cannot be read, DomainError where it is not defined.

    >>> print(bounds("tanh").sup.exact)
    1
    """
    root = given.activation(activation).root
    places = given.whole(digits, "the number of digits")
    if not 15 <= places <= 1000:
        raise InputError(f"the number of digits must lie between 15 and 1000, not {places}")
    seconds = given.seconds(budget, "the budget")
    low, high = given.rational(left, "the left end"), given.rational(right, "the right end")
    if low is not None and high is not None and low >= high:
        raise InputError(f"the interval is empty or a point: {low} is not below {high}")
    found = _facts.derive_facts(root, places, seconds, low, high, exact, orders)
    return _copied(found, Facts)


def derive_facts(root: Node, digits: int = 15, budget: float = 20.0, **more: Any) -> Facts:
    """As ``bounds``, for an expression tree.

    >>> derive_facts(Activation.of("erf").root).bounded
    True
    """
    return bounds(root, digits, budget, **more)


def prove(
    problem: _problem.Problem | ActivationLike,
    claim: str = "villani",
    library: Library | None = None,
    table: Table | None = None,
    level: Rational = 1,
    budget: float = 20.0,
    *,
    loss: str | None = None,
    lam: Rational | None = None,
    noise: Rational | None = None,
) -> Proof:
    """Try every route and refutation; see ``proofkit prove --help`` for the claims.

    ``problem`` is a Problem, or an activation, for which ``loss``, ``lam`` (lambda) and ``noise``
    (s) say the rest. ``level`` is M of the radius r_0(M), ``budget`` the seconds for the
    activation's constants, ``library`` facts to share between proofs.  Raises InputError for an
    unknown claim, loss or activation, and for a wrong type.

    >>> prove("tanh", loss="squared").statement
    'L is a Villani function for every lambda > 0 and every s > 0'
    >>> prove(Problem("tanh", "logistic"), "villani-iff").verdict
    'PROVED'
    """
    if not isinstance(problem, _problem.Problem):
        problem = Problem(problem, "squared" if loss is None else loss, lam, noise)
    elif any(value is not None for value in (loss, lam, noise)):
        raise InputError(
            "loss, lam and noise are those of the problem: Problem('tanh', loss='logistic', "
            "lam='1/10')"
        )
    own = problem.table if isinstance(problem, Problem) else None
    target = given.rational(level, "the level M")
    if target is None or target < 0:
        raise InputError(f"the level M must be >= 0, not {level}")
    name = given.text(claim, "the claim", "villani")
    if name in CATALOGUE:
        raise InputError(f"{name} is a loss, not a claim; write loss={name!r}")
    given.require(library, (Library, NoneType), "library must be a proofkit Library, or left out")
    given.require(table, (Table, NoneType), "table must be a proofkit Table, or left out")
    made = _prove.prove(
        problem,
        name,
        library or Library(given.seconds(budget, "the budget")),
        table if table is not None else own,
        target,
    )
    return _copied(made, Proof)


def derive(activation: ActivationLike, loss: str | None = None) -> Derivation:
    """Objective, gradient, Hessian form, Laplacian and V4 expression, derived for symbolic n, p, d,
    data and lambda.

    They are SymPy expressions, with the activation inserted.  The name of a loss alone, as in
    ``derive("squared")``,
    leaves sigma, sigma' and sigma'' abstract.  Raises InputError for an unknown loss or activation,
    InternalError when SymPy's formulas are not those that the kernel proves with.

    >>> derive("tanh", loss="logistic").gradient.has(Problem("tanh").symbols()["lambda"])
    True
    >>> derive("identity").gradient
    lambda*W[J, K] + Sum((-y[i] + Sum(a[j]*Sum(W[j, k]*x[i, k], (k, 1, d)), (j, 1, p)))*a[J]*x[i, K], (i, 1, n))/n
    """
    from proofkit.calculus.crosscheck import comparison_sentence
    from proofkit.calculus.derive import ABSTRACT
    from proofkit.calculus.derive import derive as derivation

    if loss is None and isinstance(activation, str) and activation in (*CATALOGUE, ABSTRACT):
        return _derivation(derivation(activation), None)
    name = name_of(
        resolve_loss(given.text("squared" if loss is None else loss, "the loss", "squared"))
    )
    if isinstance(activation, LayeredNet):
        raise InputError(
            "derive takes an activation of one trained hidden layer under a fixed outer layer; of a "
            "net, Problem(net).lambdify() computes loss, gradient and Laplacian"
        )
    sigma = Activation.of(activation)
    compared = comparison_sentence(sigma.root, name)
    return _derivation(derivation(name).with_activation(sigma.root), sigma, compared)


def _derivation(
    made: _derive.Derivation, sigma: Activation | None, compared: str = ""
) -> Derivation:
    formulas = {f.name: getattr(made, f.name) for f in fields(made)}
    return Derivation(**formulas, activation=sigma, compared=compared)


def certify(proof: _prove.Proof, theorem: Mapping[str, Any] | None = None) -> Certificate:
    """The certificate of a proof; InputError for anything else.

    >>> len(certify(Problem("tanh").prove()).digest)
    64
    """
    given.require(
        proof,
        _prove.Proof,
        f"a certificate is made of a proof, as prove() returns it, not of type "
        f"{type(proof).__name__}",
    )
    note = None if theorem is None else _certificate.TheoremNote(**theorem)
    content = _certificate.content_of(_certificates.certify(proof, note))
    return Certificate({key: value for key, value in content.items() if key != "digest"})


def namespace(activation: str | None = None, loss: str = "squared") -> dict[str, Any]:
    """The names of a session: SymPy as sp and its common symbols, numpy as np, proofkit's public
    names.

    >>> sorted(namespace("tanh"))[-3:]
    ['x', 'y', 'z']
    """
    import numpy as np
    import sympy as sp  # pyright: ignore[reportMissingTypeStubs]

    public = (Activation, Certificate, Facts, Problem, Proof, bounds, certify, derive, prove)
    out: dict[str, Any] = {"sp": sp, "np": np, **{item.__name__: item for item in public}}
    out |= {**Problem("identity").symbols(), "z": sp.Symbol("z", real=True)}
    out["lam"] = out.pop("lambda")
    if activation is not None:
        out["sigma"] = Activation.of(activation)
        out["problem"] = Problem(out["sigma"], loss)
        out["L"] = out["problem"].objective()
    return out
