"""From a certificate to its exposition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.activation.catalogue import CATALOGUE, true_name
from proofkit.errors import ParseError
from proofkit.exposition import layers, losses, numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.losses import called, loss_of
from proofkit.exposition.model import (
    Block,
    Constant,
    Definition,
    Exposition,
    Formula,
    Sentence,
    Statement,
    Step,
    Text,
)
from proofkit.exposition.quoting import quoted
from proofkit.exposition.rules import WORDS
from proofkit.exposition.rules import layers as of_layers
from proofkit.exposition.rules.bounds import ONE_SIGN
from proofkit.exposition.rules.layers import is_instance
from proofkit.exposition.rules.refutations import where
from proofkit.exposition.rules.villani import lower_bound
from proofkit.exposition.symbols import SYMBOLS, meaning, symbol
from proofkit.exposition.view import View, Words, say
from proofkit.kernel.claims import ChainRule, Parameters
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import walk
from proofkit.reading.labels import SHOWN_CLASSES, LabelMap
from proofkit.reading.scaling import MAX_COLUMNS, Scaling
from proofkit.sentences.nets import listed

# Steps that a proof does not write out: they are the list of constants and the section on
# derivatives.
SILENT = frozenset(
    name for name, rule in RULES.items() if rule.conclusion in (Parameters, ChainRule)
)
# Names of the terminal for the steps, where the rule's own would not be understood.
TITLES: Mapping[str, str] = {
    "V1": "smoothness of L",
    "V2": "growth",
    "V2 by growth": "growth",
    "V3": "integrability",
    "Villani": "conclusion",
    "Villani if one-signed": "conclusion",
    "smooth": "smoothness of the activation",
    "supremum": "a supremum",
}
_RULE_NAMES = re.compile(
    rf"\brule (?:{'|'.join(re.escape(name) for name in sorted(RULES, key=len, reverse=True))}): "
)
_CONDITIONS = re.compile(r"\b(V[1-4])\b")
_ROUTE_OF = re.compile(r"\b(euler|lipschitz) route\b")  # named after people
_BROKEN_OFF = re.compile(r"= (-?\d+(?:\.\d+)?)\.\.\.")
WRITTEN_SEED = re.compile(r"width (?P<width>\d{1,9}), seed (?P<seed>\d{1,20})")


def needed(content: Mapping[str, Any]) -> frozenset[str]:
    """The steps that the goals rest on."""
    steps = {s["id"]: s for s in content["steps"]}
    found: set[str] = set()
    waiting = list(content["goals"])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += steps[name]["premises"]
    return frozenset(found)


def words_of(view: View) -> Words:
    """What a step says; in the certificate's own words when its rule has none here."""
    wording = WORDS.get(str(view.step["rule"]))
    if wording is None:
        return Words((Text(str(view.step["statement"])),), ())
    return wording(view)


def expose(content: Mapping[str, Any], digits: int = 4) -> Exposition:
    """The certificate as mathematics; numbers in sentences have ``digits`` digits, rounded
    outwards.
    """
    steps = {s["id"]: s for s in content["steps"]}
    wanted = needed(content)
    numbered = _numbers(content["steps"], wanted)
    views = {
        name: View(content, s, tuple(steps[p] for p in s["premises"]), digits)
        for name, s in steps.items()
    }
    shown = [_step(views[name], numbered) for name in numbered]
    used = tuple(step for step in shown if step.id in wanted)
    return Exposition(
        statement_of(content, views),
        tuple(constants(content, wanted, numbered)),
        used,
        tuple(step for step in shown if step.id not in wanted),
    )


def _numbers(steps: Iterable[Mapping[str, Any]], wanted: frozenset[str]) -> dict[str, int]:
    """Numbers of the steps that are written out: those of the proof first."""
    written = [s for s in steps if s["rule"] not in SILENT]
    ordered = [s for s in written if s["id"] in wanted] + [
        s for s in written if s["id"] not in wanted
    ]
    return {s["id"]: k for k, s in enumerate(ordered, 1)}


def _step(view: View, numbered: Mapping[str, int]) -> Step:
    s = view.step
    found = words_of(view)
    return Step(
        numbered[s["id"]],
        str(s["id"]),
        str(s["rule"]),
        _title_of_step(view),
        found.statement,
        found.reason,
        tuple(definitions(view.content, s)),
        tuple(sorted({numbered[p] for p in s["premises"] if p in numbered})),
        str(s["evidence"]),
    )


