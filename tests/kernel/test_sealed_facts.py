"""A Fact cannot be made, altered or fed by anyone but a rule: forgeries, each refused."""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.kernel.certificate import certify
from proofkit.kernel.core import Conclusion, KernelError
from proofkit.kernel.exact import contradiction, exact, frozen, own_problem, thawed
from proofkit.kernel.facts import Fact, environment, infer
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate import terms
from proofkit.problem.data import is_measured, outer_from_seed, summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library, Workbench

TANH = Problem(Activation.of("tanh"), "squared")
SOFTPLUS = Problem(Activation.of("softplus"), "squared")


@pytest.fixture(scope="module")
def lipschitz(library: Library) -> Fact:
    """V4 of softplus by the Lipschitz route, which holds for lambda > G1 only."""
    proof = prove(SOFTPLUS, "lipschitz-threshold", library)
    fact = proof.fact("V4")
    assert fact is not None and fact.payload["route"] == "lipschitz"
    return fact


def test_a_fact_cannot_be_made_by_hand() -> None:
    made: list[Callable[[], object]] = [
        Fact,
        lambda: Fact("problem", "Villani", "L is Villani", "Villani", (), (), "kernel-checked"),  # type: ignore[call-arg]
        lambda: type("Mine", (Fact,), {}),
        lambda: type(Fact)("Mine", (Fact,), {}),
    ]
    for make in made:
        with pytest.raises(KernelError):
            make()


def test_an_object_of_the_class_that_no_rule_made_says_nothing(library: Library) -> None:
    hollow = object.__new__(Fact)
    for name in ("about", "claim", "statement", "rule", "premises", "constants", "payload"):
        with pytest.raises(KernelError, match="made"):
            getattr(hollow, name)
    with pytest.raises(KernelError, match="made"):
        hollow.levels()
    v = [prove(TANH, library=library).fact(name) for name in ("V1", "V2", "V3")]
    with pytest.raises(KernelError, match="made"):
        infer("Villani", TANH, (*v, hollow))


def test_an_equality_put_on_the_class_lends_no_content(lipschitz: Fact) -> None:
    hollow = object.__new__(Fact)
    changes = {"__eq__": lambda one, other: True, "__hash__": lambda fact: 0}
    try:
        for name, value in changes.items():
            type.__setattr__(Fact, name, value)
        made = Workbench(TANH, Library()).smooth()
        for fact in (hollow, object.__new__(Fact)):
            with pytest.raises(KernelError, match="made"):
                _ = fact.statement
        assert (made.claim, lipschitz.claim) == ("smooth", "V4")
    finally:
        for name in changes:
            type.__delattr__(Fact, name)


def test_a_new_object_at_the_place_of_a_fact_that_is_gone_says_nothing(library: Library) -> None:
    for _ in range(200):
        place = id(infer("smooth", TANH))
        hollow = object.__new__(Fact)
        with pytest.raises(KernelError, match="made"):
            _ = hollow.statement
        if id(hollow) == place:
            return
    pytest.skip("no object came to lie where a fact had been")


def test_a_fact_cannot_be_copied_or_pickled(library: Library) -> None:
    fact = Workbench(TANH, library).smooth()
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(KernelError):
            copied(fact)
    with pytest.raises((KernelError, TypeError)):
        replace(fact, statement="anything")  # type: ignore[type-var]


def test_a_fact_cannot_be_altered(lipschitz: Fact) -> None:
    said, payload = lipschitz.statement, lipschitz.payload_json()
    for alter in (
        lambda: setattr(lipschitz, "statement", "anything"),
        lambda: delattr(lipschitz, "statement"),
        lambda: object.__setattr__(lipschitz, "statement", "anything"),
        lambda: object.__setattr__(lipschitz, "payload", {"route": "bounded"}),
        lambda: setattr(Fact, "statement", "anything"),
        lambda: delattr(Fact, "statement"),
        lambda: vars(lipschitz),
        lambda: lipschitz.payload.__setitem__("route", "bounded"),  # type: ignore[attr-defined]
    ):
        with pytest.raises((KernelError, AttributeError, TypeError)):
            alter()
    # Copies, and what they are made of, are the caller's own.
    lipschitz.payload_json()["route"] = "bounded"
    for inner in gc.get_referents(lipschitz.payload):
        if isinstance(inner, dict):
            inner["route"] = "bounded"
    level = next(c for c in lipschitz.constants if c.name == "M")
    object.__setattr__(level, "hi", Fraction(0))
    assert (lipschitz.statement, lipschitz.payload_json()) == (said, payload)
    assert next(c for c in lipschitz.constants if c.name == "M").hi == 1


