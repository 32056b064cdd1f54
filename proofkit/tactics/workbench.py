"""What the tactics share: the facts of the activation and facts of the typed kernel, made once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from proofkit.errors import InputError, too_many_digits
from proofkit.kernel.claims import Enclosed
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.objective.reach import arguments_reached
from proofkit.kernel.proposals import LossProposal, Proposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.suprema import Interval, quantity, signs_of
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.tail import Mono
from proofkit.kernel.univariate.terms import KINKED, Node, walk
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.search.facts import Bound, Facts, Part, derive_facts, largest_of
from proofkit.search.proposals import TooLongError, supremum_proposal
from proofkit.search.supremum import supremum_on_its_scale
from proofkit.tactics.losses import LossSearch, UnknownError


class Stuck(Exception):
    """A tactic cannot go on; the message is the open obligation."""


# What leaves something open: a tactic that cannot go on, or a number out of its range.
UNDECIDED = (Stuck, ArithmeticError)


@dataclass
class Library:
    """Facts about activations, shared by the problems of one run."""

    budget: float = 20.0
    facts: dict[str, Facts] = field(default_factory=dict)
    kernel: dict[tuple[str, str], Fact] = field(default_factory=dict)
    about_losses: dict[tuple[Loss, str], Fact] = field(default_factory=dict)
    losses: dict[Loss, LossSearch] = field(default_factory=dict)

    def facts_of(self, problem: Problem) -> Facts:
        """The activation's facts, derived once."""
        text = problem.activation.text
        if text not in self.facts:
            self.facts[text] = derive_facts(problem.activation.root, budget=self.budget)
        return self.facts[text]

    def search_of(self, loss: Loss) -> LossSearch:
        """What is found of a loss, once."""
        if loss not in self.losses:
            self.losses[loss] = LossSearch(loss, self.budget)
        return self.losses[loss]


def objective_of(problem: Problem) -> Objective:
    """The problem as the kernel takes it."""
    return Objective(
        problem.activation.root,
        problem.loss,
        problem.lam,
        problem.noise,
        problem.data,
        problem.outer,
        problem.activation.name,
        problem.architecture,
    )


_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "S0": "sigma",
        "S_hi": "sigma",
        "S_lo": "sigma",
        "M1": "sigma'",
        "M2": "sigma''",
        "M3": "sigma'''",
        "H": "the Euler defect",
    }
)


