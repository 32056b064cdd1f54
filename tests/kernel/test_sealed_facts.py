"""A Fact cannot be made, altered or fed by anyone but a rule: forgeries, each refused."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from proofkit.certificates import certify
from proofkit.kernel import claims, facts
from proofkit.kernel.claims import AnyLambda, LambdaAbove, Smooth, Villani
from proofkit.kernel.facts import Fact, environment, infer
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import Conclusion
from proofkit.kernel.objective.data import DataSummary, Outer, is_measured
from proofkit.kernel.objective.objective import Objective, own
from proofkit.kernel.proposals import AsymptoteProposal, DirectionProposal, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.problem.data import summarise, summarise_outer
from proofkit.reading.table import Table
from proofkit.tactics.prove import Proof, prove
from proofkit.tactics.workbench import Workbench, objective_of
from tests.kernel.nets import LIBRARY, MIXED, net, problem, rows

TANH = Objective(parse("tanh(z)"), resolve_loss("squared"))
RELU = Objective(parse("Max(z, 0)"), resolve_loss("squared"))
SOFTPLUS = problem("softplus")


def below(proof: Proof, kind: type[claims.Claim]) -> Fact:
    """The first fact of a kind below the goals of a proof."""
    return next(f for goal in proof.goals for f in goal.ancestors() if type(f.claim) is kind)


@pytest.fixture(scope="module")
def lipschitz() -> Fact:
    """V4 of softplus by the Lipschitz route, which holds for lambda > G1 only."""
    fact = below(prove(SOFTPLUS, "lipschitz-threshold", LIBRARY), claims.V4)
    assert isinstance(fact.claim, claims.V4)
    assert fact.claim.route == "lipschitz"
    return fact


def conditions() -> list[Fact]:
    """V1, V2 and V3 of tanh."""
    proof = prove(problem("tanh"), library=LIBRARY)
    return [below(proof, kind) for kind in (claims.V1, claims.V2, claims.V3)]


# -- the handle ------------------------------------------------------------------------------------


def test_a_fact_cannot_be_made_by_hand() -> None:
    made: list[Callable[[], object]] = [
        Fact,
        lambda: Fact("Villani", (), ()),  # type: ignore[call-arg]
        lambda: type("Mine", (Fact,), {}),
        lambda: type(Fact)("Mine", (Fact,), {}),
    ]
    for make in made:
        with pytest.raises(KernelError):
            make()


PROPERTIES = (
    "about",
    "about_activation",
    "claim",
    "rule",
    "premises",
    "constants",
    "proposal",
    "evidence",
)


def test_an_object_of_the_class_that_no_rule_made_says_nothing() -> None:
    hollow = object.__new__(Fact)
    for name in PROPERTIES:
        with pytest.raises(KernelError, match="made"):
            getattr(hollow, name)
    with pytest.raises(KernelError, match="made"):
        hollow.levels()
    with pytest.raises(KernelError, match="made"):
        environment([hollow])
    with pytest.raises(KernelError, match="made"):
        infer("Villani", TANH, (*conditions(), hollow))


def test_an_equality_put_on_the_class_lends_no_content(lipschitz: Fact) -> None:
    hollow = object.__new__(Fact)
    changes = {"__eq__": lambda one, other: True, "__hash__": lambda fact: 0}
    try:
        for name, value in changes.items():
            type.__setattr__(Fact, name, value)
        made = infer("smooth", TANH)
        for fact in (hollow, object.__new__(Fact)):
            with pytest.raises(KernelError, match="made"):
                _ = fact.claim
        assert isinstance(made.claim, Smooth)
        assert isinstance(lipschitz.claim, claims.V4)
    finally:
        for name in changes:
            type.__delattr__(Fact, name)


def test_a_new_object_at_the_place_of_a_fact_that_is_gone_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a kernel that holds no facts for others."""
    monkeypatch.setattr(facts, "RECENT", 0)
    record, made_by, _ = facts._kernel(RULES.values())
    # Kept, so that no hollow object is given the place of another one; where the next object comes
    # to lie is up to the allocator, so many facts are made and let go of.
    hollow: list[Fact] = []
    places: set[int] = set()
    for _ in range(200):
        places |= {id(fact) for fact in [made_by("smooth", TANH) for _ in range(50)]}
        hollow += [object.__new__(Fact) for _ in range(100)]
        with pytest.raises(KernelError, match="made"):
            record(hollow[-1])
        at_a_place = [forged for forged in hollow if id(forged) in places]
        if at_a_place:
            for forged in at_a_place:
                with pytest.raises(KernelError, match="made"):
                    record(forged)
            return
    pytest.fail("no object came to lie where a fact had been")