def _title_of_step(view: View) -> str:
    """The name of a step: that of its rule, of a net of layers that of what it claims."""
    rule, claim = str(view.step["rule"]), str(view.step["claim"])
    named = claim if rule.endswith(("of layers", "of layers, limit")) else rule
    return TITLES.get(named, rule)


# -- constants -------------------------------------------------------------------------------------


def definitions(content: Mapping[str, Any], step: Mapping[str, Any]) -> Iterable[Definition]:
    """The constants that a step gives a formula for."""
    for name, d in step["defines"].items():
        if d["formula"] is not None:
            yield _definition(content, step, name, d)


def _definition(
    content: Mapping[str, Any], step: Mapping[str, Any], name: str, d: Mapping[str, Any]
) -> Definition:
    # Of symbolic data only the bounds are known that the formulas use.
    bounded = (
        step["claim"] == "parameters"
        and content["problem"]["data"] is None
        and name in ("Lambda_S", "X2", "X4")
    )
    return Definition(
        name,
        SYMBOLS[name].latex if name in SYMBOLS else name,
        None if d["formula"] is None else read(str(d["formula"])),
        None if d["lo"] is None else Fraction(d["lo"]),
        None if d["hi"] is None else Fraction(d["hi"]),
        r"\le" if bounded else "=",
    )


def constants(
    content: Mapping[str, Any], wanted: frozenset[str], numbered: Mapping[str, int]
) -> Iterable[Constant]:
    """The constants of the steps that the goals rest on, in the order in which they are defined."""
    seen: set[str] = set()
    for s in content["steps"]:
        if s["id"] not in wanted:
            continue
        for name, d in s["defines"].items():
            if name in seen or name not in SYMBOLS:
                continue
            seen.add(name)
            kind = (
                "problem"
                if s["claim"] == "parameters"
                else str(s["about"])
                if s["about"] in ("activation", "loss")
                else "derived"
            )
            yield Constant(
                _definition(content, s, name, d),
                kind,
                meaning(name, str(s["rule"])),
                _exact(d),
                numbered.get(s["id"]),
            )


def _exact(d: Mapping[str, Any]) -> Any:
    """The exact form of a constant as a tree; None when there is none in the grammar, or it is the
    number itself.
    """
    if d["exact"] is None or d["lo"] is None or d["exact"] == d["lo"]:
        return None
    try:
        return read(str(d["exact"]))
    except (ParseError, ValueError):
        return None


# -- the statement ---------------------------------------------------------------------------------


def activation_name(content: Mapping[str, Any]) -> Sentence:
    """The proper name of the activation, or its formula."""
    a = content["problem"]["activation"]
    entry = CATALOGUE.get(true_name(str(a["name"]), parse(str(a["expression"]))))
    if entry is not None:
        return (Text(entry.printed),)
    return (Formula(rf"\sigma(z)={activation_formula(content)}"),)


def activation_formula(content: Mapping[str, Any]) -> str:
    """sigma(z) in LaTeX; ParseError for text outside the grammar."""
    return latex(parse(str(content["problem"]["activation"]["expression"])))


def title_of(content: Mapping[str, Any]) -> Sentence:
    """What the certificate is about: activation, loss, data."""
    spec = content["problem"]
    data = () if spec["data"] is None else (Text(", "), Text(str(spec["data"]["source"])))
    net = layers.net_of(spec)
    deep = () if net is None else (Text(f", {layers.title(net)}"),)
    loss = called(loss_of(str(spec["loss"])))
    return (*activation_name(content), Text(", "), *loss, *deep, *data)