@dataclass
class Workbench:
    """One problem: its facts, and kernel facts by name, each made at most once."""

    problem: Problem
    library: Library
    table: Table | None = None
    level: Fraction = Fraction(1)
    made: dict[str, Fact] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """The activation's facts."""
        return self.library.facts_of(self.problem)

    @property
    def objective(self) -> Objective:
        """The problem as the kernel takes it."""
        return objective_of(self.problem)

    def infer(
        self,
        rule: str,
        /,
        *premises: Fact,
        proposal: Proposal | None = None,
        rows: Table | None = None,
    ) -> Fact:
        """Apply a kernel rule; Stuck with its message when refused.

        Raises ValueError where the rule meets an integer with more digits than Python writes: that
        is said of the input, not of the claim.
        """
        try:
            return infer(rule, self.objective, premises, proposal, rows)
        except KernelError as error:
            if too_many_digits(error):
                raise ValueError(str(error)) from None
            raise Stuck(str(error)) from None

    def once(
        self,
        rule: str,
        /,
        *premises: Fact,
        proposal: Proposal | None = None,
        rows: Table | None = None,
    ) -> Fact:
        """Apply a rule without choices once per problem."""
        if rule not in self.made:
            self.made[rule] = self.infer(rule, *premises, proposal=proposal, rows=rows)
        return self.made[rule]

    def about_activation(self, rule: str, label: str, /, proposal: Proposal | None = None) -> Fact:
        """Apply a rule about the activation once per run."""
        known = self._known(label)
        if known is not None:
            return known
        fact = self.infer(rule, proposal=proposal)
        self.library.kernel[(self.problem.activation_key, label)] = fact
        return fact

    def parameters(self) -> Fact:
        """The constants of the problem."""
        return self.once("parameters")

    # -- the loss ------------------------------------------------------------------------------

    @property
    def search_of_loss(self) -> LossSearch:
        """What is found of the loss."""
        return self.library.search_of(self.objective.loss)

    def loss(self) -> Fact:
        """Bounds of l' and l'': those over R where the slope is bounded or sigma is not, else those
        over the arguments that W reaches.
        """
        if self.objective.loss.square is not None:
            return self.about_loss("loss", "loss")
        over_all: LossProposal | None = None
        why = ""
        try:
            over_all = self.search_of_loss.bounds()
        except UnknownError as error:
            why = str(error)
        if over_all is not None and over_all.slope is not None:
            return self.about_loss("loss", "loss", over_all)
        try:
            return self._where_reached("loss where it is reached", self._bounds_where_reached)
        except Stuck as stuck:
            if over_all is None:
                raise Stuck(f"{why}, and {stuck}") from None
            return self.about_loss("loss", "loss", over_all)

    def _bounds_where_reached(self, interval: Interval) -> Proposal:
        """Covers of phi' and phi'' over the arguments that W reaches."""
        return self.search_of_loss.bounds(interval)

    def floor(self) -> Fact:
        """A lower bound of every l_i: inf phi, over R or where it is reached."""
        if self.objective.loss.square is not None:
            return self.about_loss("infimum of the loss", "floor")
        try:
            lowest = self.search_of_loss.supremum("S_lo", None, "the infimum")
        except UnknownError as error:
            why = str(error)
        else:
            return self.about_loss("infimum of the loss", "floor", lowest)
        try:
            return self._where_reached("infimum where it is reached", self._lowest_where_reached)
        except Stuck as stuck:
            raise Stuck(f"{why}, and {stuck}") from None

    def _lowest_where_reached(self, interval: Interval) -> Proposal:
        """A cover of phi from below over the arguments that W reaches."""
        return self.search_of_loss.supremum("S_lo", interval, "the infimum")

    def _where_reached(self, rule: str, propose: Callable[[Interval], Proposal]) -> Fact:
        """A rule about phi where W reaches it, which needs a bounded sigma; without a proposal while
        data are symbols.
        """
        objective = self.objective
        if objective.symbolic:
            bound = self.enclosed("S0")
            return self.once(rule, self.parameters(), bound, bound)
        top, bottom = self.enclosed("S_hi"), self.enclosed("S_lo")
        try:
            interval = arguments_reached(objective, _claim(top), _claim(bottom))
            return self.once(rule, self.parameters(), top, bottom, proposal=propose(interval))
        except (UnknownError, KernelError) as error:
            raise Stuck(str(error)) from None

    def swing(self) -> Fact:
        """How much the loss varies over |f| <= F."""
        if self.objective.loss.square is not None:
            return self.once("swing of a square", self.parameters())
        try:
            return self.about_loss(
                "swing of a mirrored loss", "swing", self.search_of_loss.mirror()
            )
        except UnknownError:
            return self.once("swing of bounded slope", self.loss())

    def of_loss(self, quantity: str, parameter: Fraction | None = None) -> Fact:
        """One of eta, zeta, dip and h_omega."""
        try:
            proposal = self.search_of_loss.quantity(quantity, parameter)
        except UnknownError as error:
            raise Stuck(str(error)) from None
        label = quantity if parameter is None else f"{quantity} {parameter}"
        return self.about_loss("supremum of the loss", label, proposal)

    def restoring(self) -> Fact:
        """h_omega for a suitable omega: sup |phi''|, else twice that."""
        try:
            least = self.search_of_loss.omega()
        except UnknownError as error:
            raise Stuck(str(error)) from None
        try:
            return self.of_loss("h_omega", least)
        except Stuck:
            return self.of_loss("h_omega", 2 * least)

    def loss_at_zero(self) -> Fact:
        """phi(0)."""
        return self.about_loss("loss at zero", "l_0")

    def about_loss(self, rule: str, label: str, /, proposal: Proposal | None = None) -> Fact:
        """Apply a rule about the loss once per run."""
        key = (self.objective.loss, label)
        if key not in self.library.about_losses:
            self.library.about_losses[key] = self.infer(rule, proposal=proposal)
        return self.library.about_losses[key]

    def derivation(self) -> Fact:
        """The derivatives of L are those of the chain rule, for a loss with kinks where none of
        these is reached.
        """
        try:
            return self.once("derivation")
        except Stuck:
            if self.objective.symbolic or not has_kinks(self.objective.loss.phi):
                raise
            return self.once("derivation where it is reached", *self.reach())

    def reach(self) -> tuple[Fact, Fact, Fact]:
        """sigma is smooth, and its supremum and infimum: what bounds the arguments of phi."""
        return self.smooth(), self.enclosed("S_hi"), self.enclosed("S_lo")

    def v1_where_reached(self) -> Fact:
        """V1 for a loss whose kinks are out of reach."""
        if self.objective.symbolic:
            raise Stuck("the data are symbols")
        return self.once("V1 where it is reached", *self.reach())

    def smooth(self) -> Fact:
        """sigma is smooth."""
        return self.about_activation("smooth", "smooth")

    def at_zero(self) -> Fact:
        """|sigma(0)|."""
        return self.about_activation("value at zero", "sigma0")

    def enclosed(self, name: str) -> Fact:
        """An enclosure of one of S0, S_hi, S_lo, M1, M2, M3, H."""
        bound, parameter = self._found(name)
        label = _LABELS[name]
        if bound is None:
            raise Stuck(f"no bound of {label} was found{_because(self.facts, name)}")
        if bound.infinite:
            raise Stuck(
                f"{label} is unbounded: {bound.how}" if bound.how else f"{label} is unbounded"
            )
        return self._supremum(name, name, bound, parameter)

    def _found(self, name: str) -> tuple[Bound | None, Fraction | None]:
        """The bound of a quantity that the search has found, with its kappa; Stuck when there is
        none for a known reason.
        """
        facts = self.facts
        if name == "H":
            if facts.euler is None:
                raise Stuck(
                    facts.no_euler
                    or "the Euler defect of sigma is not known to be bounded" + _because(facts, "H")
                )
            return facts.euler.H, facts.euler.kappa
        if name in ("S0", "S_hi", "S_lo"):
            bound = facts.absolute if name == "S0" else facts.sup if name == "S_hi" else facts.inf
            grown = next((b for b in (facts.sup, facts.inf) if b is not None and b.infinite), None)
            if bound is None and grown is not None:
                raise Stuck(f"sigma is unbounded: {grown.how}")
            return bound, None
        return facts.M[int(name[1]) - 1], None

    def _known(self, label: str) -> Fact | None:
        """What a rule about the activation has concluded before in this run."""
        return self.library.kernel.get((self.problem.activation_key, label))

    def _supremum(self, name: str, label: str, bound: Bound, parameter: Fraction | None) -> Fact:
        """The enclosure that a bound with its covers proves; Stuck where a cover is missing."""
        known = self._known(label)
        if known is not None:
            return known
        try:
            proposal = supremum_proposal(self.problem.activation.root, name, bound, parameter)
        except TooLongError as error:
            raise InputError(f"a number has more digits than can be written: {error}") from None
        except OpenError as error:
            raise Stuck(f"rule supremum: {error}") from None
        return self.about_activation("supremum", label, proposal)

    def near_line(self) -> Fact:
        """sup |sigma - alpha*z| for the slope alpha > 0 that sigma has at both ends."""
        root = self.problem.activation.root
        slopes = {line_slope(root, end) for end in (1, -1)}
        alpha = slopes.pop()
        if slopes or alpha is None or alpha <= 0:
            raise Stuck("sigma does not stay close to a line of positive slope")
        return self._suprema("S_alpha", alpha)

    def fall(self) -> Fact:
        """sup -sigma'."""
        return self._suprema("fall")

    def euler_range(self) -> tuple[Fact, Fact]:
        """kappa_lo*sigma - H_lo <= z*sigma' <= kappa_hi*sigma + H_hi with 0 < kappa_lo <= kappa_hi."""
        euler = self.facts.euler
        if euler is not None and euler.kappa > 0:
            low = high = euler.kappa
        else:
            powers = {
                power
                for end in (1, -1)
                if (power := growth_power(self.problem.activation.root, end)) is not None
            }
            if not powers or min(powers) <= 0:
                raise Stuck("sigma does not grow like a power of z where it grows")
            # A power strictly on either side leaves room for terms of lower order.
            low, high = min(powers) / 2, max(powers) * 3 / 2
        return self._suprema("H_lo", low), self._suprema("H_hi", high)

    def _suprema(self, name: str, parameter: Fraction | None = None) -> Fact:
        """The enclosure of a quantity that the facts of the activation do not hold."""
        label = name if parameter is None else f"{name} {parameter}"
        known = self._known(label)
        if known is not None:
            return known
        root = self.problem.activation.root
        parts: list[Part] = []
        for sign in signs_of(name):
            q = quantity(root, name, parameter, sign)
            try:
                found = supremum_on_its_scale(q)
            except (OpenError, TailError) as error:
                raise Stuck(f"{name} is open: {error}") from None
            if found.upper is None:
                raise Stuck(f"{name} is infinite: {found.how}")
            parts.append(Part(q, None, None, found))
        return self._supremum(name, label, largest_of(name, parts), parameter)

    def residual(self) -> Fact:
        """|l'| <= rho for every W."""
        if self.objective.loss.square is None:
            return self.once("bounded slope", self.loss())
        names = ("S0", "S0") if self.problem.symbolic else ("S_hi", "S_lo")
        return self.once(
            "bounded residual", self.parameters(), *(self.enclosed(name) for name in names)
        )


