"""A certificate as a Coq file: the instance's constants, the library's theorems applied to them.

What the file proves is read off the file alone; which conditions of the certificate it
covers is said here and shown in the reports once coqc has accepted it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from proofkit.coq.activation import Lemmas, OutOfReach, above, library_lemmas, match, rational
from proofkit.coq.curved import Curved
from proofkit.coq.growth import Growth
from proofkit.coq.layers import about_layers
from proofkit.coq.losses import SQUARED, InCoq, KinkOfPhi, Own, in_coq, kink_of_phi
from proofkit.coq.tails import definitions, generated_lemmas, kink_lemmas, require_small
from proofkit.coq.theorem import Content, Theorem, universal
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.verdicts import NAMED
from proofkit.losses.catalogue import resolve
from proofkit.render.environment import coq_environment

ACTIVATION = ("M1", "M2", "H", "S0", "S_hi", "S_lo", "sigma0")
KINK_OF_PHI = "kink of phi"  # the kind of a refutation of V1
REACHED = "loss where it is reached"  # the rule that bounds phi' and phi'' on an interval
ROUTES = {
    "V4 bounded": "bounded",
    "V4 Euler": "euler",
    "V4 Lipschitz": "lipschitz",
    "V4 monotone": "monotone",
    "V4 line": "line",
    "V4 one-signed": "one-signed",
    "V4 if one-signed": "one-signed",
}
NINE = ("Lam", "X2", "Bx", "By", "Y1", "Y2", "a1", "a2", "ainf")  # the constants of the record Data
MARGIN = Fraction(1, 10**7)  # derived constants are rounded up by this much, relatively


@dataclass(frozen=True)
class Script:
    """A Coq file and what it is about.

    ``conditions`` are those of V1-V4 that the file decides, ``theorems`` its
    theorems in words, ``missing`` what of the certificate it does not prove and why.
    """

    text: str
    conditions: tuple[str, ...]
    theorems: tuple[str, ...]
    missing: tuple[str, ...]
    matched: bool = False


def render(certificate: Mapping[str, Any], name: str, generated: bool = False) -> Script:
    """The Coq file of a valid certificate; OutOfReach when nothing of it can be proved.

    ``name`` is a label for the header, any text.  With ``generated`` the library's
    own activations are not tried: what looks like one of them at a few points may be
    written so differently that coqc does not see that it is the same.
    """
    found = (
        about_layers(certificate, library=not generated)
        if certificate["problem"].get("layers")
        else _about_one_layer(certificate, generated)
    )
    if not found.theorems:
        raise OutOfReach("; ".join(found.missing))
    text = (
        coq_environment()
        .get_template("certificate.v.j2")
        .render(
            name=name,
            digest=certificate["digest"],
            statement=certificate["statement"],
            problem=certificate["problem"],
            modules=found.modules,
            lemmas=found.lemmas,
            loss_lemmas=found.loss_lemmas,
            theorems=found.theorems,
            conjunction=_conjunction([t.name for t in found.theorems]),
            missing=found.missing,
            data=found.data,
        )
    )
    return Script(
        text,
        found.conditions,
        tuple(t.words for t in found.theorems),
        found.missing,
        found.matched,
    )


def _about_one_layer(certificate: Mapping[str, Any], generated: bool) -> Content:
    """What the file of a net of one trained layer under a fixed row of outer weights consists of."""
    writer = _Writer(certificate, generated)
    theorems, conditions, missing = writer.theorems()
    return Content(
        lemmas=writer.lemmas.text,
        theorems=tuple(theorems),
        conditions=tuple(conditions),
        missing=tuple(missing),
        loss_lemmas=writer.loss_text,
        matched=writer.matched,
        data=writer.data,
    )


def _conjunction(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"(conj {names[0]} {_conjunction(names[1:])})"


def _route_of(rule: str) -> str:
    """The route of the library that a rule of V4 is; OutOfReach for one that it does not have."""
    if rule not in ROUTES:
        raise OutOfReach(f"the rule {rule} is not in the Coq library")
    return ROUTES[rule]


_NAMED = {
    "M1": "sup |sigma'|",
    "M2": "sup |sigma''|",
    "H": "sup |z sigma' - kappa sigma|",
    "S0": "sup |sigma|",
    "sigma0": "|sigma(0)|",
}


@dataclass(frozen=True)
class _LossBounds:
    """Bounds of |l'| and |l''| in Coq, tactics that prove them as S1 and S2, and what they need."""

    slope: str
    curvature: str
    tactics: str
    hypotheses: list[str] = field(default_factory=list)
    variables: str = ""


_OF_THE_RISK = ("G", "K", "G0", "G1", "A", "B", "C", "D", "E", "lambda_alpha")
_SCALED_NAME = re.compile(r"\b(lam|s|M)\b", re.ASCII)


def _bound_names(variables: str) -> list[str]:
    """The variables of ``(x : R) (y a : R)``, in order."""
    return [name for group in re.findall(r"\(([\w ]+) :", variables) for name in group.split()]


def _divided(certificate: Mapping[str, Any], factor: Fraction) -> dict[str, Any]:
    """The certificate of c times the squared loss as one of the squared loss: what is linear in the
    loss is divided by c, lambda and s too.
    """
    problem = dict(certificate["problem"])
    problem["loss"] = SQUARED.text
    for key in ("lambda", "noise"):
        if problem[key] is not None:
            problem[key] = str(Fraction(problem[key]) / factor)
    constants = dict(certificate["constants"])
    for name in _OF_THE_RISK:
        ends = {end: constants[name][end] for end in ("lo", "hi")} if name in constants else {}
        if all(ends.values()):
            constants |= (
                {
                    name: {
                        **constants[name],
                        **{e: str(Fraction(v) / factor) for e, v in ends.items()},
                    }
                }
                if ends
                else {}
            )
    return {**certificate, "problem": problem, "constants": constants}