def hypotheses(content: Mapping[str, Any]) -> Block:
    """Of which data, outer weights, lambda and s the statement speaks."""
    spec = content["problem"]
    loss = loss_of(str(spec["loss"]))
    net = layers.net_of(spec)
    if net is not None:
        return say(_hypotheses_of_layers(content, net), _given_numbers(spec))
    rules = {s["rule"] for s in content["steps"] if s["id"] in content["goals"]}
    out: Block
    if rules and rules <= INSTANCES:
        out = ()
    elif spec["data"] is None:
        labels = losses.labels(loss) or r"$|y_i|\le B_y$"
        out = say(
            rf"Let $n,p,d\ge1$, the data with $\|x_i\|\le B_x$ and {labels}, and the outer "
            rf"weights $a\in\mathbb R^p$ be arbitrary."
        )
    else:
        out = say(*_data(spec), " ", *outer_weights(spec["outer"]))
    out = say(
        out,
        " " if out else (),
        rf"Let the loss be {losses.introduced(loss)}, and "
        rf"$\sigma(z)={activation_formula(content)}$.",
    )
    return say(out, _given_numbers(spec))


def _given_numbers(spec: Mapping[str, Any]) -> Block:
    """The lambda and s that are numbers."""
    given = [(r"\lambda", spec["lambda"]), ("s", spec["noise"])]
    return say(
        *(
            rf" Let ${letter}={numbers.rational(Fraction(value))}$."
            for letter, value in given
            if value is not None
        )
    )


def _hypotheses_of_layers(content: Mapping[str, Any], net: layers.NetSaid) -> Block:
    """The same for a net of layers: its data, the net with its activations, the loss, the objective,
    and which layers are trained.
    """
    spec = content["problem"]
    loss = loss_of(str(spec["loss"]))
    labels = losses.labels(loss) or r"$|y_i|\le B_y$"
    goals = [s for s in content["steps"] if s["id"] in content["goals"]]
    brought = goals and all(is_instance(View(content, goal, ())) for goal in goals)
    if spec["data"] is not None:
        out = _data(spec)
    elif brought:
        out = ()
    else:
        fixed = any(not layer.trained for layer in net.layers)
        whom = ", the fixed weights and the data" if fixed else " and the data"
        out = say(
            rf"Let ${layers.free_sizes(net)}\ge1${whom}, with $\|x_i\|\le B_x$ and {labels}, be "
            "arbitrary."
        )
    sizes = list(layers.sizes(net))
    given = f", {listed(sizes)}" if sizes else ""
    sigma = layers.activations(net)
    return say(
        out,
        " " if out else (),
        rf"Let $${layers.net_formula(net)},\qquad {layers.objective_formula(net)}$$",
        rf"with {losses.introduced(loss)}{f', {sigma}' if sigma else ''}{given}. "
        rf"{layers.of_trained(net)}",
        layers.drawn(net),
    )


def _data(spec: Mapping[str, Any]) -> Block:
    d = spec["data"]
    features = [str(f) for f in d.get("features") or ()]
    named = f" ({', '.join(features)})" if 0 < len(features) <= 20 else ""
    return say(
        "Let the data be the ",
        rf"$n={int(d['n'])}$ rows of ",
        Text(f"{d['source']}, with the target {d['target']} and "),
        rf"$d={int(d['d'])}$",
        Text(f" features{named}; its SHA-256 begins with {str(d['sha256'])[:16]}."),
        labels_of(d),
        scaling_of(d),
    )


def scaling_of(d: Mapping[str, Any]) -> Block:
    """How the columns were scaled: in numbers where they are few."""
    found = Scaling.from_json(d.get("scaling"))
    if found is None:
        return ()
    what = "feature" if found.target is None else "feature, and the target,"
    out = say(f" Every {what} is scaled: ", r"$x'=(x-m)\,c$", " takes the place of $x$, with ")
    if len(found.features) > MAX_COLUMNS:
        return say(out, "the decimals $m$ and $c$ that the certificate records for each.")
    columns = [*found.columns([str(f) for f in d["features"]], str(d["target"]))]
    for position, (name, column) in enumerate(columns):
        end = "." if position == len(columns) - 1 else "; "
        numbers_of = column.json()
        pair = rf"$(m,c)=({numbers_of['mean']},\;{numbers_of['scale']})$"
        out = say(out, pair, " for ", Text(f"{name}{end}"))
    return out


def labels_of(d: Mapping[str, Any]) -> Block:
    """How the target became labels -1 and +1, or the numbers of classes."""
    found = LabelMap.from_json(d.get("labels"))
    if found is None:
        return ()
    if found.named is not None:
        return _classes(found.named)
    if found.values is not None:
        low, high = map(numbers.rational, found.values)
        return say(
            rf" The label $y_i$ is $-1$ where the target is ${low}$, and $+1$ where it is ${high}$."
        )
    assert found.above is not None, "a map has values or a threshold"
    return say(
        rf" The label $y_i$ is $+1$ where the target is above "
        rf"${numbers.rational(found.above)}$, and $-1$ elsewhere."
    )