def test_a_fact_cannot_be_copied_or_pickled() -> None:
    fact = infer("smooth", TANH)
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(KernelError):
            copied(fact)
    with pytest.raises((KernelError, TypeError)):
        replace(fact, claim=Smooth())  # type: ignore[type-var]
    with pytest.raises(KernelError):
        fact.__replace__(claim=Smooth())
    with pytest.raises(KernelError):
        pickle.dumps([fact], protocol=5)


def test_plain_objects_are_no_premises() -> None:
    """Four objects with the right attributes are no facts about ReLU."""

    def forged(kind: type, claim: claims.Claim) -> Any:
        out = kind()
        content = {"about": "Max(z, 0)", "claim": claim, "rule": "V1", "premises": ()}
        for key, value in (content | {"constants": (), "evidence": "kernel-checked"}).items():
            setattr(out, key, value)
        return out

    class Disguised:
        @property
        def __class__(self) -> type:  # type: ignore[override]
            return Fact

    true = [fact.claim for fact in prove(problem("tanh"), library=LIBRARY).goals[0].premises]
    for kind in (SimpleNamespace, Disguised):
        with pytest.raises(KernelError, match="not a Fact"):
            infer("Villani", RELU, tuple(forged(kind, claim) for claim in true))


# -- what it says ----------------------------------------------------------------------------------


def test_a_fact_cannot_be_altered(lipschitz: Fact) -> None:
    said, constants = lipschitz.claim, lipschitz.constants
    for alter in (
        lambda: setattr(lipschitz, "claim", Smooth()),
        lambda: delattr(lipschitz, "claim"),
        lambda: object.__setattr__(lipschitz, "claim", Smooth()),
        lambda: object.__setattr__(lipschitz, "evidence", "Coq-checked"),
        lambda: object.__delattr__(lipschitz, "claim"),
        lambda: setattr(Fact, "claim", Smooth()),
        lambda: delattr(Fact, "claim"),
        lambda: vars(lipschitz),
        lambda: setattr(lipschitz, "__class__", SimpleNamespace),
    ):
        with pytest.raises((KernelError, AttributeError, TypeError)):
            alter()
    assert (lipschitz.claim, lipschitz.constants) == (said, constants)


def test_what_a_fact_hands_out_is_the_callers_own(lipschitz: Fact) -> None:
    """Claims and constants are copies, with copies in them."""
    claim = lipschitz.claim
    assert isinstance(claim, claims.V4)
    object.__setattr__(claim.scope, "lam", AnyLambda())
    object.__setattr__(claim.threshold, "value", "kappa")
    object.__setattr__(claim, "route", "bounded")
    level = next(c for c in lipschitz.constants if c.name == "M")
    object.__setattr__(level, "hi", Fraction(0))
    proposal = lipschitz.proposal
    object.__setattr__(proposal, "level", Fraction(-1))
    again = lipschitz.claim
    assert isinstance(again, claims.V4)
    assert (again.route, str(again.threshold)) == ("lipschitz", "G1")
    assert again.scope.lam == LambdaAbove(again.threshold)
    assert next(c for c in lipschitz.constants if c.name == "M").hi == 1
    assert str(lipschitz.proposal) == "LevelProposal(level=Fraction(1, 1))"


def test_the_threshold_of_a_route_cannot_be_talked_away(lipschitz: Fact) -> None:
    proof = prove(SOFTPLUS, "lipschitz-threshold", LIBRARY)
    v = [below(proof, kind) for kind in (claims.V1, claims.V2, claims.V3)]
    claim = lipschitz.claim
    assert isinstance(claim, claims.V4)
    object.__setattr__(claim, "threshold", parse("0"))
    object.__setattr__(claim.scope, "lam", LambdaAbove(parse("0")))
    for inner in gc.get_referents(claim.scope, claim, *lipschitz.constants):
        if isinstance(inner, Node):
            object.__setattr__(inner, "value", Fraction(0))
    fact = infer("Villani", objective_of(proof.problem), (*v, lipschitz))
    assert isinstance(fact.claim, Villani)
    assert str(fact.claim.threshold) == "G1"
    assert fact.claim.scope.lam == LambdaAbove(fact.claim.threshold)


