"""Certificates about nets of layers as Coq files: which theorem of the library is theirs.

The library's theorems hold for any data, any widths and any decays, so a file states them for its
activation; a net that they are not about is named as missing.  Where a claim is weaker than the
theorem the file proves more, never less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofkit.coq.activation import (
    Enclosures,
    Lemmas,
    OutOfReach,
    expression,
    library_lemmas,
    match,
    rational,
)
from proofkit.coq.tails import definitions, generated_lemmas, require_small
from proofkit.coq.theorem import Content, Theorem, universal
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.search.jets import Evaluator

MODULES = (
    "Curve",
    "Fit",
    "Chain",
    "Two",
    "Threshold",
    "Sharp",
    "Outputs",
    "CrossEntropy",
    "ManySquares",
    "Bias",
    "NetVillani",
)
"""The modules of the library about nets of layers."""

SQUARES = {"tanh": (Fraction(1), Fraction(1, 2)), "sigmoid": (Fraction(1, 16), Fraction(1, 8))}
"""T and c with sigma'^2 + sigma''^2/(4 c) <= T, by the lemmas defect_tanh and defect_sigmoid."""

OF_THE_HEAD = "V4 of two layers"
"""The rule that bounds the Laplacian as the library does."""

CONDITIONS = ("V1", "V2", "V3", "V4")
DECAYS = "(decays d lamW lama)"
BOTH = f"(both_cost n p d x y {DECAYS} sigma squared)"
LABELS = "(forall i, (i < n)%nat -> (y i < q)%nat)"


# -- what the certificate is about -----------------------------------------------------------------


@dataclass(frozen=True)
class _Net:
    """The net of a certificate, as far as a theorem asks."""

    layers: tuple[Mapping[str, Any], ...]
    activations: tuple[str, ...]
    power: int
    loss: str

    @property
    def depth(self) -> int:
        """The number of dense layers."""
        return len(self.layers)

    @property
    def trained(self) -> tuple[int, ...]:
        """The layers with trained weights, counted from 1."""
        return tuple(k for k, layer in enumerate(self.layers, 1) if layer["trained"])

    @property
    def outputs(self) -> int | None:
        """q, None while that is a symbol."""
        units = self.layers[-1]["units"]
        return None if units is None else int(units)

    @property
    def plain(self) -> bool:
        """Squares as penalty, and no biases."""
        return self.power == 2 and all(layer["bias"] == "none" for layer in self.layers)

    @property
    def hidden_units(self) -> tuple[int | None, ...]:
        """The widths of the hidden layers."""
        return tuple(layer["units"] for layer in self.layers[:-1])


def _net_of(problem: Mapping[str, Any]) -> _Net:
    layers = problem["layers"]
    return _Net(
        tuple(layers["layers"]),
        tuple(layers["activations"]),
        int(layers["power"]),
        str(problem["loss"]),
    )


def _pairs(constants: Mapping[str, Any], *names: str) -> Enclosures:
    """The enclosures that the certificate has of some constants."""
    found = {name: constants[name] for name in names if name in constants}
    return {
        name: (Fraction(c["lo"]), Fraction(c["hi"]))
        for name, c in found.items()
        if c["lo"] is not None and c["hi"] is not None
    }


def about_layers(certificate: Mapping[str, Any], *, library: bool = True) -> Content:
    """What the Coq file of a valid certificate about a net of layers consists of.

    ``library``: the activation is looked for among the functions of the library.  Raises OutOfReach
    for an activation that is no term of Coq.
    """
    net = _net_of(certificate["problem"])
    if len(set(net.activations)) > 1:
        return Content("", (), (), ("different activations in one net are not in the Coq library",))
    proved = certificate["verdict"] == "PROVED"
    known = (
        {"villani", "villani-small-noise"}
        if proved
        else {"villani", "villani-small-noise", "villani-iff"}
    )
    if certificate["verdict"] == "UNKNOWN":
        return Content("", (), (), ("the certificate decides nothing",))
    if certificate["claim"] not in known:
        missing = f"the claim {certificate['claim']} about nets of layers is not in the Coq library"
        return Content("", (), (), (missing,))
    if proved:
        return _proved(certificate, net, library)
    return _refuted(certificate, net, library)