def _classes(names: Sequence[Fraction | str]) -> Block:
    """Which value or word of the target is which class: the first few where they are many."""
    out = say(r" The class $y_i$ is ")
    shown = names[:SHOWN_CLASSES]
    for number, name in enumerate(shown):
        called = rf"${numbers.rational(name)}$" if isinstance(name, Fraction) else Text(name)
        end = ", " if number < len(shown) - 1 else "."
        if len(names) > len(shown) and number == len(shown) - 1:
            end = ", and so on in ascending order."
        out = say(out, rf"${number}$ where the target is ", called, end)
    return out


def outer_weights(outer: Mapping[str, Any]) -> Block:
    """Which outer weights these are, and how generated ones are drawn again."""
    drawn = WRITTEN_SEED.fullmatch(str(outer["source"]))
    p = int(outer["p"])
    if drawn is None:
        return say(
            rf"Let $a\in\mathbb R^p$, $p={p}$, be the outer weights of the file ",
            Text(f"{outer['source']}; its SHA-256 begins with {str(outer['sha256'])[:16]}."),
        )
    halvings = -(-(p - 1).bit_length() // 2)
    return say(
        rf"Let $a\in\mathbb R^p$, $p={p}$, be drawn once: "
        rf"$a_j=2^{{-{23 + halvings}}}\mathrm{{int}}_j$, where $\mathrm{{int}}_j+2^{{23}}$ "
        rf"are successive "
        rf"24-bit numbers of the Mersenne Twister with seed ${int(drawn['seed'])}$ (and "
        rf"$\mathrm{{int}}_j=1$ in place of $0$). "
        rf"In Python: ",
        Text(f"random.Random({int(drawn['seed'])}).getrandbits(24)."),
    )


def _near(number: re.Match[str]) -> str:
    """``= 0.999999...``, a number that the prover broke off, to four digits and in words."""
    return f"close to {numbers.decimal(numbers.nearest(Fraction(number[1]), 4))}"


def open_part(reason: str) -> Sentence:
    """Why something stayed open, in the words of the certificate without the names of its rules."""
    said = _RULE_NAMES.sub("", reason)
    said = _ROUTE_OF.sub(lambda m: f"{m[1].title()} route", said).replace("- 1*sigma", "- sigma")
    said = _CONDITIONS.sub(r"(\1)", said)
    said = _BROKEN_OFF.sub(_near, said)
    return quoted(said if said.endswith(".") else f"{said}.")


def statement_of(content: Mapping[str, Any], views: Mapping[str, View]) -> Statement:
    """The statement of a certificate: what its goals say."""
    verdict = content["verdict"]
    title = title_of(content)
    assumed = hypotheses(content)
    if verdict == "UNKNOWN":
        return Statement(
            "remark",
            title,
            assumed,
            say(
                rf"It is not decided here whether {CLAIMS[str(content['claim'])]}. Open: ",
                *open_part(str(content["open"])),
            ),
        )
    goals = [views[name] for name in content["goals"]]
    against = [goal for goal in goals if _fails(goal)]
    body: Block = _negation(content, against) if verdict == "REFUTED" else ()
    for goal in goals:
        if content["claim"] == "villani-iff" and verdict == "PROVED" and _fails(goal):
            body = say(body, " ", _negation(content, [goal]))
        body = say(body, " " if body else (), words_of(goal).statement)
        if str(goal.step["claim"]).startswith("Villani"):
            more = say(_critical_noise(goal, views), _more_precisely(goal, views))
            body = say(body, " ", more) if more else body
    negative = verdict == "REFUTED" or all(_fails(goal) for goal in goals)
    implicit = any(
        goal.step["rule"] in ("continuous-time convergence", "discrete-time convergence")
        for goal in goals
    )
    return Statement("proposition" if negative else "theorem", title, assumed, body, implicit)


def _fails(goal: View) -> bool:
    """True for a step that says that a condition fails."""
    return str(goal.step["claim"]).endswith("fails")


# Refutations by an instance of their own: what they need of the data they bring along.
INSTANCES = frozenset(
    {
        "kink on an instance",
        "kink of phi on an instance",
        "instance ray",
        "escaping critical points",
        "mirrored units",
    }
)


# The claims in mathematics, as clauses: what is left undecided, or proved, or refuted.
CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "villani": "$L$ is a Villani function",
        "villani-small-noise": "$L$ is a Villani function for every $s$ below an explicit bound",
        "villani-iff": r"$L$ is a Villani function for every $\lambda>0$ and for no $\lambda\le0$",
        "villani-one-signed": rf"$L$ is a Villani function whenever {ONE_SIGN}",
        "lipschitz-threshold": "$L$ is a Villani function",
        "sgd-continuous": "the diffusion converges by the theorem on Villani functions",
        "sgd-discrete": "stochastic gradient descent converges by the theorem on Villani functions",
        "dissipativity": r"there are $m>0$ and $b$ with $\langle\nabla L(W),W\rangle\ge mr^2-b$ for every $W$",
        "rate-continuous": "the diffusion converges at a rate with explicit constants",
        "rate-langevin": "Langevin Monte Carlo converges at a rate with explicit constants",
        "escaping": "(V4) fails below a threshold",
    }
)


