"""The third opinion: is what an accepted mutant of a certificate states true?

It imports nothing of the kernel.  Numbers are judged by mpmath: suprema by Newton's method from
samples, formulas by their values, inequalities at random nets.  A claim is taken for true where the original makes it, or one
that says more of lambda and s; the inside of proofs (premises, covers) states nothing.  What a
verdict needs is looked up in a table of its own.

FALSE is said of what contradicts this, UNDECIDED of what nothing here can judge: claims about
another problem than that of the original, beyond their numbers.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.campaign.headline import headline, summary
from proofkit.campaign.judge import Judge, Quantity
from proofkit.campaign.losses import Phi
from proofkit.campaign.nets import Net, contradicted, random_nets
from proofkit.campaign.places import Json
from proofkit.campaign.scopes import narrower, scope_word
from proofkit.campaign.values import CONTEXT, NoValueError, number, value_of
from proofkit.campaign.words import FALSE, TRUE, UNCHANGED, UNDECIDED, WORST_FIRST

QUOTED = ("format", "version", "theorem", "notes", "open", "sources", "versions", "digest")
"""What a certificate quotes and nobody asserts."""

CITED = frozenset({"ContinuousConvergence", "DiscreteConvergence", "SpectralGap", "LangevinRate"})
"""The claims that rest on a cited theorem."""
QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "S0": Quantity(0, None, 0),
        "S_hi": Quantity(0),
        "S_lo": Quantity(0, None, -1),
        "M1": Quantity(1, None, 0),
        "M2": Quantity(2, None, 0),
        "M3": Quantity(3, None, 0),
        "fall": Quantity(1, None, -1),
    }
)
AT_ZERO: Mapping[str, int] = MappingProxyType({"sigma0": 0, "value": 0, "slope": 1})
"""Quantities at 0, of which only the value has a sign, with the derivative that they are."""
CHOSEN = frozenset({"kappa", "kappa_lo", "kappa_hi", "alpha", "omega", "M"})
"""Constants without a formula that a step chooses."""
OF_LOSS: Mapping[str, tuple[str, str | None] | None] = MappingProxyType(
    {
        "l1": ("M1", None),
        "l2": ("M2", None),
        "l_inf": ("S_lo", None),
        "l_0": ("value", None),
        "slope_0": ("slope", None),
        "eta": ("H_lo", "0"),
        "dip": ("fall", None),
        "zeta": None,
        "h_omega": None,
    }
)
"""Constants of phi, as quantities of a function of one variable where they are such."""
KINKED = ("Max(", "Min(", "Abs(", "sign(")


class Opinion:
    """On the mutants of one certificate."""

    def __init__(self, content: Json) -> None:
        self.content = content
        self._judges: dict[str, Judge] = {}
        self._nets: dict[str, list[Net]] = {}
        self._known: dict[tuple[str, str, str | None], tuple[Any, Any] | None] = {}

    def judge(self, mutant: Json, rows: Sequence[Sequence[Any]] | None = None) -> str:
        """UNCHANGED, TRUE, UNDECIDED or FALSE for a mutant that the checker calls valid.

        ``rows`` are the reader's, where the checker saw them; the name of the target and the digest
        of the rows are then no mere quotations.
        """
        words = {word for word, _ in self.words(mutant, rows)}
        return next((word for word in WORST_FIRST if word in words), UNCHANGED)

    def words(
        self, mutant: Json, rows: Sequence[Sequence[Any]] | None = None
    ) -> Iterator[tuple[str, str]]:
        """(word, about what) for everything that a mutant says otherwise than the original."""
        spec, old = (_named(c["problem"], rows) for c in (mutant, self.content))
        same = spec == old or _is_narrower_problem(spec, old)
        if spec != old:
            yield TRUE if same else self._problem(mutant["problem"], rows), "the problem"
        yield from self._steps(mutant, same)
        yield from summary(mutant)
        yield from headline(mutant, self.content)

    # -- the problem -------------------------------------------------------------------------------

    def _problem(self, spec: Json, rows: Sequence[Sequence[Any]] | None) -> str:
        """What another problem may be: a true enclosure, lambda or s of those before, or another."""
        old = self.content["problem"]
        if rows is None:
            return _possible(spec)
        changed = {**spec, "lambda": 0, "noise": 0, "data": 0}
        if changed != {**old, "lambda": 0, "noise": 0, "data": 0}:
            # Symbols in place of the reader's data, or another activation or loss that he gave none
            # of: another problem, whose claims are judged by themselves.
            return UNDECIDED if spec["data"] in (None, old["data"]) else FALSE
        if spec["data"] == old["data"]:
            return UNDECIDED
        if spec["data"] is None:
            return UNDECIDED
        without = [{**_named(s, rows)["data"], "Lambda_S": 0} for s in (spec, old)]
        if without[0] != without[1]:
            return FALSE
        return TRUE if encloses(spec["data"]["Lambda_S"], rows) else FALSE

    # -- steps -------------------------------------------------------------------------------------

    def _steps(self, mutant: Json, same: bool) -> Iterator[tuple[str, str]]:
        """The claims and constants of the steps; ``same`` where the problem is the original's."""
        known = [(_key(s), environment(self.content, s)) for s in self.content["steps"]]
        for step in mutant["steps"]:
            about = f"step {step['id']}"
            constants = environment(mutant, step)
            if same and (_key(step), constants) in known:
                continue
            yield _evidence(step), f"{about}: evidence"
            yield self._claim(step, mutant, same, constants), f"{about}: claim"
            yield from self._constants(step, mutant["problem"], constants)

    def _claim(self, step: Json, mutant: Json, same: bool, constants: Mapping[str, Json]) -> str:
        """Whether a claim is one of the original's, or says less, or is true by its numbers."""
        claim, spec = step["claim"], mutant["problem"]
        expression = spec["activation"]["expression"]
        if claim["is"] == "Enclosed":
            return self._enclosed(claim, expression)
        if claim["is"] == "LossBounds":
            return self._bounds_of_loss(claim, spec["loss"], constants)
        if claim["is"] == "OfLoss":
            return self._of_loss(claim, spec["loss"])
        if claim["is"] == "V1" and any(word in spec["loss"] for word in KINKED):
            return UNDECIDED  # whether the kink is reached is another question
        if claim["is"] in ("Smooth", "V1"):
            return FALSE if any(word in expression for word in KINKED) else TRUE
        if scope_word(claim, spec, constants) == FALSE or self._contradicted(
            claim, spec, constants
        ):
            return FALSE
        before = [s["claim"] for s in self.content["steps"]]
        if claim in before:
            return TRUE if same else UNDECIDED
        alike = [c for c in before if _unscoped(c) == _unscoped(claim)]
        if not alike:
            return UNDECIDED
        if any(narrower(claim["scope"], c["scope"], constants) for c in alike if "scope" in c):
            return TRUE if same else UNDECIDED
        return FALSE if same else UNDECIDED

    def _contradicted(self, claim: Json, spec: Json, constants: Mapping[str, Json]) -> bool:
        """True where a random net for all data does not satisfy a claim."""
        if spec["data"] is not None:
            return False
        one_sign = claim.get("scope", {}).get("one_sign", False)
        key = json.dumps(
            [spec["activation"], spec["loss"], spec["lambda"], spec["noise"], one_sign]
        )
        if key not in self._nets:
            judge = self._judge(spec["activation"]["expression"])
            self._nets[key] = list(random_nets(judge, spec, one_sign))
        return any(contradicted(claim, net, constants) for net in self._nets[key])

    def _judge(self, expression: str) -> Judge:
        if expression not in self._judges:
            self._judges[expression] = Judge(expression, seed=1)
        return self._judges[expression]

    def _enclosed(self, claim: Json, expression: str) -> str:
        """An enclosure of a quantity of the mutant's own activation, by mpmath."""
        found = self._value(expression, claim["quantity"], claim.get("parameter"))
        lo, hi = number(claim["lo"]), number(claim["hi"])
        if lo > hi:
            return FALSE
        if found is None:
            return UNDECIDED
        low, high = found
        if hi < low or lo > high:
            return FALSE
        exact = claim.get("exact")
        if exact is not None:
            try:
                if not low <= value_of(exact, {}) <= high:
                    return FALSE
            except NoValueError:
                return UNDECIDED
        return TRUE

    def _value(self, expression: str, name: str, parameter: str | None) -> tuple[Any, Any] | None:
        """Where a quantity of an activation lies, up to what the samples may miss of it."""
        key = (expression, name, parameter)
        if key not in self._known:
            self._known[key] = self._search(*key)
        return self._known[key]

    def _search(self, expression: str, name: str, parameter: str | None) -> tuple[Any, Any] | None:
        if any(word in expression for word in KINKED):
            return None
        if name == "S_alpha" and parameter is not None:
            expression, name = f"({expression}) - ({parameter})*z", "S0"
        judge = self._judge(expression)
        if name in AT_ZERO:
            at = judge.at(Fraction(0), 1)
            if at is None:
                return None
            value, slack = CONTEXT.mpf(at[AT_ZERO[name]]), CONTEXT.mpf(10) ** -30
            value = value if name == "value" else abs(value)
            return value - slack, value + slack
        quantity = QUANTITIES.get(name)
        if name in ("H", "H_hi", "H_lo") and parameter is not None:
            sign = {"H": 0, "H_hi": 1, "H_lo": -1}[name]
            quantity = Quantity(1, Fraction(parameter), sign)
        found = None if quantity is None else judge.largest(quantity)
        if found is None:
            return None
        best, z = CONTEXT.mpf(found[0]), found[1]
        far = abs(z) >= 1000
        slack = CONTEXT.mpf(10) ** -8 * (1 + abs(best)) if far else CONTEXT.mpf(10) ** -24
        if name in ("H_hi", "H_lo"):
            best = max(best, CONTEXT.mpf(0))
        if name == "S_lo":
            best = -best
        return best - slack, best + slack

    # -- the loss ----------------------------------------------------------------------------------

    def _bounds_of_loss(self, claim: Json, loss: str, constants: Mapping[str, Json]) -> str:
        """Whether the bounds of phi' and phi'' are those of the step's constants."""
        words = set()
        for key in ("l1", "l2"):
            if claim[key] is not None:
                if claim[key] != key or key not in constants:
                    return UNDECIDED
                words.add(self._constant_of_loss(constants[key], claim, loss))
        return next((word for word in WORST_FIRST if word in words), TRUE)

    def _of_loss(self, claim: Json, loss: str) -> str:
        """A supremum of phi over R, or phi(0)."""
        lo, hi = number(claim["lo"]), number(claim["hi"])
        found = self._value_of_loss(claim["quantity"], loss)
        if lo > hi:
            return FALSE
        if found is None:
            return self._at_samples(claim, loss)
        return FALSE if hi < found[0] or lo > found[1] else TRUE

    def _value_of_loss(self, name: str, loss: str) -> tuple[Any, Any] | None:
        """Where a constant of phi lies, as far as it is a quantity that is searched for."""
        known = OF_LOSS.get(name)
        if known is None:
            return None
        quantity, parameter = known
        found = self._value(Phi(loss).in_z, quantity, parameter)
        if found is None or name != "dip":
            return found
        zero = CONTEXT.mpf(0)
        return max(found[0], zero), max(found[1], zero)

    def _at_samples(self, claim: Json, loss: str) -> str:
        """FALSE where zeta or h_omega is exceeded at a sample."""
        high = number(claim["hi"])
        slack = CONTEXT.mpf(10) ** -12 * (1 + abs(high))
        for sample in self._judge(Phi(loss).in_z).samples:
            z = CONTEXT.mpf(sample.at)
            first, second = (CONTEXT.mpf(part) for part in sample.derivatives[1:3])
            if claim["quantity"] == "zeta":
                value = abs(z * second)
            else:
                value = first * (first - number(claim["parameter"]) * z)
            if value > high + slack:
                return FALSE
        return UNDECIDED

    def _constant_of_loss(self, one: Json, claim: Json, loss: str) -> str:
        """Whether an enclosure of a constant of phi is right: over R, unless the claim is about the
        arguments that W reaches, where the supremum may be smaller.
        """
        if one.get("lo") is None or one.get("hi") is None:
            return TRUE if one.get("lo") is None and one.get("hi") is None else FALSE
        if claim["is"] == "OfLoss":
            return self._of_loss({**claim, "lo": one["lo"], "hi": one["hi"]}, loss)
        lo, hi = number(one["lo"]), number(one["hi"])
        found = self._value_of_loss(one["name"], loss)
        if lo > hi:
            return FALSE
        if found is None:
            return UNDECIDED
        if claim.get("everywhere", False):
            return FALSE if hi < found[0] or lo > found[1] else TRUE
        if one["name"] == "slope_0":
            return FALSE if hi < found[0] or lo > found[1] else TRUE
        beyond = hi < found[0] if one["name"] == "l_inf" else lo > found[1]
        return FALSE if beyond else UNDECIDED

    def _constants(
        self, step: Json, spec: Json, constants: Mapping[str, Json]
    ) -> Iterator[tuple[str, str]]:
        """The constants that a step introduces: formulas by their values, suprema as above."""
        for one in step.get("constants", ()):
            about = f"step {step['id']}: {one['name']}"
            if one.get("formula") is not None:
                yield _formula(one, constants), about
            elif step["claim"]["is"] == "Enclosed" and one["name"] == step["claim"]["quantity"]:
                claim = {
                    **one,
                    "quantity": one["name"],
                    "parameter": step["claim"].get("parameter"),
                }
                yield self._enclosed(claim, spec["activation"]["expression"]), about
            elif one["name"] in OF_LOSS:
                yield self._constant_of_loss(one, step["claim"], spec["loss"]), about
            elif one["name"] in CHOSEN:
                yield _chosen(one, step), about
            else:
                yield _recorded(one, spec), about