def test_an_altered_number_does_not_reach_the_fact(library: Library) -> None:
    fact = Workbench(TANH, library).enclosed("M1")
    (bound,) = (c for c in fact.constants if c.name == "M1")
    assert bound.hi is not None
    bound.hi._numerator = 0  # type: ignore[attr-defined]
    (again,) = (c for c in fact.constants if c.name == "M1")
    assert again.hi == 1 == environment([fact])["M1"].hi


def test_the_threshold_of_a_route_cannot_be_talked_away(lipschitz: Fact, library: Library) -> None:
    proof = prove(SOFTPLUS, "lipschitz-threshold", library)
    v = [proof.fact(name) for name in ("V1", "V2", "V3")]
    for inner in gc.get_referents(lipschitz.payload):
        if isinstance(inner, dict):
            inner |= {"route": "bounded", "threshold": "0"}
    fact = infer("Villani", SOFTPLUS, (*v, lipschitz))
    assert "lambda > G1" in fact.statement and fact.payload["threshold"] == "G1"


def test_plain_objects_are_no_premises() -> None:
    """Four objects with the right attributes are no facts about ReLU."""
    relu = Problem(Activation.of("relu"), "squared")
    names = ("V1", "V2", "V3", "V4")

    def forged(kind: type, name: str) -> Any:
        out = kind()
        content = {
            "about": relu.key,
            "claim": name,
            "statement": name,
            "rule": name,
            "premises": (),
            "constants": (),
            "evidence": "kernel-checked",
            "payload": {"route": "bounded", "threshold": "0"},
            "ancestors": lambda: iter(()),
        }
        for key, value in content.items():
            setattr(out, key, value)
        return out

    class Disguised:
        @property
        def __class__(self) -> type:  # type: ignore[override]
            return Fact

    for kind in (SimpleNamespace, Disguised):
        with pytest.raises(KernelError, match="not a Fact"):
            infer("Villani", relu, tuple(forged(kind, name) for name in names))


def test_rules_come_from_the_kernel_alone(library: Library) -> None:
    rule = replace(RULES["V2"], check=lambda step: Conclusion("V2: whatever"))
    with pytest.raises((KernelError, TypeError)):
        infer({"V2": rule}, "V2", TANH)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        RULES["V2"] = rule  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        RULES["V2"].check = rule.check  # type: ignore[misc]
    # Even a rule altered behind the table's back changes nothing.
    was = RULES["V2"].check
    object.__setattr__(RULES["V2"], "check", rule.check)
    try:
        fact = infer("V2", TANH, (infer("parameters", TANH),))
    finally:
        object.__setattr__(RULES["V2"], "check", was)
    assert "whatever" not in fact.statement


def test_results_do_not_come_from_the_caller(library: Library) -> None:
    lie = SimpleNamespace(points=10**6, comparisons=10**7, largest_difference="0")
    cache = {("tanh(z)", "squared"): lie}
    with pytest.raises(KernelError):
        infer("derivation", TANH, cache=cache)
    fact = infer("derivation", TANH)
    assert "1000000" not in fact.statement and not fact.payload


class _Always(Fraction):
    """A number that is below, above and equal to everything."""

    def __lt__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    __le__ = __lt__  # type: ignore[assignment]
    __ge__ = __gt__  # type: ignore[assignment]