def _claim(fact: Fact) -> Enclosed:
    claim = fact.claim
    assert type(claim) is Enclosed, "what an enclosure claims"
    return claim


def has_kinks(root: Node) -> bool:
    """True for a term with an Abs, a Max or a Min, which may have kinks."""
    return any(node.op in KINKED for node in walk(root))


def _lead(root: Node, end: int) -> tuple[Mono, Coef] | None:
    """The leading term of sigma at this end where it is c |z|^k, without exponentials and
    logarithms.
    """
    try:
        lead = Workspace(root, 0).settled(Quantity(root), end)[1].lead()
    except (OpenError, TailError, NotImplementedError):
        return None
    return None if lead is None or lead[0].phi or lead[0].i or lead[0].j else lead


def line_slope(root: Node, end: int) -> Fraction | None:
    """c where sigma ~ c z at this end with a rational c; None otherwise.  Only a suggestion."""
    lead = _lead(root, end)
    return (
        lead[1].rational * end
        if lead is not None and lead[0].k == 1 and lead[1].is_rational
        else None
    )


def growth_power(root: Node, end: int) -> Fraction | None:
    """k > 0 where |sigma| ~ c |z|^k at this end; None otherwise.  Only a suggestion."""
    lead = _lead(root, end)
    return Fraction(lead[0].k) if lead is not None and lead[0].k > 0 else None


def _because(facts: Facts, name: str) -> str:
    reasons = [o for o in facts.open if o.startswith((name, "domain", "growth"))] or list(
        facts.open
    )
    return f" ({reasons[0]})" if reasons else ""