# -- what is proved --------------------------------------------------------------------------------


def _proved(certificate: Mapping[str, Any], net: _Net, library: bool) -> Content:
    """A theorem that the objective is a Villani function."""
    make = _theorem_for(net)
    if isinstance(make, str):
        return Content("", (), (), (make,))
    lemmas = _with_constants(certificate, net, library)
    matched = lemmas.found is not None
    try:
        theorem, missing = make(certificate, lemmas)
    except OutOfReach as error:
        return Content(lemmas.text, (), (), (str(error),), MODULES, matched=matched)
    decided = tuple(c for c in CONDITIONS if c != "V4" or not missing)
    if "r_0" in certificate["constants"]:
        missing = [*missing, "the radius beyond which V4 holds: the file says that there is one"]
    return Content(lemmas.text, (theorem,), decided, tuple(missing), MODULES, matched=matched)


_Make = Callable[[Mapping[str, Any], Lemmas], tuple[Theorem, list[str]]]


def _theorem_for(net: _Net) -> _Make | str:
    """What writes the theorem for a net, or why the library has none."""
    if not net.plain:
        return "biases and other powers of the penalty are in the Coq library as refutations only"
    if net.depth != 2:
        return f"V1-V4 of a net of depth {net.depth} are not in the Coq library"
    if net.trained == (1,) and net.loss == "cross-entropy":
        return _cross_entropy
    if net.trained == (1,) and net.outputs != 1 and net.loss == "squared":
        return _many_squares
    if net.trained == (1, 2) and net.outputs == 1 and net.loss == "squared":
        return _two_trained
    trained = " and ".join(map(str, net.trained)) or "no layer"
    return (
        f"depth 2 with {net.loss} loss, {net.outputs or 'q'} outputs and the trained weights of "
        f"layer {trained} is not in the Coq library"
    )


def _with_constants(
    certificate: Mapping[str, Any], net: _Net, library: bool, *, size: bool = False
) -> Lemmas:
    """The block of the activation with the bounds of sigma, sigma' and sigma''.

    ``size``: a bound of |sigma| also where the certificate has none and the library's function is
    bounded.
    """
    root = parse(net.activations[0])
    given = dict(_pairs(certificate["constants"], "M1", "M2", "S0", "S_lo", "S_hi"))
    found = match(root) if library else None
    if found is None:
        return generated_lemmas(root, given, None)
    orders = {"M1": 1, "M2": 2} | ({"S0": 0} if size and found.known.bounded else {})
    return library_lemmas(root, found, _completed(root, given, orders), None)


_POINTS = [Fraction(k, 8) for k in range(-64, 65)]


def _completed(
    root: Node, given: dict[str, tuple[Fraction, Fraction]], orders: Mapping[str, int]
) -> Enclosures:
    """Bounds of the derivatives of these orders also where the certificate has none: a tenth above the largest
    value at some points, which coqc accepts or refuses.
    """
    jets = Evaluator(root, 40)
    values = [jets.derivatives(point, 2) for point in _POINTS]
    for name, order in orders.items():
        if name not in given:
            top = max(abs(Fraction(str(value[order]))) for value in values)
            above = Fraction(int(top * 110) + 1, 100)
            given[name] = (above, above)
    return given


def _constant(lemmas: Lemmas, name: str, what: str) -> str:
    if name not in lemmas.constants:
        reason = lemmas.reasons.get(name)
        raise OutOfReach(f"no lemma bounds {what}{f': {reason}' if reason else ''}")
    return rational(lemmas.constants[name])


def _activation(lemmas: Lemmas) -> str:
    """The activation with its bounds, as the library's theorems take them."""
    M1 = _constant(lemmas, "M1", "sup |sigma'|")
    M2 = _constant(lemmas, "M2", "sup |sigma''|")
    return f"sigma sigma1 sigma2 {M1} {M2}"