def test_an_altered_number_does_not_reach_the_fact() -> None:
    fact = net("tanh").enclosed("M1")
    (bound,) = (c for c in fact.constants if c.name == "M1")
    assert bound.hi is not None
    bound.hi._numerator = 0  # type: ignore[attr-defined]
    (again,) = (c for c in fact.constants if c.name == "M1")
    assert again.hi == 1 == environment([fact])["M1"].hi


def test_the_record_of_a_fact_holds_nothing_that_can_be_altered() -> None:
    """Whoever reaches for what ``infer`` keeps finds builtins, classes and facts."""

    def altered(value: object) -> list[type]:
        if type(value) is tuple:
            return [kind for item in value for kind in altered(item)]
        fixed = isinstance(value, type) or type(value) in (str, int, bool, type(None), Fact)
        return [] if fixed else [type(value)]

    kept = facts._record(net("tanh").enclosed("M1"))
    assert altered(tuple(kept)) == []


# -- rules -----------------------------------------------------------------------------------------


def test_rules_come_from_the_kernel_alone() -> None:
    below = replace(TANH, lam=Fraction(-1))
    lie = Conclusion(claims.V2(claims.Scope(AnyLambda())))
    rule = replace(RULES["V2"], check=lambda step: lie)
    with pytest.raises((KernelError, TypeError)):
        infer({"V2": rule}, "V2", TANH)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        RULES["V2"] = rule  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        RULES["V2"].check = rule.check  # type: ignore[misc]
    # Even a rule altered behind the table's back changes nothing.
    was = RULES["V2"].check, RULES["V2"].premises
    object.__setattr__(RULES["V2"], "check", rule.check)
    object.__setattr__(RULES["V2"], "premises", ())
    try:
        with pytest.raises(KernelError, match="needs 2 premises"):
            infer("V2", below)
        with pytest.raises(KernelError, match="not above the threshold"):
            infer("V2", below, (infer("parameters", below), infer("infimum of the loss", below)))
    finally:
        object.__setattr__(RULES["V2"], "check", was[0])
        object.__setattr__(RULES["V2"], "premises", was[1])


def test_a_rule_takes_no_results_from_the_caller() -> None:
    with pytest.raises(TypeError):
        infer("derivation", TANH, cache={("tanh(z)", "squared"): True})  # type: ignore[call-arg]
    assert infer("derivation", TANH).proposal is None


def test_two_threads_make_the_facts_of_one() -> None:
    """Each thread leaves the working precision of the other as it may be, and no enclosure fails."""
    texts = [f"tanh({k}*z)/{k}" for k in range(1, 9)]
    alone = {text: net(text).enclosed("M2").constants for text in texts}
    found: dict[tuple[int, str], tuple[Constant, ...]] = {}
    errors: list[BaseException] = []

    def work(which: int) -> None:
        try:
            for text in texts if which else texts[::-1]:
                proposal = net(text).enclosed("M2").proposal
                assert isinstance(proposal, SupremumProposal)
                fact = infer(
                    "supremum", Objective(parse(text), resolve_loss("squared")), (), proposal
                )
                relu = Objective(parse(f"Max({text}, 0)"), resolve_loss("squared"))
                with pytest.raises(KernelError):
                    infer("smooth", relu)
                found[which, text] = fact.constants
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert found == {(which, text): alone[text] for which in (0, 1) for text in texts}


# -- what is handed in -----------------------------------------------------------------------------


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