def _negation(content: Mapping[str, Any], goals: Iterable[View]) -> Block:
    """What the failing conditions refute, in a sentence with its lambda and s."""
    goals = tuple(goals)
    if content["claim"] == "dissipativity":
        scope = [goal.for_no_decay() for goal in goals]
        false = rf"it is not true that {CLAIMS['dissipativity']}"
        reason = (
            r"; for that would give $L(tV)\ge L(V)+\frac m2(t^2-1)-b\log t$ for $\|V\|_F=1$ "
            r"and $t\ge1$, and so "
            r"$L\to\infty$ along every ray"
        )
    else:
        scope = [of_layers.where(goal) if goal.layered else where(goal) for goal in goals]
        false, reason = "$L$ is not a Villani function", ""
    if any(goal.step["rule"] in INSTANCES or is_instance(goal) for goal in goals):
        layers = content["problem"].get("layers")
        whom = "data and outer weights exist" if layers is None else "an instance exists"
        false = f"{whom} for which {false}"
    said = " and ".join(dict.fromkeys(scope))
    return say(f"{said[0].upper()}{said[1:]}, {false}{reason}.")


def _critical_noise(villani: View, views: Mapping[str, View]) -> Block:
    """The s below which a Villani step speaks, by its formula and with its value where it has one."""
    name = str(villani.payload.get("noise_below", ""))
    v4 = next((p for p in villani.premises if str(p["claim"]).startswith("V4")), None)
    if v4 is None or name not in v4["defines"]:
        return ()
    view = views[str(v4["id"])]
    defined = {d.name: d for d in definitions(view.content, view.step)}
    # The formulas of s_0 and of the constants of the same step that it is made of.
    shown = [defined[n] for n in reversed(defined) if n in _named_below(name, defined)]
    if not shown:
        return ()
    formulas = ", ".join(f"${d.symbol}={latex(d.root)}$" for d in shown if d.root is not None)
    bounds = view.bounds(name)
    if bounds is None:
        return say(f"Here {formulas}. ")
    low = numbers.latex(bounds[0], -1, view.digits)
    return say(f"Here {formulas}; and ${symbol(name)}$ is at least ${low}$. ")


def _named_below(name: str, defined: Mapping[str, Definition]) -> set[str]:
    """A constant and those of its formula, as far as they are defined beside it."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        root = defined[waiting.pop()]
        if root.name in found:
            continue
        found.add(root.name)
        if root.root is not None:
            inner = {str(n.value) for n in walk(root.root) if n.op == "name"}
            waiting += [n for n in inner if n in defined]
    return found


def _more_precisely(villani: View, views: Mapping[str, View]) -> Block:
    """The explicit lower bound of (V4) behind a Villani step."""
    v4 = next(p for p in villani.premises if str(p["claim"]).startswith("V4"))
    if villani.layered:
        bound = of_layers.lower_bound(views[str(v4["id"])])
        return say(f"More precisely,{bound}") if bound else ()
    whom = "" if villani.step["claim"] == "Villani" else " for such $a$,"
    return say(f"More precisely,{whom}", lower_bound(views[str(v4["id"])]))