# -- numbers ---------------------------------------------------------------------------------------


def encloses(ends: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """True where the largest eigenvalue of (1/n) sum x x^T lies between two numbers, by mpmath."""
    samples = [[number(str(v)) for v in row] for row in rows]
    x = CONTEXT.matrix(samples)
    top = max(CONTEXT.eigsy(x.T * x / len(rows), eigvals_only=True))
    low, high = map(number, ends)
    return bool(low - top < CONTEXT.mpf(10) ** -35 * top > top - high)


def environment(content: Json, step: Json) -> dict[str, Json]:
    """The constants that a step introduces and rests on, by name."""
    by_id = {s["id"]: s for s in content["steps"]}
    found: dict[str, Json] = {}
    waiting, seen = [step], {step["id"]}
    while waiting:
        one = waiting.pop()
        for constant in one.get("constants", ()):
            found.setdefault(constant["name"], constant)
        for name in one["premises"]:
            if name not in seen and name in by_id:
                seen.add(name)
                waiting.append(by_id[name])
    return found


def _formula(one: Json, constants: Mapping[str, Json]) -> str:
    """Whether an enclosure holds the value of its formula at the middles of what is in it."""
    names = {
        name: (number(c["lo"]) + number(c["hi"])) / 2
        for name, c in constants.items()
        if c.get("lo") is not None and c.get("hi") is not None
    }
    try:
        value = value_of(one["formula"], names)
    except NoValueError:
        return UNDECIDED if one.get("lo") is not None else TRUE
    if one.get("lo") is None:
        return TRUE  # it says less
    slack = CONTEXT.mpf(10) ** -30 * (1 + abs(value))
    return TRUE if number(one["lo"]) - slack <= value <= number(one["hi"]) + slack else FALSE


def _chosen(one: Json, step: Json) -> str:
    """Whether a number that a step may choose is the one in its claim, or a level >= 0."""
    if one.get("lo") is None or one.get("lo") != one.get("hi"):
        return FALSE
    if one["name"] == "M":
        return TRUE if Fraction(one["lo"]) >= 0 else FALSE
    return TRUE if one["lo"] == step["claim"].get("parameter") else FALSE


def _recorded(one: Json, spec: Json) -> str:
    """Whether a constant is the one of the problem."""
    named = {"lambda": spec["lambda"], "s": spec["noise"]}
    recorded = {**(spec["data"] or {}), **(spec["outer"] or {}), **named}.get(one["name"])
    if recorded is None:
        return TRUE if one.get("lo") is None and one.get("hi") is None else FALSE
    ends = recorded if isinstance(recorded, list) else [str(recorded)] * 2
    return TRUE if [one.get("lo"), one.get("hi")] == ends else FALSE


# -- problems --------------------------------------------------------------------------------------


def _named(spec: Json, rows: Sequence[Sequence[Any]] | None) -> Json:
    """A problem without its quotations: names, and what only the reader's rows are compared with."""
    out = copy.deepcopy(spec)
    out["activation"]["name"] = ""
    if out["data"] is not None:
        out["data"] |= {"source": "", "sha256": "", "features": len(out["data"]["features"])}
        if rows is None:
            out["data"] |= {"rows_sha256": "", "target": ""}
    outer = out["outer"]
    if outer is not None and not outer["source"].startswith("width "):
        outer |= {"source": "", "sha256": ""}
        for key in ("first_positive", "first_negative"):  # only their signs are used
            outer[key] = None if outer[key] is None else outer[key].startswith("-")
    return out


def _is_narrower_problem(spec: Json, old: Json) -> bool:
    """True where a problem names lambda or s and is otherwise the one that leaves it open."""
    keys = ("lambda", "noise")
    if spec["noise"] is not None and Fraction(spec["noise"]) <= 0:
        return False
    return {**spec, "lambda": 0, "noise": 0} == {**old, "lambda": 0, "noise": 0} and all(
        old[key] in (None, spec[key]) for key in keys
    )


def _possible(spec: Json) -> str:
    """Whether some data and weights have the constants that a problem records."""
    noise, data, outer = spec["noise"], spec["data"], spec["outer"]
    if (data is None) != (outer is None) or (noise is not None and Fraction(noise) <= 0):
        return FALSE
    if data is None or outer is None:
        return UNDECIDED
    low, high = map(Fraction, data["Lambda_S"])
    x2, y1, y2 = (Fraction(data[key]) for key in ("X2", "Y1", "Y2"))
    least, most = Fraction(data["y_min"]), Fraction(data["y_max"])
    size = max(abs(least), abs(most))
    a_1, a_2, a_inf = (Fraction(outer[key]) for key in ("a_1", "a_2_squared", "a_inf"))
    plus, minus = Fraction(outer["a_plus"]), Fraction(outer["a_minus"])
    possible = (
        data["n"] >= 1
        and data["d"] >= 1
        and low <= high
        and 0 <= x2 <= Fraction(data["B_x_squared"])
        and low <= x2 <= high * data["d"]
        and least <= most
        and size == Fraction(data["B_y"])
        and y1 * y1 <= y2 <= size * y1
        and y1 <= size
        and a_inf <= a_1 <= outer["p"] * a_inf
        and a_inf**2 <= a_2 <= a_inf * a_1
        and a_1 == plus + minus
        and min(plus, minus) >= 0
    )
    return UNDECIDED if possible else FALSE


# -- claims ----------------------------------------------------------------------------------------


def _key(step: Json) -> str:
    """What a step says, besides its constants."""
    return json.dumps([step["rule"], step["claim"], step["evidence"]], sort_keys=True)


def _evidence(step: Json) -> str:
    """Whether the level of a step is that of its kind."""
    level = "cited" if step["claim"]["is"] in CITED else "kernel-checked"
    return TRUE if step["evidence"] == level else FALSE


def _unscoped(claim: Json) -> Json:
    return {key: value for key, value in claim.items() if key != "scope"}
