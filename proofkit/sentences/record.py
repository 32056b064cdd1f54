"""A certificate as the dictionary that records of version 1 were, printed from its typed document.

Every key is derived: sentences by the printers of the claims, constants and thresholds from the
steps.  Readers of such dictionaries (renderers, the explanation) see nothing of the typed records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from proofkit.kernel.certificate import (
    ConditionRecord,
    DataRecord,
    Document,
    OuterRecord,
    ProblemRecord,
    RouteRecord,
    StepRecord,
)
from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    Asymptote,
    ChainRule,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    Dissipative,
    Enclosed,
    Fails,
    GradientLipschitz,
    LangevinRate,
    LossBounds,
    LossFloor,
    LossKink,
    Moments,
    NearLine,
    NotSmooth,
    OfLoss,
    OneSigned,
    Oscillation,
    Parameters,
    Radial,
    Rate,
    Residual,
    RiskGradient,
    RiskLaplacian,
    Smooth,
    SpectralGap,
    Start,
    StationaryExcess,
    Steep,
    Swing,
    V4Limit,
    Villani,
)
from proofkit.kernel.formula import Constant, Enclosure, Place, evaluate
from proofkit.kernel.inference import LEVELS
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.kernel.verdicts import threshold_of
from proofkit.losses.catalogue import name_of
from proofkit.sentences import nets
from proofkit.sentences.noise import NoiseKnown, noise_known
from proofkit.sentences.printer import payload, sentence
from proofkit.sentences.published import published_for
from proofkit.sentences.statement import steps_of

Record = dict[str, object]

REGULARISER = "lambda/2*||W||_F^2"
LONGEST_FRACTION = 1000
"""The largest denominator of a place that is written as a fraction, not in decimals."""
PLACE_DIGITS = 30

KINDS: Mapping[type[Claim], str] = MappingProxyType(
    {
        Smooth: "smooth",
        NotSmooth: "not smooth",
        Enclosed: "enclosed",
        Asymptote: "asymptote",
        Steep: "steep",
        Parameters: "parameters",
        LossKink: "kink of phi",
        LossBounds: "loss",
        OfLoss: "loss supremum",
        LossFloor: "loss floor",
        Swing: "swing",
        ChainRule: "derivation",
        Residual: "residual",
        Radial: "radial",
        V1: "V1",
        V2: "V2",
        V3: "V3",
        V4Limit: "V4",
        GradientLipschitz: "gradient Lipschitz",
        ContinuousConvergence: "continuous",
        DiscreteConvergence: "discrete",
        Dissipative: "dissipative",
        Moments: "moments",
        Oscillation: "oscillation",
        SpectralGap: "gap",
        StationaryExcess: "excess",
        Start: "start",
        Rate: "rate",
        LangevinRate: "langevin",
    }
)
"""What the kinds of facts are called whose name does not depend on their content."""


def kind_of(claim: Claim) -> str:
    """What a kind of fact is called in a record.

    >>> kind_of(Smooth()), kind_of(NearLine(falling=False))
    ('smooth', 'monotone')
    """
    match claim:
        case RiskGradient(slope=slope):
            return "gradient bounded" if slope is None else "gradient affine"
        case RiskLaplacian(slope=slope, square=square):
            if square is not None:
                return "laplacian quadratic"
            return "laplacian bounded" if slope is None else "laplacian affine"
        case NearLine(falling=falling):
            return "line" if falling else "monotone"
        case OneSigned(hypothesis=hypothesis):
            return "if one sign" if hypothesis else "one sign"
        case V4(scope=scope) | Villani(scope=scope):
            name = type(claim).__name__
            return f"{name} if one sign" if scope.one_sign else name
        case Fails(condition=condition):
            return f"{condition} fails"
        case _:
            return KINDS[type(claim)]


def record(document: Document) -> Record:
    """The dictionary of a certificate.

    The document is taken at its word: replay it first.  Raises MalformedError when its activation
    is none, KeyError when a step rests on one that is not there.
    """
    view = _View(document)
    theorem = document.theorem
    return {
        "format": document.format,
        "version": document.version,
        "theorem": None
        if theorem is None
        else {
            "name": theorem.name,
            "title": theorem.title,
            "statement": theorem.statement,
            "source": theorem.source,
            "expect": theorem.expect,
        },
        "claim": document.claim,
        "statement": document.statement,
        "verdict": document.verdict,
        "problem": problem_record(document.problem),
        "assumptions": assumptions(view.objective),
        "conditions": {c.name: view.condition(c) for c in document.conditions},
        "lambda_threshold": view.threshold(),
        **({} if document.problem.layers is None else view.noise().json()),
        "routes": [view.route(route) for route in document.routes],
        "published_threshold": view.published(),
        "witness": view.witness(),
        "open": document.open,
        "notes": list(document.notes),
        "constants": {name: constant_record(c) for name, c in view.constants.items()},
        "goals": list(document.goals),
        "steps": [view.step(step) for step in document.steps],
        "evidence": view.evidence(),
        "sources": list(document.sources),
        "versions": {version.name: version.version for version in document.versions},
        "digest": document.digest,
    }


# -- the problem -----------------------------------------------------------------------------------


def problem_record(problem: ProblemRecord) -> Record:
    """Everything that a statement depends on, rationals as text; ``layers`` where there are such."""
    layers = problem.layers
    return {
        "activation": {
            "name": problem.activation.name,
            "expression": problem.activation.expression,
        },
        "loss": name_of(loss_of_text(problem.loss)),
        "regulariser": REGULARISER if layers is None else nets.penalty(layers),
        "lambda": _text(problem.lam),
        "noise": _text(problem.noise),
        "data": None if problem.data is None else _data_record(problem.data),
        "outer": None if problem.outer is None else _outer_record(problem.outer),
        **({} if layers is None else {"layers": nets.layers_record(layers)}),
    }


def _data_record(data: DataRecord) -> Record:
    """The data; without a scaling for numbers that are as in the file."""
    scaling = {} if data.scaling is None else {"scaling": data.scaling.json()}
    return {
        "source": data.source,
        "sha256": data.sha256,
        "target": data.target,
        "n": data.n,
        "d": data.d,
        "B_x_squared": str(data.B_x_squared),
        "X2": str(data.X2),
        "B_y": str(data.B_y),
        "y_min": str(data.y_min),
        "y_max": str(data.y_max),
        "Y1": str(data.Y1),
        "Y2": str(data.Y2),
        "Lambda_S": [str(end) for end in data.Lambda_S],
        "features": list(data.features),
        "labels": None if data.labels is None else data.labels.json(),
        "rows_sha256": data.rows_sha256,
        **scaling,
    }


def _outer_record(outer: OuterRecord) -> Record:
    return {
        "source": outer.source,
        "sha256": outer.sha256,
        "p": outer.p,
        "a_1": str(outer.a_1),
        "a_2_squared": str(outer.a_2_squared),
        "a_inf": str(outer.a_inf),
        "a_plus": str(outer.a_plus),
        "a_minus": str(outer.a_minus),
        "first_positive": _text(outer.first_positive),
        "first_negative": _text(outer.first_negative),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def assumptions(objective: Objective) -> list[str]:
    """The hypotheses under which a statement is made."""
    architecture = objective.architecture
    if architecture is not None:
        said = list(nets.assumptions(objective, architecture))
        return said + _about_data(objective) + _about_noise(objective)
    said = [
        "W in R^(p x d) is trained; the outer weights a in R^p are fixed",
        "L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 with f_i = sum_j a_j "
        "sigma(<w_j, x_i>)",
    ]
    if objective.loss.classifies:
        said.append("y_i in {-1, +1}")
    return said + _about_data(objective) + _about_noise(objective)


def _about_data(objective: Objective) -> list[str]:
    """The data and the outer weights, or what they are bounded by."""
    data, outer = objective.data, objective.outer
    if data is None:
        layers = objective.architecture
        free = "n, p, d" if layers is None else nets.free_sizes(layers)
        return [f"||x_i|| <= B_x and |y_i| <= B_y for i = 1..n; {free} are arbitrary"]
    head = "" if outer is None else f"; a: {outer.source}"
    said = [
        f"the data are {data.source}, target {data.target} (sha256 {data.digest[:16]}...){head}"
    ]
    if data.labels is not None:
        said.append(data.labels.sentence(data.target))
    return [*said, *data.scaling_said()]


def _about_noise(objective: Objective) -> list[str]:
    """What s is."""
    noise = objective.noise
    return ["s > 0 is arbitrary" if noise is None else f"s = {noise}"]


# -- constants -------------------------------------------------------------------------------------


def constant_record(constant: Constant) -> Record:
    """A constant: exact rationals as text."""
    return {
        "formula": None if constant.formula is None else to_text(constant.formula),
        "lo": _text(constant.lo),
        "hi": _text(constant.hi),
        "exact": None if constant.exact is None else to_text(constant.exact),
        "at": None if constant.at is None else place_text(constant.at),
    }


def place_text(place: Place) -> str:
    """Where a supremum is reached; in decimals where it is a number with many digits.

    >>> from proofkit.kernel.univariate.terms import num
    >>> from fractions import Fraction
    >>> place_text(Place(num(Fraction(1, 2)))), place_text(Place(end=1))
    ('1/2', 'z -> oo')
    """
    point = place.point
    if point is not None and point.op == "num" and point.rational.denominator > LONGEST_FRACTION:
        return decimal(point.rational, PLACE_DIGITS)
    if point is not None and point.op == "div" and point.args[0].op == "neg":
        # -pi/2, which as a term is the quotient of -pi.
        return f"-{to_text(Node('div', (point.args[0].args[0], point.args[1])))}"
    return str(place)


def pair_record(value: Enclosure | None) -> list[str] | None:
    """An enclosure as two rationals in text."""
    return None if value is None else [str(value[0]), str(value[1])]


# -- the steps and what is said on top of them -----------------------------------------------------


class _View:
    """A document with its steps as their printers see them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.objective = document.problem.objective()
        self.said = steps_of(document, self.objective)
        self.steps = {step.id: step for step in document.steps}
        self.routes = {route.name: route for route in document.routes}
        self.constants = self._listed_constants()

    def _below(self, *tops: str) -> Iterator[StepRecord]:
        """The steps that some steps rest on, premises first, each once."""
        seen: set[str] = set()

        def visit(name: str) -> Iterator[StepRecord]:
            if name in seen:
                return
            seen.add(name)
            for premise in self.steps[name].premises:
                yield from visit(premise)
            yield self.steps[name]

        for top in tops:
            yield from visit(top)

    def _listed_constants(self) -> dict[str, Constant]:
        """The constants of the goals, of the problem, and the suprema that any step encloses."""
        known: dict[str, Constant] = {}
        for step in self._below(*self.document.goals):
            known |= {c.name: c for c in step.constants if c.name not in known}
        for step in self.document.steps:
            if isinstance(step.claim, Parameters | Enclosed):
                known |= {c.name: c for c in step.constants if c.name not in known}
        return known

    def _levels(self, name: str) -> str:
        """The evidence that a step rests on, strongest first."""
        found = {step.evidence for step in self._below(name)}
        return "; ".join(level for level in LEVELS if level in found)

    def step(self, step: StepRecord) -> Record:
        """One step."""
        said = self.said[step.id]
        about = RULES[step.rule].about
        return {
            "id": step.id,
            "rule": step.rule,
            "about": "problem" if about == "objective" else about,
            "premises": list(step.premises),
            "claim": kind_of(step.claim),
            "statement": sentence(said),
            "defines": {c.name: constant_record(c) for c in step.constants},
            "evidence": step.evidence,
            "payload": payload(said),
        }

    def condition(self, condition: ConditionRecord) -> Record:
        """The verdict on a condition with its evidence and reason."""
        decided = condition.step
        return {
            "verdict": condition.verdict,
            "evidence": "" if decided is None else self._levels(decided),
            "reason": condition.open if decided is None else sentence(self.said[decided]),
        }

    def route(self, route: RouteRecord) -> Record:
        """A route with its threshold and the value of that."""
        step = None if route.step is None else self.said[route.step]
        threshold = None if step is None else threshold_of(route.name, step.claim)
        value = None
        if threshold is not None and step is not None:
            value = evaluate(threshold, step.constants)
        proved = route.verdict == "PROVED" and step is not None
        return {
            "name": route.name,
            "verdict": route.verdict,
            "threshold": None if threshold is None else to_text(threshold),
            "enclosure": pair_record(value),
            "reason": sentence(step) if proved and step is not None else route.open,
            "step": route.step,
        }

    def threshold(self) -> Record | None:
        """The threshold on lambda that the certificate quotes."""
        name = self.document.threshold
        if name is None:
            return None
        route = self.route(self.routes[name])
        if route["threshold"] is None:  # it is for the given lambda
            return None
        return {
            "value": route["threshold"],
            "strict": True,
            "route": name,
            "enclosure": route["enclosure"],
        }

    def noise(self) -> NoiseKnown:
        """For which s the goals say that L is a Villani function, in numbers."""
        goals = (self.said[goal] for goal in self.document.goals)
        return noise_known(((goal.claim, goal.constants) for goal in goals), self.objective)

    def published(self) -> Record | None:
        """The threshold of the loss's source beside it; None where there is none."""
        found = published_for(self.objective, self.constants)
        if found is None:
            return None
        enclosure = pair_record(found.value)
        return {"formula": found.formula, "enclosure": enclosure, "source": found.source}

    def witness(self) -> Record | None:
        """What the refutation holds that the verdict rests on, or that an open one notes."""
        document = self.document
        if document.verdict == "PROVED" and document.claim != "escaping":
            return None
        goals = [self.said[goal] for goal in document.goals]
        against = next((goal for goal in goals if isinstance(goal.claim, Fails)), None)
        return None if against is None else payload(against)

    def evidence(self) -> dict[str, list[str]]:
        """The rules used, by level of evidence."""
        found: dict[str, list[str]] = {}
        for step in self.document.steps:
            rules = found.setdefault(step.evidence, [])
            if step.rule not in rules:
                rules.append(step.rule)
        return found