class _Writer:
    """Reads a certificate and writes the theorems that it instantiates."""

    def __init__(
        self,
        certificate: Mapping[str, Any],
        generated: bool = False,
        times: Fraction = Fraction(1),
    ) -> None:
        self.content = certificate
        self.generated = generated
        self.times = times  # the loss of whom the words speak is so many times that of the file
        self.problem = certificate["problem"]
        self.constants = certificate["constants"]
        self.rules = [s["rule"] for s in certificate["steps"]]
        self.lam = None if self.problem["lambda"] is None else Fraction(self.problem["lambda"])
        self.noise = None if self.problem["noise"] is None else Fraction(self.problem["noise"])
        self.data = self._data() if self.problem["data"] is not None else None
        self.lemmas = self._lemmas(generated)
        self.loss_in_coq = self._loss()
        self.passed = self._passed()

    # -- constants -----------------------------------------------------------------------------

    def _pair(self, name: str) -> tuple[Fraction, Fraction] | None:
        c = self.constants.get(name)
        return (
            None
            if c is None or c["lo"] is None or c["hi"] is None
            else (Fraction(c["lo"]), Fraction(c["hi"]))
        )

    def _lemmas(self, generated: bool) -> Lemmas:
        root = parse(str(self.problem["activation"]["expression"]))
        kink = next((s for s in self.content["steps"] if s["rule"] == "kink"), None)
        if kink is not None:
            return Lemmas(kink_lemmas(root, str(kink["payload"]["at"])))
        if self._kink_of_phi() is not None:
            require_small(root)
            return Lemmas("\n\n".join(definitions("sigma", root)))
        given = {n: pair for n in ACTIVATION if (pair := self._pair(n)) is not None}
        kappa = self._pair("kappa")
        found = None if generated else match(root)
        if found is not None:
            return library_lemmas(root, found, given, None if kappa is None else kappa[0])
        return generated_lemmas(root, given, None if kappa is None else kappa[0])

    def _loss(self) -> InCoq | str:
        """The loss as the file writes it, or why it cannot."""
        given = {n: pair for n in ("l1", "l2") if (pair := self._pair(n)) is not None}
        try:
            everywhere = REACHED not in self.rules
            loss = resolve(str(self.problem["loss"]))
            return in_coq(loss, given, everywhere=everywhere, library=not self.generated)
        except OutOfReach as error:
            return f"the loss: {error}"

    @property
    def loss(self) -> InCoq:
        """The loss; OutOfReach where the library cannot say what it is."""
        if isinstance(self.loss_in_coq, str):
            raise OutOfReach(self.loss_in_coq)
        return self.loss_in_coq

    @property
    def matched(self) -> bool:
        """True when sigma or phi is taken for a function of the library."""
        loss = self.loss_in_coq
        return self.lemmas.found is not None or (isinstance(loss, InCoq) and loss.matched)

    @property
    def loss_text(self) -> str:
        """The block of the file about phi; "" where it has none."""
        return "" if isinstance(self.loss_in_coq, str) else self.loss_in_coq.lemmas

    def _own(self, what: str) -> Own:
        """What the library has for this loss alone; OutOfReach for a loss without such theorems."""
        if self.loss.own is None:
            raise OutOfReach(
                f"{what} is in the Coq library for the squared and the logistic loss only"
            )
        return self.loss.own

    def _require_square(self, what: str) -> None:
        """OutOfReach for any loss but the squared one."""
        own = self.loss.own
        if own is None or not own.square:
            raise OutOfReach(f"{what} is in the Coq library for the squared loss only")

    def _data(self) -> dict[str, str]:
        """The numbers of the record Data, in Coq."""
        d, o = self.problem["data"], self.problem["outer"]
        S = Fraction(d["Lambda_S"][1])
        return {
            "n": str(int(d["n"])), "d": str(int(d["d"])), "p": str(int(o["p"])),
            "Lam": rational(S), "X2": rational(Fraction(d["X2"])), "Bx": f"(sqrt {rational(Fraction(d['B_x_squared']))})", "By": rational(Fraction(d["B_y"])),
            "Y1": rational(Fraction(d["Y1"])), "Y2": rational(Fraction(d["Y2"])), "y_min": rational(Fraction(d["y_min"])), "y_max": rational(Fraction(d["y_max"])),
            "a1": rational(Fraction(o["a_1"])), "a2": f"(sqrt {rational(Fraction(o['a_2_squared']))})", "ainf": rational(Fraction(o["a_inf"])),
            "a_plus": rational(Fraction(o["a_plus"])), "a_minus": rational(Fraction(o["a_minus"])),
        }  # fmt: skip

    def _above(self, name: str, margin: Fraction = MARGIN, times: Fraction = Fraction(1)) -> str:
        """The rational that stands for a derived constant: its upper end and a margin, ``times`` a
        number.
        """
        pair = self._pair(name)
        assert pair is not None
        return rational(times * above(pair[1] + margin * abs(pair[1])))

    def constant(self, name: str) -> str:
        """A proved rational of the activation; OutOfReach when there is none."""
        if name not in self.lemmas.constants:
            reason = self.lemmas.reasons.get(name)
            raise OutOfReach(f"no lemma bounds {_NAMED[name]}{f': {reason}' if reason else ''}")
        return rational(self.lemmas.constants[name])

    # -- statements ----------------------------------------------------------------------------

    def theorems(self) -> tuple[list[Theorem], list[str], list[str]]:
        """Theorems, conditions they decide, and what is missing."""
        claim, verdict = self.content["claim"], self.content["verdict"]
        out: list[Theorem] = []
        conditions: list[str] = []
        missing: list[str] = []

        def attempt(make: Any, *names: str) -> None:
            try:
                made = make()
                if made.name not in {t.name for t in out}:
                    out.append(made)
                conditions.extend(n for n in names if n not in conditions)
            except OutOfReach as error:
                if str(error) not in missing:
                    missing.append(str(error))

        if claim not in NAMED or verdict == "UNKNOWN":
            return [], [], ["the certificate decides nothing"]
        if claim == "dissipativity" and not self._is_villani():
            attempt(self.smooth, "V1")
            attempt(self.confining, "V2")
            attempt(self.integrable, "V3")
        elif verdict == "PROVED" and claim != "escaping":
            rule = self._villani_route()
            attempt(lambda: self.villani(_route_of(rule)), "V1", "V2", "V3", "V4")
            attempt(self.confining, "V2")
            attempt(lambda: self.radius(_route_of(rule)))
            if "V4" not in conditions:
                attempt(self.smooth, "V1")
                attempt(self.integrable, "V3")
        if claim == "sgd-discrete" and verdict == "PROVED":
            attempt(self.hessian)
        if claim in ("sgd-continuous", "sgd-discrete"):
            missing.append("the convergence theorem itself is cited (arXiv:2004.06977)")
        if claim.startswith("rate-") or claim == "dissipativity":
            missing.append(
                "the constants of dissipativity and of the rate are not in the Coq library"
            )
        if "V2 fails" in {s["claim"] for s in self.content["steps"]}:
            attempt(self.smooth, *(["V1"] if verdict == "REFUTED" else []))
            attempt(self.refuted, *(["V2"] if verdict == "REFUTED" else []))
        positive = any(
            s["claim"] == "V2" for s in self.content["steps"]
        )  # V2 and V3 are for lambda > 0
        if "V4 fails" in {s["claim"] for s in self.content["steps"]}:
            attempt(self.smooth, "V1")
            if positive:
                attempt(self.confining, "V2")
                attempt(self.integrable, "V3")
            known = {"mirrored units": self.mirrored, "escaping critical points": self.escaping}
            attempt(
                next((make for rule, make in known.items() if rule in self.rules), self.unreached),
                "V4",
            )
        if "V1 fails" in {s["claim"] for s in self.content["steps"]}:
            passes = self._kink_of_phi() is not None
            attempt(self.kink_of_the_loss if passes else self.kinked, "V1")
            if positive:
                attempt(self.confining, "V2")
        return out, conditions, missing

    def _is_villani(self) -> bool:
        """True when a step says that L is Villani."""
        return any(s["claim"] in ("Villani", "Villani if one sign") for s in self.content["steps"])

    def _villani_route(self) -> str:
        """The rule of the V4 step that the Villani step rests on."""
        steps = {s["id"]: s for s in self.content["steps"]}
        final = next(
            s for s in self.content["steps"] if s["claim"] in ("Villani", "Villani if one sign")
        )
        return next(
            steps[p]["rule"]
            for p in final["premises"]
            if steps[p]["claim"] in ("V4", "V4 if one sign")
        )

    def _binders(self) -> tuple[str, str, str, list[str]]:
        """Quantified variables of the problem, the text of lambda, of s, and the hypotheses on
        them.
        """
        names = "(x : nat -> nat -> R) (y a : nat -> R)"
        variables = names if self.data else f"(n p d : nat) {names}"
        hypotheses = [] if self.data else ["(0 < n)%nat"]
        lam, s = "lam", "s"
        if self.lam is None:
            variables += " (lam : R)"
            hypotheses.append("0 < lam")
        else:
            lam = rational(self.lam)
        if self.noise is None:
            variables += " (s : R)"
            hypotheses.append("0 < s")
        else:
            s = rational(self.noise)
        if self.loss.classifies:
            hypotheses.append("signs n y")
        return variables, lam, s, hypotheses

    def _objective(self, lam: str) -> str:
        return f"(objective n p d x y a {lam} sigma {self.loss.function})"

    def _any(self) -> str:
        """The activation and the loss, as the theorems about any loss take them."""
        loss = self.loss
        return (
            f"sigma sigma1 sigma2 {self.constant('M1')} {self.constant('M2')} activation "
            f"{loss.function} {loss.slope} {loss.curvature} {loss.smooth}"
        )

    def _everywhere(self) -> tuple[str, str, str]:
        """Tactics that establish S1 and S2, the bounds of l' and l'' over all of R, and the bounds."""
        loss = self.loss
        assert loss.slope_bound is not None
        assert loss.curvature_bound is not None
        L1, L2 = rational(loss.slope_bound), rational(loss.curvature_bound)
        tactics = "".join(
            f"assert ({name} : forall i t, (i < n)%nat -> Rabs ({of} (y i) t) <= {bound}) by "
            f"({proof}). "
            for name, of, bound, proof in (
                ("S1", loss.slope, L1, loss.slope_tactics),
                ("S2", loss.curvature, L2, loss.curvature_tactics),
            )
        )
        return tactics, L1, L2

    def _theorem(
        self,
        name: str,
        words: str,
        variables: str,
        hypotheses: list[str],
        conclusion: str,
        proof: str,
    ) -> Theorem:
        return universal(name, words, variables, tuple(hypotheses), conclusion, proof)

    def villani(self, route: str) -> Theorem:
        """The universal statement along the certificate's route."""
        if self._times(route):
            return self._times_squared("villani", lambda squared: squared.villani(route))
        line = self._near_line(route) if route in ("monotone", "line") else None
        variables, lam, s, hypotheses = self._binders()
        if route not in ("bounded", "one-signed"):
            self._require_square(f"the route {route}")
        conclusion = f"Villani p d {self._objective(lam)} {s}"
        when = "every lambda > 0" if self.lam is None else f"lambda = {self.lam * self.times}"
        noise = "every s > 0" if self.noise is None else f"s = {self.noise * self.times}"
        times = "" if self.times == 1 else f"{self.times} "
        if route == "one-signed":
            own = self._own("the route for outer weights of one sign")
            curved, tactics = self._curved()
            words = (
                f"for any data and outer weights of one sign, {when} and "
                f"{noise}, the objective is a Villani function"
            )
            proof = (
                f"intros. {tactics} apply (villani_{own.name}_sign sigma _ _ {curved.numbers} "
                f"Cur); auto; try lra; try lia."
            )
            return self._theorem(
                "villani", words, variables, [*hypotheses, "one_sign p a"], conclusion, proof
            )
        apply = (
            f"apply (villani_{{}} sigma sigma1 sigma2 {self.constant('M1')} "
            f"{self.constant('M2')} activation"
        )
        tail = ""
        if route == "bounded":
            tail, proof = self._villani_bounded(lam, s)
        elif line is not None and route == "line":
            tail, slope, S, fall = line
            threshold = f"{slope} * {fall}"
            if self.data is None:
                variables += " (Lam a2 : R)"
                Lam, a2 = "Lam", "a2"
                when = (
                    f"every lambda > {times}alpha fall a_2^2 Lambda_S" if self.lam is None else when
                )
                hypotheses += [
                    "(forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v)", "0 <= Lam", "0 <= a2", "Sum p (fun j => (a j)^2) <= a2^2",
                    f"{threshold} * a2^2 * Lam < {lam}",
                ]  # fmt: skip
            else:
                Lam, a2 = self.data["Lam"], self.data["a2"]
                top = self._above("lambda_alpha")
                when = (
                    f"every lambda > lambda_alpha, lambda_alpha <= {self._above('lambda_alpha', times=self.times)}"
                    if self.lam is None
                    else when
                )
                hypotheses += [self._record(), f"{top} < {lam}"]
                tail += (
                    f"assert (Hab : {threshold} * {a2}^2 * {Lam} <= {top}) by numeric. destruct "
                    f"Dat. "
                )
            proof = (
                f"{apply.format('squared_fall')} n p d x y a {lam} {s} {slope} {S} {fall} {Lam} "
                f"{a2}); first [exact Hline | exact Hfall | assumption | lra | lia]"
            )
        elif line is not None:
            tail, slope, S, _ = line
            proof = (
                f"{apply.format('squared_line')} n p d x y a {lam} {s} {slope} {S}); first "
                f"[exact Hline | exact Hrise | lra | lia]"
            )
        elif route == "euler":
            if self.lemmas.kappa is None:
                self.constant("H")
                raise OutOfReach(
                    "no lemma bounds z sigma' - kappa sigma for this activation and kappa"
                )
            H = self.constant("H")
            if self.lemmas.kappa == 0:
                proof = (
                    f"{apply.format('squared_euler_zero')} n p d x y a {lam} {s} {H}); auto "
                    f"using euler_defect; try lra; try lia"
                )
            else:
                proof = (
                    f"{apply.format('squared_euler')} n p d x y a {lam} {s} "
                    f"{rational(self.lemmas.kappa)} {H}); auto using euler_defect; try lra; try "
                    f"lia"
                )
        else:
            M1 = self.constant("M1")
            if self.data is None:
                variables += " (Lam a2 : R)"
                when = (
                    f"every lambda > G1 = {times}M1^2 a_2^2 Lambda_S" if self.lam is None else when
                )
                hypotheses += [
                    "(forall v, mean n (fun i => (dot d v (x i))^2) <= Lam * dot d v v)", "0 <= Lam", "0 <= a2",
                    "Sum p (fun j => (a j)^2) <= a2^2", f"{M1}^2 * a2^2 * Lam < {lam}",
                ]  # fmt: skip
                proof = (
                    f"{apply.format('squared_lipschitz')} n p d x y a {lam} {s} Lam a2); auto; "
                    f"try lra; try lia"
                )
            else:
                if "G1" not in self.constants:
                    raise OutOfReach("the certificate has no G1")
                if self.lam is None:
                    top = self._above("G1", times=self.times)
                    when = f"every lambda > G1, G1 <= {top}"
                d = self.data
                hypotheses = [h for h in hypotheses if h != "0 < lam"]
                hypotheses += [self._record(), f"{self._above('G1')} < {lam}"]
                tail = (
                    f"assert (HG : {M1}^2 * {d['a2']}^2 * {d['Lam']} <= {self._above('G1')}) by "
                    f"numeric. assert (0 <= {M1}^2 * {d['a2']}^2 * {d['Lam']}) by numeric. "
                    f"destruct Dat. "
                )
                proof = (
                    f"{apply.format('squared_lipschitz')} n p d x y a {lam} {s} {d['Lam']} "
                    f"{d['a2']}); auto; try lra; try lia"
                )
        words = (
            f"for any "
            f"{'data' if self.data is None or route not in ('lipschitz', 'line') else 'data within the constants'} "
            f"and outer weights, {when} and "
            f"{noise}, the objective is a Villani function"
        )
        start = f"intros. {_NAMES}" if tail and route not in ("monotone", "bounded") else "intros."
        return self._theorem(
            "villani", words, variables, hypotheses, conclusion, f"{start} {tail}{proof}."
        )

    def _times(self, route: str) -> bool:
        """True where the theorem follows from that of the squared loss, l being c times it."""
        return self.loss.factor is not None and route != "bounded"

    def _times_squared(self, name: str, make: Callable[[_Writer], Theorem]) -> Theorem:
        """A theorem about c times the squared loss, from that of the squared loss for lambda/c, s/c
        and, where there is a level M, M/c.
        """
        factor = self.loss.factor
        assert factor is not None
        squared = make(_Writer(_divided(self.content, factor), self.generated, factor))
        c = rational(factor)
        _, lam, s, _ = self._binders()
        kept = {"0 < lam", "0 < s", "0 <= M"}
        hypotheses = [
            h if h in kept else _SCALED_NAME.sub(rf"(\1 / {c})", h) for h in squared.hypotheses
        ]
        arguments = " ".join(
            f"({n} / {c})" if n in ("lam", "s", "M") else n for n in _bound_names(squared.variables)
        )
        conclusion = {
            "villani": f"Villani p d {self._objective(lam)} {s}",
            "radius": f"M <= v4_expression p d {self._objective(lam)} {s} W",
        }[name]
        level = " M W" if name == "radius" else ""
        first = "exact (dat_n Dat)" if name == "radius" else "first [assumption | lia]"
        numbers = "".join(
            f"replace ({text} / {c}) with {rational(value / factor)} by field. "
            for text, value in ((lam, self.lam), (s, self.noise))
            if value is not None
        )
        proof = (
            f"intros. {_NAMES if name == 'radius' else ''} "
            f"apply ({'v4' if name == 'radius' else 'villani'}_square phi {c} ltac:(lra) phi_square "
            f"n p d x y a {lam} sigma {s}{level}); [{first}|lra|]. {numbers}"
            f"apply ({name}_squared {arguments}); first [assumption | lra | lia]."
        )
        before = f"Lemma {name}_squared : {squared.statement}.\nProof. {squared.proof} Qed.\n\n"
        theorem = self._theorem(
            name, squared.words, squared.variables, hypotheses, conclusion, proof
        )
        return replace(theorem, before=before)

    def _villani_bounded(self, lam: str, s: str) -> tuple[str, str]:
        """Tactics before, and the application: a loss of bounded slope, or a bounded activation."""
        if self.loss.lipschitz:
            tactics, L1, L2 = self._everywhere()
            lemma, more, goals = "villani_slope", f"{L1} {L2} S1 S2", _GOALS
        elif "S0" in self.lemmas.constants:
            tactics, lemma, more, goals = "", "villani_reach", self.constant("S0"), _BOUNDED_GOALS
        else:
            raise OutOfReach(self._why_not_bounded())
        return tactics, f"apply ({lemma} {self._any()} n p d x y a {lam} {s} {more}); {goals}"

    def _why_not_bounded(self) -> str:
        """Why neither the slope of the loss nor sigma is bounded by a lemma."""
        reasons = [self.loss.reasons[n] for n in ("l1", "l2") if n in self.loss.reasons]
        return reasons[0] if reasons else "no lemma bounds the slope of the loss, nor sup |sigma|"

    def _curved(self) -> tuple[Curved, str]:
        """The constants of the route for outer weights of one sign, and tactics that establish them
        as Cur.
        """
        pairs = {
            name: self._pair(name) for name in ("M2", "m_0", "kappa_lo", "kappa_hi", "H_lo", "H_hi")
        }
        if any(pair is None for pair in pairs.values()):
            raise OutOfReach("the certificate lacks a constant of the activation")
        top = {name: pair[1] for name, pair in pairs.items() if pair is not None}
        curved = Curved(
            top["M2"], top["m_0"], top["kappa_lo"], top["kappa_hi"], max(top["H_lo"], top["H_hi"])
        )
        return curved, curved.lemma(parse(str(self.problem["activation"]["expression"])))

    def _near_line(self, route: str) -> tuple[str, str, str, str]:
        """Tactics that establish Hline, and Hrise or Hfall; slope, bound of sigma z - slope z, and
        fall; OutOfReach where the library has no lemma.
        """
        found = self.lemmas.found
        steep = found is not None and found.b is not None and abs(found.b) > 1
        if (
            found is None
            or found.known.line is None
            or (steep and (route == "monotone" or found.known.fall is None))
        ):
            raise OutOfReach(
                "no lemma says that this activation is close to a line and how far its slope falls"
            )
        A, c = rational(found.A), rational(found.c)
        slope, (S, near, rise) = (
            rational(found.A * found.c),
            (found.text(t) for t in found.known.line),
        )
        before, fall = "1", "0"
        if found.scaled:
            S, near, before = f"Rabs {A} * ({S})", f"near_scaled, {near}", f"{A} * {c} * 1"
        if route == "line" and found.known.fall is not None:
            pair = self._pair("fall")
            if pair is None:
                raise OutOfReach("the certificate does not say how far the slope falls")
            depth, lemma = (found.text(t) for t in found.known.fall)
            fall = rational(pair[1])
            slopes = (
                f"assert (Hfall : forall t, - {fall} <= sigma1 t) by (intros t; unfold "
                f"sigma1; apply Rle_trans with (- ({depth})); "
                f"[unfold Rabs; destruct Rcase_abs; lra|apply {lemma}]). "
            )
        else:
            if found.scaled:
                rise = f"unfold sigma1; apply rise_scaled; [intros u; {rise}|lra]"
            slopes = f"assert (Hrise : forall t, 0 <= sigma1 t) by (intros t; {rise}). "
        tactics = (
            f"assert (Hline : near_line sigma {slope} ({S})) by (apply (near_ext _ _ ({before}) "
            f"_ _ sigma_same); [lra|apply {near}]). {slopes}"
        )
        return tactics, slope, f"({S})", fall

    def _record(self) -> str:
        """The hypothesis that the data and outer weights lie within the constants."""
        if self.data is None:
            return "Data n p d x y a Lam X2 Bx By Y1 Y2 a1 a2 ainf"
        d = self.data
        return "Data n p d x y a " + " ".join(d[k] for k in NINE)

    def confining(self) -> Theorem:
        """V2 with its radius."""
        variables = (
            "(x : nat -> nat -> R) (y a : nat -> R)"
            if self.data
            else "(n p d : nat) (x : nat -> nat -> R) (y a : nat -> R)"
        )
        hypotheses = [] if self.data else ["(0 < n)%nat"]
        lam = "lam" if self.lam is None else rational(self.lam)
        if self.lam is None:
            variables += " (lam : R)"
            hypotheses.append("0 < lam")
        low = self.loss.low
        if low is None:
            return self._coercive(variables, lam, hypotheses)
        variables += " (M : R) (W : weights)"
        above = "M" if low == 0 else f"(M - {rational(low)})"
        hypotheses += [f"{rational(low)} <= M", f"sqrt (2 * {above} / {lam}) <= frob p d W"]
        lemma, more = (
            ("any_confining_0", "") if low == 0 else ("any_confining", f" {rational(low)}")
        )
        proof = (
            f"intros. apply ({lemma} sigma {self.loss.function} n p d x y a {lam}{more} M W); "
            f"first [assumption | lra | lia | solve [{self.loss.low_tactics}]]."
        )
        words = "L >= M once r >= sqrt(2 M/lambda)"
        if low:
            words = f"L >= M once r >= sqrt(2 (M {'+' if low < 0 else '-'} {abs(low)})/lambda)"
        return self._theorem(
            "confining", words, variables, hypotheses, f"M <= {self._objective(lam)} W", proof
        )

    def _coercive(self, variables: str, lam: str, hypotheses: list[str]) -> Theorem:
        """V2 without a radius, where no lemma says how far down phi goes."""
        loss = self.loss
        hypotheses = [*hypotheses, *(["signs n y"] if loss.classifies else [])]
        tactics, lemma, more, goals = self._without_low("V2")
        proof = f"intros. {tactics}apply ({lemma} n p d x y a {lam} {more}); {goals}."
        return self._theorem(
            "coercive",
            "V2 for any data",
            variables,
            hypotheses,
            f"V2 p d {self._objective(lam)}",
            proof,
        )

    def _without_low(self, condition: str) -> tuple[str, str, str, str]:
        """Tactics, lemma, its last arguments and tactics for the goals left, for V2 or V3 of a loss of
        bounded slope, or of a bounded activation.
        """
        loss = self.loss
        if loss.lipschitz and {"M1", "M2"} <= set(self.lemmas.constants):
            tactics, L1, _ = self._everywhere()
            return tactics, f"slope_{condition} {self._any()}", f"{L1} S1", _GOALS
        S0 = self.constant("S0")
        functions = f"{loss.function} {loss.slope} {loss.curvature}"
        smooth = "" if condition == "V2" else "smooth_sigma "
        return (
            "",
            f"reach_{condition} sigma {functions} {smooth}{loss.smooth}",
            S0,
            _BOUNDED_GOALS,
        )

    def integrable(self) -> Theorem:
        """V3 for a smooth activation."""
        variables, lam, s, hypotheses = self._binders()
        loss = self.loss
        if loss.low is not None:
            hypotheses = [h for h in hypotheses if h != "signs n y"]
            proof = (
                f"intros. apply (any_V3 sigma {loss.function} {loss.slope} {loss.curvature} "
                f"smooth_sigma {loss.smooth} n p d x y a {lam} {s} {rational(loss.low)}); "
                f"first [assumption | lra | lia | solve [{loss.low_tactics}]]."
            )
        else:
            tactics, lemma, more, goals = self._without_low("V3")
            proof = f"intros. {tactics}apply ({lemma} n p d x y a {lam} {s} {more}); {goals}."
        words = "V3 for any data: the integrals of exp(-2 L/s) over cubes stay bounded"
        return self._theorem(
            "integrable", words, variables, hypotheses, f"V3 p d {self._objective(lam)} {s}", proof
        )

    def radius(self, route: str) -> Theorem:
        """The explicit radius r_0(M) beyond which the V4 expression is at least M."""
        if self._times(route):
            return self._times_squared("radius", lambda squared: squared.radius(route))
        variables, lam, s, hypotheses = self._binders()
        hypotheses = [h for h in hypotheses if h != "(0 < n)%nat"] + [self._record(), "0 <= M"]
        variables += (
            " (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R)" if self.data is None else ""
        ) + " (M : R) (W : weights)"
        d = self.data or {k: k for k in NINE}
        N = "(INR p * INR d)"
        if route == "one-signed":
            return self._radius_one_signed(variables, lam, s, hypotheses, d)
        if route != "bounded":
            self._require_square(f"the route {route}")
        M1, M2 = self.constant("M1"), self.constant("M2")
        nine = " ".join(d[k] for k in NINE)
        squared = f"sigma sigma1 sigma2 {M1} {M2} activation n p d x y a {lam} {s} {nine} Dat"
        conclusion = f"M <= v4_expression p d {self._objective(lam)} {s} W"
        pre = ""
        if route == "bounded":
            bounds = self._bounds_of_the_loss(d, nine)
            pre, rho, l2 = bounds.tactics, bounds.slope, bounds.curvature
            variables = variables.replace(" (M : R)", f"{bounds.variables} (M : R)")
            hypotheses += bounds.hypotheses
            G, K = (
                f"(G {d['Lam']} {d['a2']} {M1} {rho})",
                f"(K {d['X2']} {d['a1']} {d['a2']} {M1} {M2} {rho} {l2})",
            )
            arguments = f"{self._any()} n p d x y a {lam} {s} {nine} Dat {rho} {l2} S1 S2"
            final = self._final("v4_any", arguments, ["lra", "lra", "lra"])
            if self.data is None:
                radius = f"radius_bounded {lam} {s} {G} ({K} + {lam} * {N}) M"
            else:
                g, k = self._above("G"), self._above("K")
                radius = f"radius_bounded {lam} {s} {g} ({k} + {lam} * {N}) M"
                pre += (
                    f"assert (HG : {G} <= {g}) by (unfold G; numeric). assert (HK : {K} <= "
                    f"{k}) by (unfold K; numeric). "
                    f"pose proof (radius_bounded_mono {lam} {s} {G} ({K} + {lam} * {N}) M "
                    f"{g} ({k} + {lam} * {N}) ltac:(lra) ltac:(lra) HG ltac:(lra)) as Hmono. "
                )
        elif route == "euler":
            if self.lemmas.kappa is None:
                self.constant("H")
                raise OutOfReach(
                    "no lemma bounds z sigma' - kappa sigma for this activation and kappa"
                )
            kappa, H, s0 = self.lemmas.kappa, self.constant("H"), self.constant("sigma0")
            if kappa == 0:
                C, D = (
                    f"(C_zero {d['By']} {d['a1']} {s0} {H})",
                    f"(D_zero {d['Lam']} {d['a1']} {d['a2']} {M1} {H})",
                )
                lemma, arguments = "v4_squared_euler_zero", f" {H} {s0}"
            else:
                C, D = f"(C_euler {d['a1']} {rational(kappa)} {H} {d['Y1']} {d['Y2']})", "0"
                lemma, arguments = "v4_squared_euler", f" {rational(kappa)} {H} {s0}"
            A, B = (
                f"(A {d['X2']} {d['Bx']} {d['a1']} {d['a2']} {M1} {M2})",
                f"(B {d['X2']} {d['By']} {d['a1']} {d['a2']} {M1} {M2} {s0})",
            )
            goals = [
                "lra",
                "lra",
                "lra",
                *(["lra"] if kappa else []),
                "exact euler_defect",
                "exact sigma_0",
            ]
            final = self._final(lemma, squared + arguments, goals)
            if self.data is None:
                radius = (
                    f"Rmax 1 (radius_quadratic {lam} {s} ({C} + {D}) {A} ({B} + {lam} * {N}) M)"
                )
                final = "unfold radius_euler in *; " + final
            else:
                e, ra, rb = self._above("E"), self._above("A"), self._above("B")
                radius = f"Rmax 1 (radius_quadratic {lam} {s} {e} {ra} ({rb} + {lam} * {N}) M)"
                pre = (
                    f"assert (HE : 0 <= {C} + {D} <= {e}) by (unfold C_euler, C_zero, "
                    f"D_zero, gam; split; numeric). "
                    f"assert (HA : 0 <= {A} <= {ra}) by (unfold A; split; numeric). assert "
                    f"(HB : {B} <= {rb}) by (unfold B; numeric). "
                    f"pose proof (radius_quadratic_mono {lam} {s} ({C} + {D}) {A} ({B} + "
                    f"{lam} * {N}) M {e} {ra} ({rb} + {lam} * {N}) ltac:(lra) ltac:(lra) "
                    f"ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as Hmono. "
                )
                final = self._final(
                    lemma,
                    squared + arguments,
                    goals,
                    "unfold radius_euler; apply Rmax_lub; [eapply Rle_trans; [|exact Hr]; "
                    "apply Rmax_l|eapply Rle_trans; [exact Hmono|]; eapply Rle_trans; "
                    "[|exact Hr]; apply Rmax_r]",
                )
        elif route in ("monotone", "line"):
            pre, slope, S, fall = self._near_line(route)
            s0 = self.constant("sigma0")
            A, B = (
                f"(A {d['X2']} {d['Bx']} {d['a1']} {d['a2']} {M1} {M2})",
                f"(B {d['X2']} {d['By']} {d['a1']} {d['a2']} {M1} {M2} {s0})",
            )
            Q, J = (
                f"(Q_line {lam} {d['Lam']} {d['a2']} {M1} {slope})",
                f"(J_line {lam} {d['Lam']} {d['By']} {d['a1']} {d['a2']} {M1} {slope} {S})",
            )
            more, lemma = f"{slope} {S}", "line"
            if route == "line":
                Q = f"(Q_fall {lam} {d['Lam']} {d['a2']} {M1} {slope} {fall})"
                J = (
                    f"(J_fall {lam} {d['Lam']} {d['By']} {d['a1']} {d['a2']} {M1} {slope} {S} "
                    f"{fall})"
                )
                more, lemma = f"{more} {fall}", "fall"
                hypotheses.append(f"{slope} * {fall} * {d['a2']}^2 * {d['Lam']} < {lam}")
            radius = f"radius_quadratic {lam} ({s} * {Q}^2) {J} {A} ({B} + {lam} * {N}) M"
            final = (
                f"apply (v4_squared_{lemma} {squared} {more} {s0} M W); first [exact Hline | "
                f"exact Hrise | exact Hfall | exact sigma_0 | exact Hr | assumption | lra]."
            )
        else:
            s0 = self.constant("sigma0")
            G1, G0 = (
                f"(G1 {d['Lam']} {d['a2']} {M1})",
                f"(G0 {d['Lam']} {d['By']} {d['a1']} {d['a2']} {M1} {s0})",
            )
            A, B = (
                f"(A {d['X2']} {d['Bx']} {d['a1']} {d['a2']} {M1} {M2})",
                f"(B {d['X2']} {d['By']} {d['a1']} {d['a2']} {M1} {M2} {s0})",
            )
            hypotheses = [h for h in hypotheses if h != "0 < lam"] + [f"{G1} < {lam}"]
            radius = f"radius_quadratic ({lam} - {G1}) {s} {G0} {A} ({B} + {lam} * {N}) M"
            final = self._final(
                "v4_squared_lipschitz", f"{squared} {s0}", ["lra", "lra", "exact sigma_0", "lra"]
            )
        hypotheses.append(f"{radius} <= frob p d W")
        words = (
            f"the expression of V4 is at least M once r >= r_0(M), explicitly, along the {route} "
            f"route, for data and outer weights within the constants"
        )
        script = f"intros. {_NAMES} {pre}{final}"
        return self._theorem("radius", words, variables, hypotheses, conclusion, script)

    def _radius_one_signed(
        self, variables: str, lam: str, s: str, hypotheses: list[str], d: Mapping[str, str]
    ) -> Theorem:
        curved, tactics = self._curved()
        own = self._own("the route for outer weights of one sign")
        parts = tuple(
            rational(q) for q in (curved.M2, curved.m0, curved.kappa_lo, curved.kappa_hi, curved.h)
        )
        C, A, B = own.one_signed(parts, d)
        hypotheses = [
            *hypotheses,
            "one_sign p a",
            f"radius_sign {lam} {s} {parts[2]} {A} {B} {C} (INR p * INR d) M <= frob p d W",
        ]
        nine = " ".join(d[k] for k in NINE)
        proof = (
            f"intros. {_NAMES} {tactics} apply (v4_{own.name}_sign sigma _ _ "
            f"{curved.numbers} Cur n p d x y a {nine} Dat) with (lam := {lam}) (s := {s}); "
            "first [assumption | lra]."
        )
        words = (
            "the expression of V4 is at least M once r >= r_0(M), explicitly, for data within "
            "the constants and outer weights of one sign within theirs"
        )
        return self._theorem(
            "radius",
            words,
            variables,
            hypotheses,
            f"M <= v4_expression p d {self._objective(lam)} {s} W",
            proof,
        )

    def _final(self, lemma: str, arguments: str, goals: list[str], radius: str = "") -> str:
        """Apply a theorem about the radius: its side goals in order, the radius last."""
        last = radius or (
            "first [exact Hr | eapply Rle_trans; [exact Hmono|exact Hr]]"
            if self.data
            else "exact Hr"
        )
        return f"apply ({lemma} {arguments} M W); [{' | '.join([*goals, last])}]."

    def _bounds_of_the_loss(
        self, d: Mapping[str, str], nine: str, by_range: bool = True
    ) -> _LossBounds:
        """The bounds of |l'| and |l''| for every sample and every W, proved as S1 and S2.

        Over all of R where lemmas say so; else where a bounded activation lets the argument go.
        For given data ``by_range`` takes the range of sigma and the signs of the outer weights.
        """
        loss = self.loss
        if loss.lipschitz:
            tactics, L1, L2 = self._everywhere()
            for_all = "(fun (V : weights) i Hi => {} i (net p d x a sigma V i) Hi)"
            for name in ("S1", "S2"):
                tactics += f"pose proof {for_all.format(name)} as {name}W. "
            tactics = f"{tactics}clear S1 S2. rename S1W into S1, S2W into S2. "
            return _LossBounds(L1, L2, tactics)
        if loss.own is not None and loss.own.square:
            return self._residual_bounds(d, nine, by_range)
        return self._reached_bounds(d, nine)

    def _residual_bounds(self, d: Mapping[str, str], nine: str, by_range: bool) -> _LossBounds:
        """l' is the residual and l'' is 1: the residual of a bounded activation."""
        net = "(net p d x a sigma V i)"
        second = (
            f"assert (S2 : forall (V : weights) i, (i < n)%nat -> Rabs (squared2 (y i) {net}) <= 1) "
            f"by (intros; unfold squared2; rewrite Rabs_R1; lra). "
        )
        if self.data is None or not by_range:
            rho = f"({d['By']} + {d['a1']} * {self.constant('S0')})"
            first = (
                f"pose proof (residual_symbolic sigma n p d x y a {nine} Dat {self.constant('S0')} "
                f"bounded_sigma) as S1. "
            )
            return _LossBounds(rho, "1", first + second)
        rho = self._above("rho", MARGIN / 10)
        first = (
            f"assert (S1 : forall (V : weights) i, (i < n)%nat -> Rabs (squared1 (y i) {net}) <= "
            f"{rho}) by (intros V i Hi; eapply Rle_trans; [eapply residual_range; [exact "
            f"range_sigma|eassumption|eassumption|eassumption|exact Hi]|apply "
            f"Rmax_lub; numeric]). "
        )
        return _LossBounds(rho, "1", first + second, self._range_hypotheses(d))

    def _range_hypotheses(self, d: Mapping[str, str]) -> list[str]:
        """What the range of the outputs needs of the outer weights and of the labels."""
        if not self.lemmas.has_range:
            raise OutOfReach("no lemma of the Coq library gives the range of this activation")
        return [
            f"Sum p (fun j => Rmax (a j) 0) = {d['a_plus']}",
            f"Sum p (fun j => Rmax (- a j) 0) = {d['a_minus']}",
            f"(forall i, (i < n)%nat -> {d['y_min']} <= y i <= {d['y_max']})",
        ]

    def _reached_bounds(self, d: Mapping[str, str], nine: str) -> _LossBounds:
        """phi' and phi'' where a bounded activation lets their argument go."""
        loss, S0 = self.loss, self.constant("S0")
        if self.data is None:
            return self._reached_symbols(d, nine, S0)
        if not loss.is_term:
            raise OutOfReach("phi is no term of the Coq library")
        hypotheses = self._range_hypotheses(d)
        low, high = self._arguments_reached()
        L1, L2 = self._above("rho", MARGIN / 10), self._above("l2", MARGIN / 10)
        tactics = ""
        for k, bound in ((1, L1), (2, L2)):
            tactics += (
                f"assert (B{k} : forall u, {rational(low)} <= u <= {rational(high)} -> "
                f"Rabs (phi{k} u) <= {bound}) by (intros u Hu; cbv [phi1 phi2 ev D add mul "
                f"opp t_phi]; on_an_interval u). "
            )
        reached = self._margins_reached if loss.classifies else self._residuals_reached
        return _LossBounds(L1, L2, tactics + reached(d, low, high, (L1, L2)), hypotheses)

    def _residuals_reached(
        self, d: Mapping[str, str], low: Fraction, high: Fraction, bounds: tuple[str, str]
    ) -> str:
        """Tactics that establish S1 and S2 from B1 and B2 where low <= f - y <= high."""
        bottom, top = (rational(self.lemmas.constants[k]) for k in ("S_lo", "S_hi"))
        numbers = (
            f"{bottom} {top} {d['a_plus']} {d['a_minus']} {d['y_min']} {d['y_max']} "
            f"{rational(low)} {rational(high)}"
        )
        return "".join(
            f"assert (S{k} : forall (V : weights) i, (i < n)%nat -> Rabs (residual phi{k} (y i) "
            f"(net p d x a sigma V i)) <= {bound}) by (apply (residual_between sigma n p d x y a "
            f"{numbers}); [exact range_sigma|assumption|assumption|assumption|numeric|numeric|"
            f"exact B{k}]). "
            for k, bound in enumerate(bounds, 1)
        )

    def _margins_reached(
        self, d: Mapping[str, str], low: Fraction, high: Fraction, bounds: tuple[str, str]
    ) -> str:
        """The same where low <= y f <= high, low = -high."""
        assert low == -high
        bottom, top = (rational(self.lemmas.constants[k]) for k in ("S_lo", "S_hi"))
        outputs = (
            f"assert (Ho : forall (V : weights) i, Rabs (net p d x a sigma V i) <= "
            f"{rational(high)}) by (apply (output_between sigma p d x a {bottom} {top} "
            f"{d['a_plus']} {d['a_minus']}); [exact range_sigma|assumption|assumption|numeric|"
            f"numeric]). "
        )
        return outputs + "".join(
            f"assert (S{k} : forall (V : weights) i, (i < n)%nat -> Rabs (margin{k} phi{k} (y i) "
            f"(net p d x a sigma V i)) <= {bound}) by (apply (margin{k}_reach sigma n p d x y a "
            f"phi{k} {rational(high)}); [assumption|exact Ho|intros u Hu; apply B{k}; apply "
            f"Rabs_le_between in Hu; lra]). "
            for k, bound in enumerate(bounds, 1)
        )

    def _arguments_reached(self) -> tuple[Fraction, Fraction]:
        """An interval that contains the argument of phi for every sample and every W."""
        data, outer = self.problem["data"], self.problem["outer"]
        bottom, top = self.lemmas.constants["S_lo"], self.lemmas.constants["S_hi"]
        plus, minus = Fraction(outer["a_plus"]), Fraction(outer["a_minus"])
        low, high = plus * bottom - minus * top, plus * top - minus * bottom
        if self.loss.classifies:
            size = max(abs(low), abs(high))
            return -size, size
        return low - Fraction(data["y_max"]), high - Fraction(data["y_min"])

    def _reached_symbols(self, d: Mapping[str, str], nine: str, S0: str) -> _LossBounds:
        """The same while the data are symbols: the suprema over the reachable range have names."""
        loss = self.loss
        reach = f"{d['a1']} * {S0}" if loss.classifies else f"{d['By']} + {d['a1']} * {S0}"
        hypotheses = [
            f"(forall u, Rabs u <= {reach} -> Rabs (phi1 u) <= l1)",
            f"(forall u, Rabs u <= {reach} -> Rabs (phi2 u) <= l2)",
        ]
        argument = (
            f"pose proof (output_bound sigma p d x a {S0} {d['a1']} bounded_sigma (dat_a1 Dat)) as Ho. "
            if loss.classifies
            else f"pose proof (residual_symbolic sigma n p d x y a {nine} Dat {S0} bounded_sigma) as Ho. "
        )
        lemmas = (
            ("margin1_reach", "margin2_reach")
            if loss.classifies
            else ("residual_reach", "residual_reach")
        )
        tactics = argument + "".join(
            f"assert (S{k} : forall (V : weights) i, (i < n)%nat -> Rabs ({of} (y i) "
            f"(net p d x a sigma V i)) <= l{k}) by (apply ({lemma} sigma n p d x y a phi{k} "
            f"({reach})); assumption). "
            for k, of, lemma in ((1, loss.slope, lemmas[0]), (2, loss.curvature, lemmas[1]))
        )
        return _LossBounds("l1", "l2", tactics, hypotheses, " (l1 l2 : R)")

    def hessian(self) -> Theorem:
        """The Hessian form is at most gLip |V|^2."""
        _, lam, _, _ = self._binders()
        variables = (
            "(x : nat -> nat -> R) (y a : nat -> R)"
            if self.data
            else "(n p d : nat) (x : nat -> nat -> R) (y a : nat -> R)"
        )
        hypotheses = []
        if self.lam is None:
            variables += " (lam : R)"
            hypotheses.append("0 <= lam")
        variables += (
            " (Lam X2 Bx By Y1 Y2 a1 a2 ainf : R)" if self.data is None else ""
        ) + " (W V : weights)"
        M1, M2 = self.constant("M1"), self.constant("M2")
        d = self.data or {k: k for k in NINE}
        hypotheses.append(self._record())
        nine = " ".join(d[k] for k in NINE)
        if self.loss.classifies:
            hypotheses.append("signs n y")
        bounds = self._bounds_of_the_loss(d, nine, by_range=False)
        variables = variables.replace(" (W V", f"{bounds.variables} (W V")
        hypotheses += bounds.hypotheses
        rho, l2 = bounds.slope, bounds.curvature
        bound = f"({lam} + {d['Lam']} * ({l2} * {M1}^2 * {d['a2']}^2 + {rho} * {d['ainf']} * {M2}))"
        proof = (
            f"{bounds.tactics}apply (hessian_any {self._any()} n p d x y a {lam} {nine} "
            f"Dat {rho} {l2} S1 S2); auto; lra."
        )
        conclusion = f"Rabs (hessian_form {self._objective(lam)} W V) <= {bound} * frob2 p d V"
        words = (
            "the Hessian form is at most gLip |V|^2, for data and outer weights within the "
            "constants"
        )
        return self._theorem(
            "hessian", words, variables, hypotheses, conclusion, f"intros. {_NAMES} {proof}"
        )

    # -- refutations -----------------------------------------------------------------------------

    def _kink_of_phi(self) -> Mapping[str, Any] | None:
        """What the certificate says of an instance that passes a kink of phi, if it has one."""
        steps = (s["payload"] for s in self.content["steps"] if s["claim"] == "V1 fails")
        return next((payload for payload in steps if payload.get("kind") == KINK_OF_PHI), None)

    def kink_of_the_loss(self) -> Theorem:
        """V1 fails on the certificate's instance, which passes a kink of phi."""
        said = self._kink_of_phi()
        assert said is not None
        made = self.passed
        if isinstance(made, str):
            raise OutOfReach(made)
        return Theorem(
            "not_smooth",
            f"V1 fails for every lambda on the instance with a kink of the loss: "
            f"n = p = d = 1, {made.words}",
            f"forall lam : R, ~ V1 1 1 {made.objective}",
            made.proof,
            before=f"(** phi, and its branches beside the kink. *)\n\n{made.lemmas}\n\n",
        )

    def _passed(self) -> KinkOfPhi | str:
        """The instance that passes a kink of phi, or why the file has none."""
        said = self._kink_of_phi()
        if said is None:
            return "the certificate has no kink of phi"
        if "w" not in said or "margin" not in said or said.get("mirrored"):
            return "a kink of the loss on a line or of two units is not in the Coq library"
        try:
            loss = resolve(str(self.problem["loss"]))
            return kink_of_phi(loss, str(said["at"]), Fraction(str(said["w"])))
        except OutOfReach as error:
            return str(error)

    def kinked(self) -> Theorem:
        """V1 fails on the certificate's instance, at a kink; the library has that of the squared
        loss.
        """
        if self.data is not None:
            raise OutOfReach("a kink of the loss of given data is not in the Coq library")
        self._require_square("the instance with a kink")
        kink = next(s for s in self.content["steps"] if s["rule"] == "kink")
        if str(kink["payload"]["at"]).endswith("..."):
            raise OutOfReach("the place of the kink is not a rational number")
        c = rational(Fraction(kink["payload"]["at"]))
        words = (
            f"V1 fails for every lambda on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = "
            f"sigma({kink['payload']['at']}) - 1 (definition instance in Kink.v)"
        )
        return Theorem(
            "not_smooth",
            words,
            f"forall lam : R, ~ V1 1 1 (instance lam sigma (sigma {c} - 1))",
            "exact kink.",
        )

    def smooth(self) -> Theorem:
        """V1 alone."""
        if "kink" in self.rules:
            raise OutOfReach("V1 is not claimed for an activation with a kink")
        variables = "(n p d : nat) (x : nat -> nat -> R) (y a : nat -> R) (lam : R)"
        loss = self.loss
        proof = (
            f"intros. exact (any_V1 sigma {loss.function} {loss.slope} {loss.curvature} "
            f"smooth_sigma {loss.smooth} n p d x y a lam)."
        )
        return Theorem(
            "infinitely_differentiable",
            "V1 for any data",
            f"forall {variables}, V1 p d (objective n p d x y a lam sigma {loss.function})",
            proof,
        )

    def mirrored(self) -> Theorem:
        """V4 fails where sigma' grows at least like z."""
        steep = next(s["payload"] for s in self.content["steps"] if s["rule"] == "steep")
        growth = Growth(
            steep["end"],
            steep["sign"],
            steep["power"],
            Fraction(steep["start"]),
            Fraction(steep["factor"]),
        )
        hypothesis, proof = growth.lemma(parse(str(self.problem["activation"]["expression"])))
        own = self._own("the refutation by mirrored units")
        c, instance = own.mirror
        lam, s = (
            "lam" if self.lam is None else rational(self.lam),
            "s" if self.noise is None else rational(self.noise),
        )
        names = [name for name, q in (("lam", self.lam), ("s", self.noise)) if q is None]
        first = [f"0 < {name}" for name in names]
        slow = f"{lam}^2 <= {c} * {s} * {rational(growth.factor)}^2"
        if growth.power == 1 and names:
            first.append(slow)
        when = [
            "every lambda > 0" if self.lam is None else f"lambda = {self.lam}",
            "every s > 0" if self.noise is None else f"s = {self.noise}",
        ]
        if growth.power == 1 and self.noise is None:
            when[1] = f"every s with {slow.replace('lam^2', 'lambda^2')}"
        text = (
            f"intros. {hypothesis} "
            f"apply (refute_mirrored_{own.name} sigma (ev (D t_sigma)) (ev (D (D "
            f"t_sigma)))); try lra; try exact D1; try exact D2. "
            f"apply {proof}; try exact Hg; try lra; lia."
        )
        conclusion = f"~ V4 2 1 (objective {instance} mirror {lam} sigma {own.name}) {s}"
        words = (
            f"V4 fails on an instance with d = 1 and two units of outer weights 1 and -1 "
            f"(definition mirror in Mirror.v), for {' and '.join(when)}"
        )
        if not names:
            return Theorem("mirrored_units", words, conclusion, text)
        return self._theorem(
            "mirrored_units", words, f"({' '.join(names)} : R)", first, conclusion, text
        )

    def unreached(self) -> Theorem:
        """A refutation of V4 that has no theorem in the library."""
        raise OutOfReach("the refutation of V4 by two units that cancel is not in the Coq library")

    def escaping(self) -> Theorem:
        """V4 fails below a positive threshold: critical points of L escape to infinity."""
        found = self.lemmas.found
        if found is None or found.known.name != "z + c sin z" or found.b is None or found.b <= 1:
            raise OutOfReach(
                "critical points that escape to infinity are in the Coq library for z + c "
                "sin z, c > 1, only"
            )
        self._require_square("the refutation by critical points that escape")
        c = rational(found.b)
        variables, first = (
            ("(lam s : R)", [f"0 <= lam < {c} - 1"]) if self.lam is None else ("(s : R)", [])
        )
        lam = "lam" if self.lam is None else rational(self.lam)
        objective = (
            f"(objective 1 1 1 (fun _ _ => 1) (fun _ => 0) (fun _ => 1) {lam} sigma squared)"
        )
        proof = (
            f"intros. replace sigma with (wavy {c}) by (apply "
            f"FunctionalExtensionality.functional_extensionality; exact sigma_same). "
            f"apply refute_escaping; lra."
        )
        when = f"every 0 <= lambda < {found.b - 1}" if self.lam is None else f"lambda = {self.lam}"
        words = (
            f"V4 fails on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = 0, for {when} and "
            f"every s > 0"
        )
        return self._theorem(
            "escape", words, variables, [*first, "0 < s"], f"~ V4 1 1 {objective} s", proof
        )

    def refuted(self) -> Theorem:
        """V2 fails for lambda <= 0."""
        lam = "lam" if self.lam is None else rational(self.lam)
        known = next(
            r
            for r in self.rules
            if r
            in ("bounded risk", "instance ray", "null direction", "half-space ray", "paired units")
        )
        loss = self.loss
        condition = "every lambda <= 0" if self.lam is None else f"lambda = {self.lam}"
        names = "(x : nat -> nat -> R) (y a : nat -> R)"
        variables = (names if self.data else f"(n p d : nat) {names}") + (
            " (lam : R)" if self.lam is None else ""
        )
        first = [] if self.lam is not None else ["lam <= 0"]
        if known == "bounded risk":
            hypotheses = [
                *first,
                *([] if self.data else ["(0 < n)%nat", "(0 < p)%nat", "(0 < d)%nat"]),
            ]
            goals = "unfold n, p, d in *; " if self.data else ""
            proof = (
                f"intros. apply (refute_bounded n p d x y a {lam} sigma {loss.function} {loss.derivative} "
                f"ltac:(lra) {self.constant('S0')}); {goals}auto using bounded_sigma; {_SIZES}"
            )
            return self._theorem(
                "not_confining",
                f"V2 fails for any data, for {condition}",
                variables,
                hypotheses,
                f"~ V2 p d {self._objective(lam)}",
                proof,
            )
        if known == "instance ray":
            y0 = "1" if loss.classifies else "0"
            statement = (
                f"forall lam, lam <= 0 -> ~ V2 1 2 (objective 1 1 2 x_instance (fun _ => {y0}) "
                f"(fun _ => 1) lam sigma {loss.function})"
            )
            proof = (
                f"intros lam Hlam. exact (refute_instance lam sigma {loss.function} "
                f"{loss.slope} {y0} (loss_d {loss.smooth}) Hlam)."
            )
            return Theorem(
                "not_confining",
                f"V2 fails on an instance with n = p = 1, d = 2, for {condition}",
                statement,
                proof,
            )
        if known == "paired units":
            if not self.lemmas.has_asymptotes:
                raise OutOfReach(
                    "no lemma of the Coq library gives the asymptotes of this activation"
                )
            o = self.problem["outer"]
            variables += " (j1 j2 : nat)"
            hypotheses = [
                *first,
                "(j1 < p)%nat",
                "(j2 < p)%nat",
                f"a j1 = {rational(Fraction(o['first_positive']))}",
                f"a j2 = {rational(Fraction(o['first_negative']))}",
            ]
            proof = (
                f"intros. apply (refute_paired n p d x y a {lam} sigma {loss.function} "
                f"{loss.derivative} ltac:(lra) _ _ _ j1 j2) with (7 := asymptotes); "
                f"try assumption; try lra; {_SIZES}"
            )
            words = (
                f"V2 fails for any data and two outer weights of the signs recorded, for "
                f"{condition}"
            )
            return self._theorem(
                "not_confining",
                words,
                variables,
                hypotheses,
                f"~ V2 p d {self._objective(lam)}",
                proof,
            )
        raise OutOfReach(
            f"the refutation by {known} needs the rows of the data, which the certificate "
            f"does not hold"
        )


_NAMES = (
    "try match goal with H : Data _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ |- _ => rename H into Dat end. "
    "try match goal with H : _ <= frob _ _ _ |- _ => rename H into Hr end."
)
_SIZES = "unfold n, p, d; lia."
_GOALS = "first [assumption | lra | lia]"
_BOUNDED_GOALS = "first [assumption | lra | lia | exact bounded_sigma]"

__all__ = ["OutOfReach", "Script", "render"]