def _cross_entropy(_: Mapping[str, Any], lemmas: Lemmas) -> tuple[Theorem, list[str]]:
    theorem = universal(
        "villani",
        "for any data of any number of classes, any width and any fixed outer matrix, every "
        "lambda > 0 and every s > 0, the objective with cross-entropy is a Villani function",
        "(n p d q : nat) (x A : nat -> nat -> R) (y : nat -> nat) (lam s : R)",
        ("(0 < n)%nat", LABELS, "0 < lam", "0 < s"),
        "Villani p d (many_cost n p d x A lam sigma (fun i F => cross_entropy q (y i) F)) s",
        f"intros. apply (villani_cross_entropy n p d q x A y lam {_activation(lemmas)} activation); "
        f"assumption.",
    )
    return theorem, []


def _many_squares(_: Mapping[str, Any], lemmas: Lemmas) -> tuple[Theorem, list[str]]:
    S0 = _constant(lemmas, "S0", "sup |sigma|")
    theorem = universal(
        "villani",
        "for any data of any number of targets, any width and any fixed outer matrix, every "
        "lambda > 0 and every s > 0, the objective with the squared distance is a Villani function",
        "(n p d q : nat) (x A y : nat -> nat -> R) (lam s : R)",
        ("(0 < n)%nat", "0 < lam", "0 < s"),
        "Villani p d (many_cost n p d x A lam sigma (distance q y)) s",
        f"intros. apply (villani_many_squares n p d q x A y lam {_activation(lemmas)} {S0} activation "
        f"bounded_sigma); assumption.",
    )
    return theorem, []


def _two_trained(certificate: Mapping[str, Any], lemmas: Lemmas) -> tuple[Theorem, list[str]]:
    """V1-V4 below the threshold, for the T and c of the library."""
    found = lemmas.found
    if found is None or found.scaled or found.known.name not in SQUARES:
        raise OutOfReach(
            "sup (sigma'^2 + sigma''^2/(4 c)) is in the Coq library for tanh and sigmoid only"
        )
    T, c = SQUARES[found.known.name]
    S0 = _constant(lemmas, "S0", "sup |sigma|")
    critical = f"threshold lama ({rational(T)} * X2) ({rational(c)} * INR p * Bx2)"
    theorem = universal(
        "villani",
        f"both layers trained, any data with mean |x|^2 <= X2 and |x_i|^2 <= B_x^2 and any width: the "
        f"objective is a Villani function for every s with 0 < s < s_0, s_0 = 4 (lambda_a - m_a)/A_e + "
        f"m_a^2/A_a, A_a = {'' if T == 1 else f'{T} '}X2, A_e = {c} p B_x^2, "
        f"m_a = min(lambda_a, 2 A_a/A_e)",
        "(n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama X2 Bx2 s : R)",
        (
            "(0 < n)%nat",
            "(0 < p)%nat",
            "0 < lamW",
            "0 < lama",
            "0 < X2",
            "0 < Bx2",
            "mean n (fun i => dot d (x i) (x i)) <= X2",
            "(forall i, (i < n)%nat -> dot d (x i) (x i) <= Bx2)",
            f"0 < s < {critical}",
        ),
        f"Villani p (S d) {BOTH} s",
        f"intros. apply (villani_both n p d x y sigma lamW lama smooth_sigma) with (sigma1 := sigma1) "
        f"(sigma2 := sigma2) (M1 := {_constant(lemmas, 'M1', 'M1')}) "
        f"(M2 := {_constant(lemmas, 'M2', 'M2')}) (S0 := {S0}) (T := {rational(T)}) "
        f"(c := {rational(c)}) (X2 := X2) (Bx2 := Bx2); first [assumption | exact activation | "
        f"exact bounded_sigma | exact defect_{found.known.name} | lra].",
    )
    rules = {step["rule"] for step in certificate["steps"]}
    share = _pairs(certificate["constants"], "c_T").get("c_T")
    if OF_THE_HEAD in rules and share is not None and c <= share[0]:
        return theorem, []
    return theorem, ["V4 below the threshold of the certificate, which another bound gives"]