class _Text(str):
    """A text that says it is any other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("tanh(z)")


@pytest.mark.parametrize("lam", [_Always(-1), _Whole(-1), 0.5, "1", True, 1])
def test_numbers_of_ones_own_class_are_refused(lam: Any) -> None:
    above = replace(TANH, lam=Fraction(1))
    assert infer(
        "V2", above, (infer("parameters", above), infer("infimum of the loss", above))
    ).claim
    with pytest.raises(KernelError):
        infer("parameters", replace(TANH, lam=lam))
    with pytest.raises(KernelError):
        infer("parameters", replace(TANH, noise=lam))
    with pytest.raises(KernelError):
        infer("asymptote", TANH, (), AsymptoteProposal(_Whole(1), Fraction(0)))
    with pytest.raises(KernelError):
        infer("asymptote", TANH, (), AsymptoteProposal(1, lam))


def test_altered_numbers_are_refused() -> None:
    altered = Fraction(1, 2)
    altered._denominator = -2  # type: ignore[attr-defined]
    with pytest.raises(KernelError, match="altered"):
        infer("asymptote", TANH, (), AsymptoteProposal(1, altered))
    altered._denominator = _Whole(2)  # type: ignore[attr-defined]
    with pytest.raises(KernelError, match="altered"):
        infer("parameters", replace(TANH, lam=altered))


def test_an_objective_that_is_altered_is_another_one() -> None:
    objective = replace(TANH, lam=Fraction(1))
    parameters = infer("parameters", objective)
    object.__setattr__(objective, "lam", Fraction(-1))
    with pytest.raises(KernelError, match="another problem"):
        infer("V2", objective, (parameters, infer("infimum of the loss", objective)))
    sigma = Node("tanh", (Node("z"),))
    objective = Objective(sigma, resolve_loss("squared"))
    smooth = infer("smooth", objective)
    for name in ("op", "args", "_hash"):
        object.__setattr__(sigma, name, getattr(RELU.sigma, name))
    with pytest.raises(KernelError, match="only C"):
        infer("smooth", objective)
    with pytest.raises(KernelError, match="another problem"):
        infer("V1", objective, (smooth,))


def test_the_objective_that_own_gives_is_the_callers_own() -> None:
    """ReLU is not smooth, whatever becomes of the tree that was made of its text."""
    for _ in range(2):
        mine = own(RELU).sigma
        for name in ("op", "args", "value", "_hash"):
            object.__setattr__(mine, name, getattr(TANH.sigma, name))
        with pytest.raises(KernelError, match="only C"):
            infer("smooth", Objective(parse("Max(z, 0)"), resolve_loss("squared")))
        assert own(RELU).sigma == parse("Max(z, 0)")


class _Objective(Objective):
    __slots__ = ()

    @property
    def sigma(self) -> Node:  # type: ignore[override]
        return TANH.sigma


def test_objectives_of_ones_own_class_are_refused() -> None:
    shape = SimpleNamespace(**{f.name: getattr(TANH, f.name) for f in fields(Objective)})
    for pretender in (shape, problem("tanh"), None, object.__new__(_Objective)):
        with pytest.raises(KernelError, match="not an Objective"):
            infer("parameters", pretender)  # type: ignore[arg-type]


class _Node(Node):
    """A node that says it is another."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(TANH.sigma)


def test_terms_of_ones_own_class_are_refused() -> None:
    root = _Node(RELU.sigma.op, RELU.sigma.args, RELU.sigma.value)
    with pytest.raises(KernelError):
        infer("smooth", Objective(root, resolve_loss("squared")))
    inside = Node("exp", (_Node("z"),))
    with pytest.raises(KernelError):
        infer("smooth", Objective(inside, resolve_loss("squared")))
    inner = Node("exp", (Node("z"),))
    object.__setattr__(inner, "args", [Node("z")])
    with pytest.raises(KernelError, match="altered"):
        infer("smooth", Objective(inner, resolve_loss("squared")))


@pytest.mark.parametrize(
    "sigma",
    [
        Node("tanh", ()),
        Node("num", (), Fraction(1)),
        Node("num", (), "z"),
        Node("num"),
        Node("name"),
        Node("name", (), Fraction(1)),
        Node("name", (), "k"),
        Node("z", (), Fraction(1)),
        Node("pow", (Node("z"),), None),
        Node("pow", (Node("z"),), "2"),
        Node("pow", (Node("z"),), Fraction(10**9)),
        Node("eval", (Node("z"),)),
        Node("z", (Node("z"),)),
        Node("exp", (Node("z"), Node("z"))),
        Node("Max", (Node("z"),)),
        Node("neg", (Node("z"), Node("z"))),
        Node("add", (Node("z"),)),
        Node("add", (Node("num", (), Fraction(1)), Node("num", (), Fraction(2)))),
    ],
)
def test_trees_that_no_text_denotes_are_refused(sigma: Node) -> None:
    with pytest.raises(KernelError):
        infer("smooth", Objective(sigma, resolve_loss("squared")))