class _Whole(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def test_numbers_of_ones_own_class_are_refused(library: Library) -> None:
    parameters = infer("parameters", TANH)
    for lam in (_Always(-1), _Whole(-1), 0.5, "1", True):
        with pytest.raises(KernelError):
            infer("V2", replace(TANH, lam=lam), (parameters,))
    with pytest.raises(KernelError):
        infer("asymptote", TANH, end=_Whole(1), slope=Fraction(0))
    with pytest.raises(KernelError):
        infer("asymptote", TANH, end=1, slope=_Always(1))
    altered = Fraction(1, 2)
    altered._denominator = -2  # type: ignore[attr-defined]
    with pytest.raises(KernelError, match="altered"):
        infer("asymptote", TANH, end=1, slope=altered)


class _Problem(Problem):
    @property
    def key(self) -> str:
        return TANH.key


def test_problems_of_ones_own_class_are_refused(library: Library) -> None:
    pretender = _Problem(Activation.of("relu"), "squared")
    with pytest.raises(KernelError, match="not a Problem"):
        infer("V1", pretender, (Workbench(TANH, library).smooth(),))
    shape = SimpleNamespace(activation=TANH.activation, key=TANH.key, activation_key="activation")
    with pytest.raises(KernelError, match="not a Problem"):
        infer("parameters", shape)  # type: ignore[arg-type]


class _Node(terms.Node):
    """A node that says it is another."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(TANH.activation.root)


def test_expressions_of_ones_own_class_are_refused(library: Library) -> None:
    relu = Activation.of("relu").root
    root = _Node(relu.op, relu.args, relu.value)
    with pytest.raises(KernelError):
        infer("smooth", replace(TANH, activation=Activation("tanh", root)))
    inner = terms.Node("exp", (terms.Node("z"),))
    object.__setattr__(inner, "args", [terms.Node("z")])
    with pytest.raises(KernelError, match="altered"):
        infer("smooth", replace(TANH, activation=Activation("exp", inner)))


def test_a_name_does_not_say_which_function_it_is() -> None:
    """An activation called tanh is what its expression says."""
    relu = Problem(Activation("tanh", Activation.of("relu").root), "squared")
    with pytest.raises(KernelError):
        infer("smooth", relu)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_text("a,b,y\n1,2,1\n-1,1,2\n3,-1,-1\n")
    return path


def test_rows_replaced_under_a_kept_digest_are_refused(rows: Path, library: Library) -> None:
    """The true rows span the plane; rows that do not would refute V2."""
    table = load_table(rows, "y")
    outer = outer_from_seed(2, 1)
    problem = Problem(Activation.of("tanh"), "squared", Fraction(0), None, summarise(table), outer)
    flat = tuple((row[0], 0) for row in table.rows)
    forged = replace(table, rows=flat)
    assert forged.digest == table.digest
    with pytest.raises(KernelError, match="not the problem's data"):
        infer("null direction", problem, table=forged, direction=[0, 1])
    for other in (
        replace(table, x_scale=-table.x_scale),
        replace(table, x_scale=2 * table.x_scale),
        replace(table, rows=table.rows[:-1]),
        replace(table, rows=table.rows[::-1]),
        replace(table, rows=tuple(tuple(-v for v in row) for row in table.rows)),
        replace(table, rows=tuple(row[::-1] for row in table.rows)),
        replace(table, labels=table.labels[::-1]),
        replace(table, features=table.features[::-1]),
    ):
        with pytest.raises(KernelError, match=r"rows"):
            infer("null direction", problem, table=other, direction=[0, 1])
    with pytest.raises(KernelError, match="not zero"):
        infer("null direction", problem, table=table, direction=[0, 1])


def test_constants_that_contradict_each_other_are_refused(rows: Path) -> None:
    data, outer = summarise(load_table(rows, "y")), outer_from_seed(3, 1)
    assert contradiction(data, outer) == ""
    low, high = data.Lambda_S
    big = Fraction(10**6)
    for change in (
        {"n": 0},
        {"d": -1},
        {"n": Fraction(3)},
        {"x_square_mean": data.B_x_squared + 1},
        {"x_square_mean": data.B_x_squared / 4},
        {"x_square_mean": Fraction(-1)},
        {"Lambda_S": (big, big)},
        {"Lambda_S": (low, big)},
        {"Lambda_S": (high, low)},
        {"Lambda_S": (Fraction(0), data.x_square_mean / 3)},
        {"Lambda_S": (low, high, high)},
        {"B_y": data.B_y + 1},
        {"y_min": data.y_max + 1},
        {"y_min": data.y_min - 7},
        {"y_max": data.y_max + 7},
        {"y_abs_mean": data.B_y + 1},
        {"y_abs_mean": Fraction(0)},
        {"y_square_mean": data.y_abs_mean**2 - 1},
        {"y_square_mean": data.B_y**2 + 1},
    ):
        forged = replace(data, **change)  # type: ignore[arg-type]
        assert contradiction(forged, outer), change
        with pytest.raises(KernelError):
            infer("parameters", replace(TANH, data=forged, outer=outer))
    for change in (
        {"p": 0},
        {"a_1": outer.a_1 * 2},
        {"a_inf": outer.a_inf * 2},
        {"a_inf": outer.a_inf / 9},
        {"a_2_squared": outer.a_2_squared * 9},
        {"a_2_squared": Fraction(0)},
        {"a_plus": outer.a_plus + 1},
        {"a_plus": -outer.a_plus, "a_minus": outer.a_1 + outer.a_plus},
        {"first_positive": None},
        {"first_positive": Fraction(-1, 9)},
        {"first_positive": outer.a_plus + 1},
        {"first_negative": Fraction(-9)},
    ):
        forged = replace(outer, **change)  # type: ignore[arg-type]
        assert contradiction(data, forged), change
        with pytest.raises(KernelError):
            infer("parameters", replace(TANH, data=data, outer=forged))


_NUMBERS = st.fractions(-9, 9, max_denominator=12)


@given(
    st.integers(1, 5).flatmap(
        lambda d: st.lists(st.lists(_NUMBERS, min_size=d + 1, max_size=d + 1), min_size=2)
    ),
    st.lists(_NUMBERS, min_size=1),
)
def test_constants_of_rows_never_contradict_each_other(
    body: list[list[Fraction]], weights: list[Fraction]
) -> None:
    from proofkit.reading.table import table_of

    names = tuple(f"x{i}" for i in range(len(body[0]) - 1))
    features, labels = (row[:-1] for row in body), (row[-1] for row in body)
    table = table_of(Path("rows"), "", names, "y", features, labels)
    assert contradiction(summarise(table), summarise_outer(weights, "weights", "")) == ""


def test_the_place_of_a_supremum_is_that_of_its_witness(library: Library) -> None:
    bound = library.facts_of(TANH).M[1]
    assert bound is not None
    infer("supremum", TANH, name="M2", bound=bound)
    for lie in ("7", "z -> oo", "every z", "nowhere", "__import__('os')"):
        with pytest.raises(KernelError, match="not reached"):
            infer("supremum", TANH, name="M2", bound=replace(bound, at=lie))


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_activation_is_read_back_from_its_text(name: str) -> None:
    problem = Problem(Activation.of(name), "squared")
    own = own_problem(problem)
    assert own.activation.root == problem.activation.root and own.key == problem.key


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=12,
    )
)
def test_payloads_are_frozen_and_come_back(value: Any) -> None:
    assert thawed(frozen(value), writable=True) == value
    assert hash(frozen(value)) is not None


@given(st.lists(st.fractions() | st.integers() | st.text(), max_size=5))
def test_exact_values_are_kept(value: list[Any]) -> None:
    assert exact(value) == tuple(value)


@pytest.mark.parametrize("value", [0.5, 1j, b"x", object(), {1: 2}, {"a": {2.0}}, range(3)])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(KernelError):
        exact(value)


def test_constants_that_no_rows_gave_are_replayed_and_prove_nothing(
    rows: Path, library: Library
) -> None:
    """A summary typed in, or read from a certificate: its facts say so, and certify nothing."""
    data, outer = summarise(load_table(rows, "y")), outer_from_seed(3, 1)
    typed = replace(data, Lambda_S=(data.Lambda_S[0], data.x_square_mean))
    problem = replace(TANH, data=data, outer=outer)
    other = replace(TANH, data=typed, outer=outer)
    assert is_measured(data) and not is_measured(typed)
    assert is_measured(replace(data, notes=("a line",))), "what is not compared is no constant"
    assert not infer("parameters", problem).as_recorded
    replayed = infer("parameters", other)
    assert replayed.as_recorded
    with pytest.raises(KernelError, match="another problem"):
        infer("V2", problem, (replayed,))
    proof = prove(other, library=library)
    assert proof.verdict == "PROVED"
    with pytest.raises(KernelError, match="typed in or read from a certificate"):
        certify(proof)
    assert certify(prove(problem, library=library)).verdict == "PROVED"


def test_the_problems_of_the_python_interface_are_proved(rows: Path, library: Library) -> None:
    """Their class adds methods to that of the kernel, which takes no other than its own."""
    import proofkit

    proof = proofkit.Problem("tanh", "squared").prove()
    assert proof.verdict == "PROVED"
    bound = proofkit.Problem("tanh", "squared").subs(lam="1/10").bind(str(rows), "y", width=4)
    assert bound.prove().certificate().verdict == "PROVED"