# -- what is refuted -------------------------------------------------------------------------------


def _refuted(certificate: Mapping[str, Any], net: _Net, library: bool) -> Content:
    """The theorems about the conditions that fail, and those that hold all the same."""
    failing = [
        (step["claim"].removesuffix(" fails"), str(step["payload"].get("kind", "")))
        for step in certificate["steps"]
        if step["claim"] in {f"{condition} fails" for condition in CONDITIONS}
    ]
    theorems: list[Theorem] = []
    decided: list[str] = []
    missing: list[str] = []
    root = parse(net.activations[0])
    require_small(root)
    bounded = None
    for condition, kind in failing:
        if kind == "hidden bias" and net.trained == (1,):
            bounded = _with_constants(certificate, net, library, size=True)
        made = [*_failing(certificate, net, condition, kind, root, bounded)]
        if not made:
            missing.append(
                f"{condition} fails ({kind or 'another reason'}): no theorem of the library"
            )
            continue
        theorems += [t for t in made if t.name not in {known.name for known in theorems}]
        decided.append(condition)
    kinds = {kind for _, kind in failing}
    if "curve" in kinds and theorems:
        holding = {
            c for c, said in certificate["conditions"].items() if said["verdict"] == "PROVED"
        }
        kept = {c: t for c, t in _holding(net) if c in holding}
        theorems += kept.values()
        decided = [c for c in CONDITIONS if c in kept or c in decided]
    block = _as_term(root, theorems) if bounded is None else bounded.text
    matched = bounded is not None and bounded.found is not None
    return Content(block, tuple(theorems), tuple(decided), tuple(missing), MODULES, matched=matched)


def _failing(
    certificate: Mapping[str, Any],
    net: _Net,
    condition: str,
    kind: str,
    root: Node,
    bounded: Lemmas | None,
) -> Iterator[Theorem]:
    """The theorems of the library for one condition that fails."""
    problem = certificate["problem"]
    match condition, kind:
        case "V4", "curve" if _is_chain(net, root):
            yield _chain(net.depth)
        case "V4", "curve" if _is_pair(net, problem, root):
            yield from _pair(symbolic=problem["data"] is None)
        case "V2", "hidden bias":
            yield from _hidden_bias(net, bounded)
        case "V2", "shifted outputs":
            yield _shifted_outputs()
        case "V2", "one label" if net.loss == "logistic":
            yield _one_label()
        case "V4", "output bias" if net.loss == "logistic":
            yield _output_bias()


def _values_at_zero(root: Node) -> tuple[Any, Any]:
    """sigma(0) and sigma'(0) in 40 digits; coqc proves what is used of them."""
    value, slope = Evaluator(root, 40).derivatives(Fraction(0), 1)
    return value, slope


def _is_squares_of_one_output(net: _Net) -> bool:
    everything = tuple(range(1, net.depth + 1))
    return net.plain and net.trained == everything and net.outputs == 1 and net.loss == "squared"


def _is_chain(net: _Net, root: Node) -> bool:
    """Three layers or more, all trained, hidden layers of width 1 or of any, sigma(0) = 0."""
    value, slope = _values_at_zero(root)
    narrow = all(units in (None, 1) for units in net.hidden_units)
    return _is_squares_of_one_output(net) and net.depth >= 3 and narrow and value == 0 != slope


def _is_pair(net: _Net, problem: Mapping[str, Any], root: Node) -> bool:
    """Two layers, both trained, two hidden units at least; of given data no given s."""
    _, slope = _values_at_zero(root)
    wide = all(units is None or units >= 2 for units in net.hidden_units)
    free = problem["data"] is None or problem["noise"] is None
    return _is_squares_of_one_output(net) and net.depth == 2 and wide and free and slope != 0