@pytest.mark.parametrize(
    ("sigma", "text"),
    [
        (Node("name", (), "Max(z, 0)"), "Max(z, 0)"),
        (Node("name", (), "tanh(z)"), "tanh(z)"),
        (Node("2*exp", (Node("z"),)), "2*exp(z)"),
    ],
)
def test_the_text_of_a_tree_says_which_function_it_is(sigma: Node, text: str) -> None:
    """A tree that is none may have the text of another: facts are about what that denotes."""
    if text == "Max(z, 0)":
        with pytest.raises(KernelError, match="only C"):
            infer("smooth", Objective(sigma, resolve_loss("squared")))
    else:
        assert infer("smooth", Objective(sigma, resolve_loss("squared"))).about == text


def test_texts_of_ones_own_class_are_refused() -> None:
    disguised = Node("name", (), _Text("Max(z, 0)"))
    for objective in (
        Objective(disguised, resolve_loss("squared")),
        replace(TANH, loss=_Text("hinge")),
        replace(TANH, name=_Text("x")),
    ):
        with pytest.raises(KernelError):
            infer("smooth", objective)
    with pytest.raises(KernelError, match="no rule"):
        infer(_Text("smooth"), RELU)


def test_a_name_does_not_say_which_function_it_is() -> None:
    """An activation called tanh is what its expression says."""
    with pytest.raises(KernelError):
        infer("smooth", replace(RELU, name="tanh"))


def test_a_proposal_is_what_it_was_when_it_was_handed_in() -> None:
    objective = Objective(parse("tanh(z) + 1/5"), resolve_loss("squared"))
    proposal = AsymptoteProposal(1, Fraction(0))
    fact = infer("asymptote", objective, (), proposal)
    object.__setattr__(proposal, "end", -1)
    proposal.slope._numerator = 7  # type: ignore[attr-defined]
    assert fact.proposal == AsymptoteProposal(1, Fraction(0))
    assert isinstance(fact.claim, claims.Asymptote)
    assert (fact.claim.end, fact.claim.slope) == (1, 0)
    with pytest.raises(KernelError):
        infer("asymptote", objective, (), proposal)


class _Direction(DirectionProposal):
    __slots__ = ()

    @property
    def direction(self) -> tuple[int, ...]:  # type: ignore[override]
        return (0, 1)


def test_proposals_of_ones_own_class_are_refused() -> None:
    given = net("tanh", lam=0, outer=MIXED)
    pretender = object.__new__(_Direction)
    with pytest.raises(KernelError, match="no proposal of this kind"):
        infer("null direction", given.objective, (), pretender, rows("squared"))


# -- rows ------------------------------------------------------------------------------------------


FLAT = ((70, 0), (-40, 0), (150, 0))


def flat_net() -> Workbench:
    """A net whose data span a line: L does not grow across it for lambda = 0."""
    table = replace(rows("squared"), rows=FLAT)
    outer = summarise_outer(list(MIXED), "given", "")
    given = replace(problem("tanh", lam=0), data=summarise(table), outer=outer)
    return Workbench(given, LIBRARY, table)


def test_rows_replaced_under_a_kept_digest_are_refused() -> None:
    """The true rows span the plane; rows that do not would refute V2."""
    given, table = net("tanh", lam=0, outer=MIXED), rows("squared")
    across = DirectionProposal((0, 1))
    true = flat_net()
    assert infer("null direction", true.objective, (), across, true.table).claim
    with pytest.raises(KernelError, match="not zero"):
        infer("null direction", given.objective, (), across, table)
    for other in (
        replace(table, rows=FLAT),
        replace(table, x_scale=-table.x_scale),
        replace(table, x_scale=2 * table.x_scale),
        replace(table, rows=table.rows[:-1]),
        replace(table, rows=table.rows[::-1]),
        replace(table, rows=tuple(tuple(-v for v in row) for row in table.rows)),
        replace(table, rows=tuple(row[::-1] for row in table.rows)),
        replace(table, labels=table.labels[::-1]),
        replace(table, features=table.features[::-1]),
        replace(table, rows=tuple(tuple(map(float, row)) for row in table.rows)),
        replace(table, rows=tuple(tuple(map(_Whole, row)) for row in table.rows)),
    ):
        assert other.digest == table.digest
        with pytest.raises(KernelError):
            infer("null direction", given.objective, (), across, other)