def _chain(depth: int) -> Theorem:
    m = depth - 1
    return universal(
        "deep",
        f"V4 fails for {depth} trained layers of hidden width 1, for any data that are not zero, "
        f"any decays and every s > 0",
        "(n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (s : R)",
        ("0 < s", "0 < mean n (fun i => dot d (x i) (x i))"),
        f"~ V4 1 (d + {m}) (chain_cost n d {m} x y mu (fun _ => sigma) squared) s",
        f"intros. apply (deep_refuted_squared n d {m} x y mu (fun _ => sigma) (fun _ => sigma1) "
        f"(fun _ => sigma2)); intros; first [apply d_sigma | apply d_sigma1 | exact sigma_0 | "
        f"apply c_sigma2 | exact slope_0 | assumption | lia].",
    )


_TERM = "d_sigma d_sigma1 c_sigma2"


def _pair(*, symbolic: bool) -> Iterator[Theorem]:
    """The threshold for any data; some data for any s."""
    yield universal(
        "two_trained",
        "both layers trained, any data and at least two hidden units: V4 fails for every s with "
        "lambda_a^2 < s mean sigma'(<w, x>)^2 |x|^2 for some w",
        "(n q d : nat) (x : nat -> nat -> R) (y w : nat -> R) (lamW lama s : R)",
        (
            "0 < s",
            "lama^2 < s * mean n (fun i => (sigma1 (dot d w (x i)))^2 * dot d (x i) (x i))",
        ),
        f"~ V4 (2 + q) (S d) (both_cost n (2 + q) d x y {DECAYS} sigma squared) s",
        "intros. apply (both_refuted n (2 + q) d x y sigma lamW lama sigma1 sigma2 q w s eq_refl "
        f"{_TERM}); assumption.",
    )
    yield universal(
        "slope_is_not_zero",
        "the slope of sigma at 0 is not 0, so that with w = 0, V4 fails for every s from a number on",
        "(z : R)",
        ("z = 0",),
        "sigma1 z <> 0",
        "intros z Hz. rewrite Hz. exact slope_0.",
    )
    if symbolic:
        yield universal(
            "some_data",
            "for any decays and every s > 0, there are data of one sample, x_1 = T, for which V4 fails, "
            "for any width of at least two",
            "(q : nat) (lamW lama s : R)",
            ("0 < s",),
            "exists T : R, forall (x : nat -> nat -> R) (y : nat -> R), x 0%nat 0%nat = T -> "
            "~ V4 (2 + q) 2 (both_cost 1 (2 + q) 1 x y (decays 1 lamW lama) sigma squared) s",
            f"intros. apply (both_refuted_some sigma sigma1 sigma2 q lamW lama s {_TERM} slope_0); "
            f"assumption.",
        )


def _holding(net: _Net) -> Iterator[tuple[str, Theorem]]:
    """V1, V2 and V3 of a net of several trained layers."""
    if net.depth == 2:
        data = "(n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (lamW lama : R)"
        size, cost, decayed = "p (S d)", BOTH, ("(0 < n)%nat", "0 < lamW", "0 < lama")
        name, arguments, more = "both", "n p d x y sigma lamW lama", ""
        positive = "every lambda > 0"
    else:
        m = net.depth - 1
        data = "(n d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R) (lam : R)"
        size, cost = f"1 (d + {m})", f"(chain_cost n d {m} x y mu (fun _ => sigma) squared)"
        least = f"(forall j k, (j < 1)%nat -> (k < d + {m})%nat -> lam <= mu j k)"
        decayed = ("(0 < n)%nat", "0 < lam", least)
        name, arguments, more = "chain", f"n d {m} x y mu sigma", " lam"
        positive = "decays of at least lambda > 0"
    smooth = f"{arguments} smooth_sigma"
    yield (
        "V1",
        universal(
            "infinitely_differentiable",
            "V1 for any data",
            data,
            (),
            f"V1 {size} {cost}",
            f"intros. exact ({name}_V1 {smooth}).",
        ),
    )
    yield (
        "V2",
        universal(
            "confining",
            f"V2 for any data and {positive}",
            data,
            decayed,
            f"V2 {size} {cost}",
            f"intros. apply ({name}_V2 {arguments}{more}); assumption.",
        ),
    )
    yield (
        "V3",
        universal(
            "integrable",
            f"V3 for any data, {positive} and every s > 0",
            f"{data} (s : R)",
            (*decayed, "0 < s"),
            f"V3 {size} {cost} s",
            f"intros. apply ({name}_V3 {smooth}{more}); assumption.",
        ),
    )


def _hidden_bias(net: _Net, bounded: Lemmas | None) -> Iterator[Theorem]:
    """V2 fails along the biases of the only hidden layer; nothing for a deeper net."""
    losses = ("squared", "logistic")
    alone = net.depth == 2 and net.layers[1]["bias"] == "none" and net.outputs == 1
    if not alone or net.power != 2 or net.loss not in losses:
        return
    names = "(n p d : nat) (x : nat -> nat -> R) (y : nat -> R) (mu : nat -> nat -> R)"
    sizes = ("(0 < n)%nat", "(0 < p)%nat", "(forall j, mu j d = 0)")
    loss = f"{net.loss} {net.loss}1 d_{net.loss}"
    if net.trained == (1, 2):
        yield universal(
            "hidden_bias",
            "hidden biases without decay and both layers trained: V2 fails for any data",
            names,
            sizes,
            f"~ V2 p (S (S d)) (cost n p (S (S d)) y mu (biased_both p d x sigma) {net.loss})",
            f"intros. apply (hidden_bias_refuted_trained n p d x y mu sigma {loss}); assumption.",
        )
    elif bounded is not None and net.trained == (1,) and (end := _bounded_end(bounded)):
        e, S0, proof = end
        yield universal(
            "hidden_bias",
            "hidden biases without decay under fixed outer weights: V2 fails for any data",
            f"{names} (a : nat -> R)",
            sizes,
            f"~ V2 p (S d) (cost n p (S d) y mu (biased p d x sigma a) {net.loss})",
            f"intros. apply (hidden_bias_refuted n p d x y mu sigma {loss}) with (e := {e}) "
            f"(S0 := {S0}); first [assumption | left; reflexivity | right; reflexivity | {proof}].",
        )


BOUNDED_LEFT = ("softplus", "silu")
"""Functions that are bounded for z <= 0 only, by the lemmas bounded_left_softplus and so on."""


def _bounded_end(lemmas: Lemmas) -> tuple[str, str, str] | None:
    """e = 1 or -1 with |sigma(e t)| <= S0 for t >= 0, S0, and the proof; None where no lemma says so."""
    if "S0" in lemmas.constants:
        return "1", rational(lemmas.constants["S0"]), "intros; apply bounded_sigma"
    found = lemmas.found
    if found is None or found.scaled or found.known.name not in BOUNDED_LEFT:
        return None
    proof = f"intros; rewrite <- sigma_same; apply bounded_left_{found.known.name}; assumption"
    return "(-1)", "1", proof


_ANY_NET = "(n p d : nat) (mu : nat -> nat -> R) (j0 k0 : nat)"


def _shifted_outputs() -> Theorem:
    return universal(
        "shifted_outputs",
        "cross-entropy and output biases without decay: V2 fails, whatever the net N below the biases, "
        "which are the entries (j0, k0), ..., (j0, k0 + q - 1)",
        f"{_ANY_NET} (q : nat) (y : nat -> nat) (N : nat -> weights -> nat -> R)",
        (
            "(0 < n)%nat",
            "(j0 < p)%nat",
            "(0 < q)%nat",
            "(k0 + q <= d)%nat",
            "(forall r, (r < q)%nat -> mu j0 (k0 + r)%nat = 0)",
            "(forall i t r, N i (moved j0 k0 q t) r = N i (moved j0 k0 q 0) r)",
            LABELS,
        ),
        "~ V2 p d (cost n p d (fun _ => 0) mu (fun i W => cross_entropy q (y i) "
        "(fun r => N i W r + W j0 (k0 + r)%nat)) (fun _ t => t))",
        "intros. apply (output_bias_cross_entropy n p d mu j0 k0); assumption.",
    )