def test_a_table_altered_after_a_step_changes_nothing() -> None:
    true = flat_net()
    assert true.table is not None
    table = replace(true.table)
    across = DirectionProposal((0, 1))
    fact = infer("null direction", true.objective, (), across, table)
    object.__setattr__(table, "rows", rows("squared").rows)
    assert isinstance(fact.claim, claims.Fails)
    with pytest.raises(KernelError, match="not the data's"):
        infer("null direction", true.objective, (), across, table)
    # What was shown with rows is not remembered for a step without them.
    with pytest.raises(KernelError, match="needs the rows"):
        infer("null direction", true.objective, (), across)


class _Table(Table):
    @property
    def rows(self) -> tuple[tuple[int, ...], ...]:  # type: ignore[override]
        return FLAT


def test_tables_of_ones_own_class_are_refused() -> None:
    true = flat_net()
    pretender = object.__new__(_Table)
    for table in (pretender, SimpleNamespace(rows=FLAT)):
        with pytest.raises(KernelError, match="not a Table"):
            infer(
                "null direction",
                true.objective,
                (),
                DirectionProposal((0, 1)),
                table,  # type: ignore[arg-type]
            )


# -- constants of data -----------------------------------------------------------------------------


def typed_in(data: DataSummary | None = None, outer: Outer | None = None) -> Objective:
    """The objective about the three samples, with other constants."""
    true = net("tanh", outer=MIXED).objective
    return replace(true, data=data or true.data, outer=outer or true.outer)


def test_classes_of_ones_own_hold_no_constants() -> None:
    true = net("tanh", outer=MIXED).objective
    assert true.data is not None

    class Data(DataSummary):
        """A summary of another class."""

    values = {f.name: getattr(true.data, f.name) for f in fields(DataSummary)}
    for data in (Data(**values), SimpleNamespace(**values), values):
        with pytest.raises(KernelError):
            infer("parameters", replace(true, data=data))  # type: ignore[arg-type]
    for change in ({"n": True}, {"n": _Whole(3)}, {"B_y": _Always(0)}, {"B_y": 1}):
        with pytest.raises(KernelError):
            infer("parameters", replace(true, data=replace(true.data, **change)))


def test_constants_that_no_rows_gave_certify_nothing() -> None:
    """A summary typed in, or read from a certificate: facts about it are about no rows."""
    given = problem("tanh", outer=MIXED)
    assert given.data is not None
    wide = replace(given.data, Lambda_S=(given.data.Lambda_S[0], given.data.x_square_mean))
    other = replace(given, data=wide)
    assert is_measured(given.data)
    assert not is_measured(wide)
    assert is_measured(replace(given.data, notes=("a line",))), (
        "what is not compared is no constant"
    )
    true = net("tanh", outer=MIXED)
    replayed = infer("parameters", typed_in(data=wide))
    with pytest.raises(KernelError, match="another problem"):
        elsewhere = replace(true.objective, lam=Fraction(1))
        infer("V2", elsewhere, (replayed, infer("infimum of the loss", elsewhere)))
    proof = prove(other, library=LIBRARY)
    assert proof.verdict == "PROVED"
    with pytest.raises(KernelError, match="typed in or read from a certificate"):
        certify(proof)
    assert certify(prove(given, library=LIBRARY)).verdict == "PROVED"


def test_the_problems_of_the_python_interface_are_proved(tmp_path: Path) -> None:
    import proofkit

    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n1,2,1\n-1,1,2\n3,-1,-1\n")
    assert proofkit.Problem("tanh", "squared").prove().verdict == "PROVED"
    given = proofkit.Problem("tanh", "squared").subs(lam="1/10").bind(str(path), "y", width=4)
    assert given.prove().certificate().verdict == "PROVED"