def _one_label() -> Theorem:
    return universal(
        "one_label",
        "logistic loss, an output bias without decay and one label e only: V2 fails, whatever the "
        "net N below the bias, which is the entry (j0, k0)",
        f"{_ANY_NET} (e : R) (y : nat -> R) (N : nat -> weights -> R)",
        (
            "(0 < n)%nat",
            "(j0 < p)%nat",
            "e = 1 \\/ e = -1",
            "(forall i, (i < n)%nat -> y i = e)",
            "(k0 < d)%nat",
            "mu j0 k0 = 0",
            "(forall i t, N i (moved j0 k0 1 t) = N i (moved j0 k0 1 0))",
        ),
        "~ V2 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic)",
        "intros. apply (output_bias_one_label n p d mu j0 k0) with (e := e); assumption.",
    )


def _output_bias() -> Theorem:
    sizes = "(i < n)%nat -> (j < p)%nat -> (k < d)%nat"
    derivatives = [
        f"(forall i j k W, {sizes} -> is_derive (fun t => {f} (upd W j k t)) (W j k) ({df} i j k W))"
        for f, df in (("N i", "N1"), ("N1 i j k", "N2"))
    ]
    bounds = [
        f"(forall i j k t, {sizes} -> Rabs ({df} i j k (moved j0 k0 1 t)) <= B)"
        for df in ("N1", "N2")
    ]
    return universal(
        "output_bias",
        "logistic loss and an output bias without decay: V4 fails for every s > 0 and any labels, "
        "whatever the net N below the bias, which is the entry (j0, k0), as its first and second "
        "derivatives N1 and N2 do not depend on the bias",
        f"{_ANY_NET} (y : nat -> R) (N : nat -> weights -> R) "
        "(N1 N2 : nat -> nat -> nat -> weights -> R) (B s : R)",
        (
            "(0 < n)%nat",
            "(j0 < p)%nat",
            "signs n y",
            "(k0 < d)%nat",
            "mu j0 k0 = 0",
            *derivatives,
            *bounds,
            "0 < s",
        ),
        "~ V4 p d (cost n p d y mu (fun i W => N i W + W j0 k0) logistic) s",
        "intros. apply (output_bias_logistic n p d mu j0 k0) with (N1 := N1) (N2 := N2) (Nmax := B); "
        "assumption.",
    )


def _as_term(root: Node, theorems: list[Theorem]) -> str:
    """The activation as a term, with the lemmas that the theorems name; alone where they name none."""
    used = " ".join(theorem.proof for theorem in theorems)
    if "sigma" not in used:
        return f"Definition sigma (z : R) : R := {expression(root)}."
    lines = definitions("sigma", root)
    unfolded = "sigma1 ev D add mul opp t_sigma"
    own = {
        "d_sigma": "Lemma d_sigma : forall t, is_derive sigma t (sigma1 t).\n"
        "Proof. exact (term_d t_sigma sigma ok_sigma sigma_same). Qed.",
        "d_sigma1": "Lemma d_sigma1 : forall t, is_derive sigma1 t (sigma2 t).\n"
        "Proof. exact (term_d1 t_sigma ok_sigma). Qed.",
        "c_sigma2": "Lemma c_sigma2 : forall t, continuous sigma2 t.\n"
        "Proof. exact (term_continuous2 t_sigma ok_sigma). Qed.",
        "sigma_0": "Lemma sigma_0 : sigma 0 = 0.\n"
        "Proof. rewrite <- sigma_same. cbv [ev t_sigma]. vanishes. Qed.",
        "slope_0": f"Lemma slope_0 : sigma1 0 <> 0.\nProof. cbv [{unfolded}]. at_the_origin. differ. Qed.",
    }
    return "\n\n".join([*lines, *(text for name, text in own.items() if name in used)])
