"""A certificate from a file to a verdict: the document, its steps, its summary, and the reader's
problem.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flint import arb, ctx, fmpq

from proofkit.check import cover, onedim, rules
from proofkit.check.compare import contradiction, data_differ, outer_differ, same_function
from proofkit.check.expr import Refused, Tree, Unverified, number, parse, tape
from proofkit.check.problem import Reader, Unreadable, drawn, read_bytes
from proofkit.check.rules import (
    PARAMETERS,
    RULES,
    SAYS,
    WORDS,
    Enclosure,
    contains,
    enclosure,
    evaluate,
    shown,
    value_at,
)
from proofkit.errors import InputError
from proofkit.reading.labels import LabelMap
from proofkit.reading.table import Table, rows_sha256

FORMAT = ("proofkit-certificate", 1)
MAX_CERTIFICATE = 2**24
MAX_DIGITS = 2500
MAX_WORK = (
    400_000  # pieces of covers times nodes of the expression, an arc of phases counted as eight
)
TOP = [
    "format",
    "version",
    "theorem",
    "claim",
    "statement",
    "verdict",
    "problem",
    "assumptions",
    "conditions",
    "lambda_threshold",
    "routes",
    "published_threshold",
    "witness",
    "open",
    "notes",
    "constants",
    "goals",
    "steps",
    "evidence",
    "sources",
    "versions",
    "digest",
]
SPEC = ["activation", "loss", "regulariser", "lambda", "noise", "data", "outer"]
DATA = [
    "source",
    "sha256",
    "target",
    "n",
    "d",
    "B_x_squared",
    "X2",
    "B_y",
    "y_min",
    "y_max",
    "Y1",
    "Y2",
    "Lambda_S",
    "features",
    "labels",
    "rows_sha256",
]
OUTER = [
    "source",
    "sha256",
    "p",
    "a_1",
    "a_2_squared",
    "a_inf",
    "a_plus",
    "a_minus",
    "first_positive",
    "first_negative",
]
STEP = ["id", "rule", "about", "premises", "claim", "statement", "defines", "evidence", "payload"]
LEVELS = ("Coq-checked", "kernel-checked", "tested", "cited")
# The claims of the goals that prove a claim together, and those of which one refutes it.  Cited
# theorems and rates are not refuted: where a
# hypothesis fails they say nothing.  Dissipativity needs neither V1 nor V4.  V4 fails on instances
# with outer weights of both signs.
PROVES = {
    "villani": ({"Villani"}, {"V1 fails", "V2 fails", "V4 fails"}),
    "villani-iff": ({"Villani", "V2 fails"}, {"V1 fails", "V4 fails"}),
    "villani-one-signed": ({"Villani if one sign"}, {"V1 fails", "V2 fails"}),
    "lipschitz-threshold": ({"Villani"}, {"V1 fails", "V2 fails", "V4 fails"}),
    "sgd-continuous": ({"continuous"}, set()),
    "sgd-discrete": ({"discrete"}, set()),
    "dissipativity": ({"dissipative"}, {"V2 fails"}),
    "rate-continuous": ({"rate"}, set()),
    "rate-langevin": ({"langevin"}, set()),
    "escaping": ({"V4 fails"}, set()),
}
ONE_SIGNED = "villani-one-signed"
PUBLISHED = {
    "squared": ("2*M1*M1*B_x^2*a_2^2", "arXiv:2210.11452 (recalled)"),
    "logistic": ("M1*M1*B_x^2*a_2^2/2", "arXiv:2309.09258 (recalled)"),
}
COMPARED = (
    "every step with its rule, every enclosure with this program's own, verdict and "
    "statement with the steps"
)
QUOTED = (
    "the theorem's own words, notes, sources, versions and the names of files and "
    "activations are quoted, not checked",
    "exact forms and places of suprema are compared with the enclosures and witnesses "
    "(places to 10^-9), not proved",
)


@dataclass(frozen=True)
class Line:
    """One step of the tree that is shown: what was checked, whether it holds, why not, and what it
    rests on.
    """

    name: str
    rule: str
    evidence: str
    holds: bool
    reason: str = ""
    premises: tuple[str, ...] = ()


VALID, INVALID, OPEN, ELSEWHERE = (
    "valid",
    "INVALID",
    "not verified",
    "valid but not about your problem",
)
EXIT: Mapping[str, int] = MappingProxyType({VALID: 0, INVALID: 1, OPEN: 3, ELSEWHERE: 4})
NOTHING = "claims nothing"
YOURS = " with yours"


@dataclass(frozen=True)
class Outcome:
    """The verdict on a certificate.

    ``status`` is VALID; INVALID when something it says is wrong; OPEN when this checker cannot
    decide it, with its own arithmetic or with what the reader gave; ELSEWHERE when every step holds
    and the verdict does not follow for the reader's problem, for the reasons in ``differences``.
    ``compared`` and ``not_compared`` say what the status rests on. ``statement`` is what was
    verified; an UNKNOWN certificate claims nothing.
    """

    status: str
    verdict: str
    statement: str
    lines: tuple[Line, ...]
    not_compared: tuple[str, ...]
    differences: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """True when the certificate holds and is about the reader's problem, as far as the reader
        gave that.
        """
        return self.status == VALID

    @property
    def closing(self) -> str:
        """One sentence that says what was compared, and what not."""
        done = f"; compared: {_listed(self.compared)}" if self.compared else ""
        return f"not compared: {_listed(self.not_compared)}{done}"


def _listed(items: Sequence[str]) -> str:
    """The items, with those that end with YOURS drawn together in front."""
    yours = [item.removesuffix(YOURS) for item in items if item.endswith(YOURS)]
    last = " and ".join([", ".join(yours[:-1]), yours[-1]] if yours[1:] else yours)
    rest = [item for item in items if not item.endswith(YOURS)]
    return "; ".join([*([last + YOURS] if yours else []), *rest])


@dataclass(frozen=True, eq=False)
class Fact:
    """A step that holds: its rule and claim, the evidence it rests on, the constants known from it,
    its payload; a key of what follows from it.

    ``where`` are the conditions on lambda and s under which it holds, ``formulas`` how its
    constants follow from one another, in order; ``instance`` is true where it speaks of data of its
    own choice.
    """

    rule: str
    claim: str
    statement: str
    evidence: str
    levels: frozenset[str]
    known: Mapping[str, Enclosure]
    payload: Mapping[str, Any]
    where: frozenset[str] = frozenset()
    formulas: Mapping[str, str] = field(default_factory=dict)
    instance: bool = False


class Another(Unreadable):
    """JSON that says itself that it is something else."""


class _Unusable(ValueError):
    """JSON that no certificate is."""


def decoded(path: Path) -> str:
    """The text of a file that could be a certificate; Unreadable for an empty one, and for what is
    no UTF-8 text.
    """
    raw = read_bytes(path, MAX_CERTIFICATE)
    if not raw.strip():
        raise Unreadable(f"{path} is no certificate: it is empty")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is no certificate: it is not UTF-8 text") from None


def load(path: Path) -> dict[str, Any]:
    """The JSON object of a file; Unreadable when it is too large, nested too deeply, or says a key
    twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            raise _Unusable("it says a key twice")
        return out

    def refuse(text: str) -> Any:
        raise _Unusable(f"it holds {text[:20]}, which is no whole number")

    def integer(text: str) -> int:
        if len(text) > MAX_DIGITS:
            raise _Unusable(f"it holds a number of more than {MAX_DIGITS} digits")
        return int(text)

    text = decoded(path)
    try:
        content = json.loads(
            text,
            object_pairs_hook=once,
            parse_float=refuse,
            parse_constant=refuse,
            parse_int=integer,
        )
    except json.JSONDecodeError as error:
        # Without the parser's words, which may repeat the file.
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"{path} is no certificate: it is not valid JSON ({where})") from None
    except _Unusable as error:
        kind = Unreadable if FORMAT[0] in text else Another
        raise kind(f"{path} is no certificate: {error}") from None
    except RecursionError:
        raise Unreadable(f"{path} is no certificate: it is nested too deeply") from None
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != FORMAT:
        raise Another(f"{path} is not a proofkit certificate of version 1")
    return content


def demand(condition: Any, otherwise: str) -> None:
    """Refused, with the reason, unless the condition holds."""
    if not condition:
        raise Refused(otherwise)


def fields(value: Any, names: Sequence[str], what: str) -> Mapping[str, Any]:
    """The value, an object with exactly these keys; Refused otherwise."""
    demand(
        isinstance(value, dict) and set(value) == set(names),
        f"{what} lacks a field or has one too many",
    )
    return value


def check(
    content: Mapping[str, Any], reader: Reader | None = None, cache: dict[Any, Any] | None = None
) -> Outcome:
    """Every step again, then the summary; the first failure makes the certificate invalid.

    ``cache`` keeps what was computed between certificates that record the same proof of the same
    quantity.
    """
    lines, where, run, status = list[Line](), "document", None, VALID
    before, ctx.prec = ctx.prec, 192
    try:
        fields(content, TOP, "the certificate")
        body = json.dumps(
            {k: v for k, v in content.items() if k != "digest"},
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        demand(
            (content["format"], content["version"]) == FORMAT,
            "the format or its version is another",
        )
        demand(
            hashlib.sha256(body).hexdigest() == content["digest"],
            "the digest is not that of the content",
        )
        run = _Checker(content, reader, {} if cache is None else cache)
        lines.append(Line("problem", run.about(), "", True))
        for step in content["steps"]:
            where = str(step.get("id"))[:20] if isinstance(step, dict) else "steps"
            lines.append(
                Line(where, step["rule"], run.step(step), True, "", tuple(step["premises"]))
            )
        where = "summary"
        run.summary()
        lines.append(Line(where, "", "", True))
        where = "your problem"
        if run.follows():
            status = ELSEWHERE
    except Refused as error:
        status = OPEN if isinstance(error, Unverified) else INVALID
        lines.append(Line(where, "", "", False, str(error)))
    except (OverflowError, RecursionError, MemoryError) as error:
        status = OPEN
        why = f"its numbers or expressions are too large for this checker ({type(error).__name__})"
        lines.append(Line(where, "", "", False, why))
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        ZeroDivisionError,
    ) as error:
        status = INVALID
        lines.append(
            Line(
                where,
                "",
                "",
                False,
                f"a field is missing or of the wrong kind ({type(error).__name__})",
            )
        )
    finally:
        ctx.prec = before
    differences = tuple(run.differences) if run else ()
    lines += [Line(where, "", "", False, why) for why in differences if status == ELSEWHERE]
    said = run.not_compared if run and status in (VALID, ELSEWHERE) else []
    verdict = str(content.get("verdict"))
    return Outcome(
        status,
        verdict,
        NOTHING if verdict == "UNKNOWN" else str(content.get("statement")),
        tuple(lines),
        (*QUOTED, *said),
        differences,
        (COMPARED, *(reader or Reader()).named) if status in (VALID, ELSEWHERE) else (),
    )


class _Checker:
    """One certificate: its problem, and the facts established so far."""

    def __init__(
        self, content: Mapping[str, Any], reader: Reader | None, cache: dict[Any, Any]
    ) -> None:
        self.content, self.reader, self.cache = content, reader or Reader(), cache
        self.key = (repr(content["problem"]), reader)
        self.facts, self.not_compared, self.work = dict[str, Fact](), list[str](), 0
        self.differences, self.open = list[str](), ""
        spec = self.spec = fields(content["problem"], SPEC, "the problem")
        self.loss, self.text = (
            spec["loss"],
            fields(spec["activation"], ["name", "expression"], "the activation")["expression"],
        )
        demand(
            self.loss in PUBLISHED and spec["regulariser"] == "lambda/2*||W||_F^2",
            "the loss or the regulariser is not known",
        )
        self.root: Tree = self.once(("tree", self.text), lambda: parse(self.text))
        self.lam, self.noise = (
            None if spec[k] is None else number(spec[k]) for k in ("lambda", "noise")
        )
        demand(self.noise is None or self.noise > 0, "the noise s is not positive")
        self.symbolic = spec["data"] is None
        demand(self.symbolic == (spec["outer"] is None), "data and outer weights belong together")
        if not self.symbolic:
            self.data, self.outer = (
                fields(spec["data"], DATA, "the data"),
                fields(spec["outer"], OUTER, "the outer weights"),
            )
            self.named_columns()
            why = contradiction(self.data, self.outer)
            demand(not why, f"the constants of the problem contradict each other: {why}")
            # The logistic loss is one of labels: every rule for it, and the assumptions, take |y_i|
            # = 1.
            demand(
                self.loss != "logistic" or self.two_labels(),
                "the loss is logistic and the labels are not all -1 or +1",
            )
            demand(
                content["claim"] != ONE_SIGNED,
                f"the claim {ONE_SIGNED} is for arbitrary data and weights",
            )
            self.drawn_weights()
        labels = None if self.symbolic else LabelMap.from_json(self.data["labels"])
        demand(
            labels is None or self.loss == "logistic",
            "labels are mapped only for the logistic loss",
        )
        self.own = self.own_data()
        kind = "symbolic" if self.symbolic else "data"
        self.words = {
            k: v.format_map(spec)
            for part in ("any", kind, self.loss, f"{self.loss} {kind}")
            for k, v in WORDS.get(part, {}).items()
        }
        self.words["any lambda"] = (
            "for every lambda" if self.lam is None else f"for lambda = {spec['lambda']}"
        )
        self.words["of s"] = "every s > 0" if self.noise is None else f"s = {spec['noise']}"
        self.compare()
        said = [
            self.words[k]
            for k in ("given", "model", "labels", "sizes", "s any" if self.noise is None else "s")
            if self.words.get(k)
        ]
        if labels is not None:
            said.insert(-1, labels.sentence(self.data["target"]))
        demand(content["assumptions"] == said, "the assumptions are not those of the problem")

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """A value that other certificates of the same run may have asked for."""
        if key not in self.cache:
            self.cache[key] = make()
        return self.cache[key]

    def about(self) -> str:
        """What the certificate is about, from what was read and not from the names it gives."""
        lam, s = (
            f"{k} = {v}" if v is not None else f"{k} a symbol"
            for k, v in (("lambda", self.lam), ("s", self.noise))
        )
        data = (
            "any n, p, d, data and a"
            if self.symbolic
            else f"n = {self.data['n']}, d = {self.data['d']}, p = {self.outer['p']}"
        )
        return f"sigma = {self.text}, {self.loss} loss, {lam}, {s}, {data}"

    def named_columns(self) -> None:
        """What is quoted of data and outer weights is text, with one name for each feature."""
        names = self.data["features"]
        quoted = [self.data[k] for k in ("source", "sha256", "target", "rows_sha256")]
        quoted += [self.outer[k] for k in ("source", "sha256")]
        demand(
            isinstance(names, list)
            and len(names) == self.data["d"]
            and all(isinstance(v, str) for v in (*names, *quoted)),
            "the names and digests of the data are no text, or not one for each feature",
        )

    def two_labels(self) -> bool:
        """True when every label is -1 or +1: |y_i| <= 1 with mean square 1."""
        return (number(self.data["B_y"]), number(self.data["Y2"])) == (1, 1)

    def drawn_weights(self) -> None:
        """Outer weights that say how they were drawn are those."""
        seeded = re.fullmatch(r"width ([0-9]{1,8}), seed ([0-9]{1,18})", self.outer["source"])
        if seeded is None:
            return
        key = (int(seeded.group(1)), int(seeded.group(2)))
        why = outer_differ(self.outer, self.once(key, lambda: drawn(*key)))
        demand(not why, f"the outer weights are not those that are drawn: {why}")
        demand(
            self.outer["sha256"] == "",
            "outer weights that are drawn come from no file, so they have no sha256",
        )

    def compare(self) -> None:
        """The reader's problem against the certificate's: what differs is kept, and said once the
        steps hold.
        """
        reader, said = self.reader, self.not_compared
        for name, own, recorded in (
            ("lambda", reader.lam, self.lam),
            ("noise", reader.noise, self.noise),
            ("loss", reader.loss, self.loss),
        ):
            if own is None:
                said.append(f"{name} with yours")
            elif recorded is not None and own != recorded:
                self.differ(
                    f"the certificate is about {name} = {str(recorded)[:40]}, yours is "
                    f"{str(own)[:40]}"
                )
        if reader.activation is None:
            said.append("activation with yours")
        elif self.attempt(same_function, reader.activation, self.root) is False:
            self.differ(
                f"the certificate is about activation = {self.text[:60]!r}, yours is another "
                f"function"
            )
        if self.symbolic:
            return
        if self.own is None:
            said.append("the constants of the data and their sha256 with your file")
        elif why := self.attempt(self.other_rows, self.own):
            self.differ(why)
        elif self.data["sha256"] != self.own.digest:
            said.append("the sha256: your file is another one with the same numbers")
        if self.own is not None and self.data["features"] != list(self.own.features):
            said.append("the names of the features, which your file calls otherwise")
        if reader.outer is None:
            said.append("the outer weights with yours")
        elif why := outer_differ(self.outer, reader.outer):
            self.differ(why)

    def attempt(self, compare: Callable[..., Any], *values: Any) -> Any:
        """A comparison; None, with the reason kept until the steps are checked, where it stays
        open.
        """
        try:
            return compare(*values)
        except Unverified as error:
            self.open = str(error)
            return None

    def differ(self, why: str) -> None:
        """Keep a reason why the verdict does not follow for the reader's problem."""
        self.differences.append(why)

    def own_data(self) -> Table | None:
        """The reader's rows as the loss takes them; None, with the difference kept, when their
        target is no label.
        """
        try:
            return self.reader.data_for(self.loss)
        except InputError as error:
            self.differ(str(error))
            return None

    def other_rows(self, table: Table) -> str:
        """How the certificate's data differ from the reader's rows and labels; '' when they do not."""
        recorded = self.data
        if recorded["target"] != table.target:
            return (
                f"the certificate predicts {str(recorded['target'])[:40]!r}, you "
                f"{table.target[:40]!r}"
            )
        own = None if table.label_map is None else table.label_map.json()
        if recorded["labels"] != own:
            return (
                f"the certificate's labels are {str(recorded['labels'])[:60]}, yours "
                f"{str(own)[:60]}"
            )
        if why := data_differ(recorded, exact_rows(table), exact_labels(table)):
            return why
        if recorded["rows_sha256"] != rows_sha256(table):
            return "the certificate speaks of other rows with the same constants"
        return ""

    # -- steps --------------------------------------------------------------------------------

    def step(self, step: Mapping[str, Any]) -> str:
        """One step; the fact is kept under its id."""
        fields(step, STEP, "a step")
        rule, r = step["rule"], RULES.get(step["rule"], {}) if step["rule"] != "words" else {}
        demand(
            r
            and isinstance(step["id"], str)
            and step["id"] not in self.facts
            and len(self.facts) < 500,
            "the rule is not known, or the step's id is used twice",
        )
        premises = tuple(self.facts[p] for p in step["premises"])
        if rule == "derivation":
            rules.derivation(
                self.root, self.loss, self.content["digest"]
            )  # at other points for every certificate
        said = repr([step[k] for k in STEP if k not in ("id", "premises")])
        self.facts[step["id"]] = fact = self.once(
            (self.key, said, premises), lambda: self.infer(rule, r, step, premises)
        )
        return fact.evidence

    def infer(
        self, rule: str, r: Mapping[str, Any], step: Mapping[str, Any], premises: tuple[Fact, ...]
    ) -> Fact:
        """The fact that a step states, when it follows."""
        head = (
            tuple(r.get("premises", ())),
            r.get("about", "problem"),
            r["claim"],
            r.get("evidence", "kernel-checked"),
        )
        if (
            tuple(f.claim for f in premises),
            step["about"],
            step["claim"],
            step["evidence"],
        ) != head or r.get("loss", self.loss) != self.loss:
            raise Refused(
                f"rule {rule}: the premises, claim, subject, evidence or loss are not those "
                f"of the rule"
            )
        known: dict[str, Enclosure] = {}
        for f in premises:
            for name, pair in f.known.items():
                if known.setdefault(name, pair) != pair:
                    raise Refused(f"rule {rule}: two different constants are called {name}")
        demand(
            self.symbolic or not r.get("symbolic"),
            f"rule {rule}: it is for arbitrary data and weights",
        )
        demand(
            known.keys() >= set(r.get("needs", ())),
            "no premise gives one of the constants that the rule needs",
        )
        demand(
            rules.holds(r.get("require", ""), known)
            and (not r.get("last") or premises[-1].rule in r["last"]),
            "the condition of the rule is not known to hold",
        )
        words, payload, given = SPECIAL.get(rule, _Checker.plain)(self, step, premises, known)
        words = self.words | {"when": self.when(r["above"], known) if "above" in r else ""} | words
        formulas = [
            *r.get("defines", ()),
            *next((c[1:] for c in r.get("cases", ()) if rules.holds(c[0], known)), ()),
        ]
        self.define(step, known, dict(f.format_map(words).split(" = ", 1) for f in formulas), given)
        demand(
            payload is READ
            or step["payload"] == (r.get("payload", {}) if payload is None else payload),
            "the payload is not what the rule gives",
        )
        demand(
            step["statement"] == r["sentence"].format_map(words),
            "the statement is not the sentence of the rule",
        )
        levels = frozenset().union(*(f.levels for f in premises), [head[3]])
        above = step["payload"]["threshold"] if rule in VILLANI else r.get("above")
        own = {f"lambda > {above}"} if above is not None else set(r.get("where", ()))
        if "s_c" in step["defines"]:
            own.add("s >= s_c")
        written = {k: c["formula"] for k, c in step["defines"].items() if c["formula"] is not None}
        return Fact(
            rule,
            step["claim"],
            step["statement"],
            head[3],
            levels,
            known,
            step["payload"],
            frozenset(own).union(*(f.where for f in premises)),
            {k: v for f in premises for k, v in f.formulas.items()} | written,
            bool(r.get("instance")) or any(f.instance for f in premises),
        )

    def define(
        self,
        step: Mapping[str, Any],
        known: dict[str, Enclosure],
        formulas: dict[str, str],
        given: Mapping[str, Any],
    ) -> None:
        """The constants of a step: those given have the values found, the others contain their
        formula's value.
        """
        formulas = {**{k: v for k, v in given.items() if isinstance(v, str)}, **formulas}
        demand(
            set(step["defines"]) == set(formulas) | set(given),
            "the step defines other constants than its rule",
        )
        for name in (*(k for k in given if k not in formulas), *formulas):
            c = fields(step["defines"][name], ["formula", "lo", "hi", "exact", "at"], "a constant")
            known[name] = pair = enclosure(c)
            right = (
                contains(pair, evaluate(formulas[name], known))
                if name in formulas
                else pair == given[name]
            )
            if not right or c["formula"] != formulas.get(name):
                raise Refused(
                    f"the constant {name} is not what the rule gives, or does not contain "
                    f"its formula's value"
                )
            if c["exact"] is not None:
                exact = self.once(
                    ("exact", c["exact"]), lambda text=c["exact"]: value_at(parse(text))
                )
                demand(
                    pair and arb(pair[0]).union(arb(pair[1])).overlaps(exact),
                    f"the exact form of {name} is not in its enclosure",
                )

    def when(self, threshold: str, known: Mapping[str, Enclosure]) -> str:
        """The condition on lambda of a conclusion that needs lambda above a threshold."""
        if self.lam is None:
            return f"for every lambda > {threshold}"
        demand(
            rules.holds(f"lambda > {threshold}", {**known, "lambda": (self.lam, self.lam)}),
            f"lambda = {self.lam} is not above the threshold {threshold}",
        )
        return f"for lambda = {self.spec['lambda']}"

    # What single rules find: (words of the sentence, the payload or READ when it was read here or
    # None for the table's, constants given).

    def plain(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """A rule of the table alone."""
        given = {k: enclosure(step["defines"][k]) for k in [RULES[step["rule"]].get("free")] if k}
        demand(
            all(pair and pair[0] == pair[1] >= 0 for pair in given.values()),
            "the level M is not a number >= 0",
        )
        return {}, None, given

    def smooth(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """sigma is visibly analytic."""
        cover.smooth(self.root)
        return {}, {}, {}

    def kink(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """A derivative of sigma jumps."""
        payload = fields(step["payload"], ["order", "at"], "the payload")
        if str(payload["at"]).endswith("..."):
            raise Unverified("the place of the kink is not a rational number")
        demand(
            type(payload["order"]) is int and 0 <= payload["order"] <= 64,
            "the order of the kink has no sense",
        )
        if str(payload["at"]).endswith("..."):
            raise Unverified("the kink lies at no rational number, where this checker cannot look")
        cover.kink(self.root, payload["order"], number(payload["at"]))
        return {"k": payload["order"] + 1, "at": payload["at"]}, READ, {}

    def kink_on_an_instance(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """One weight: the chain rule leads the first jump of sigma over to L where l' is not 0."""
        demand(self.symbolic, "the problem is bound to data")
        at, order = premises[0].payload["at"], premises[0].payload["order"]
        label = f"sigma({at}) - 1" if self.loss == "squared" else "1"
        point = "t" if at == "0" else f"{at} + t"
        ray = f"n = p = d = 1, x_1 = a_1 = 1, y_1 = {label}, W = {point}"
        words = {"ray": ray, "k": order + 1}
        return words, {"kind": "kink", "at": at, "order": order, "ray": None, "limit": None}, {}

    def kink_of_the_loss(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """One unit moves along w + t u, the others stay at v: what the derivatives of the samples
        at the kink jump by does not cancel.
        """
        names = ["kind", "at", "order", "ray", "limit", "sign", "w", "u", "v"]
        payload, rows = fields(step["payload"], names, "the payload"), self.rows()
        sign, at, order = payload["sign"], payload["at"], payload["order"]
        demand(
            {"at": at, "order": order} == premises[0].payload and sign in (1, -1),
            "the kink is not that of the premise, or the unit has no sign",
        )
        first = None
        if not self.symbolic:
            first = self.outer["first_positive" if sign > 0 else "first_negative"]
        demand(first is not None, "no outer weight of that sign is known")
        weight, alone = number(first), self.outer["p"] == 1
        others = number(self.outer["a_plus"]) - number(self.outer["a_minus"]) - weight
        demand(not alone or others == 0, "the only outer weight contradicts the sums of all")
        demand((payload["v"] is None) == alone, "the other rows are given without other units")
        w, u, v = (
            None if payload[k] is None else [number(c) for c in payload[k]] for k in ("w", "u", "v")
        )
        labels = () if self.own is None else exact_labels(self.own)
        squared = self.loss == "squared"
        met = rules.jump(
            rules.Kink(self.root, number(at), order + 1),
            squared,
            list(zip(rows, labels, strict=True)),
            (weight, others),
            (w, u, v),
        )
        rest = "" if alone else ", the other rows v"
        ray = (
            f"w_1(t) = w + t u{rest}, for the first {'positive' if sign > 0 else 'negative'} "
            f"outer weight {weight}"
        )
        said = {"kind": "kink of L", "at": at, "order": order, "ray": ray}
        said |= {"limit": f"none of the derivative of order {order + 1} at t = 0"}
        demand(
            {k: payload[k] for k in said} == said and type(sign) is int,
            "the payload is not what the rule gives",
        )
        return {"ray": ray, "k": order + 1, "at": at, "met": met}, READ, {}

    def supremum(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The covers of a quantity, and the place where it is reached or approached."""
        payload = fields(step["payload"], ["quantity", "kappa", "proofs"], "the payload")
        name, kappa = (
            payload["quantity"],
            None if payload["kappa"] is None else number(payload["kappa"]),
        )
        demand(
            name in SAYS
            and (name in PARAMETERS) == (kappa is not None)
            and (kappa is None or name == "S_alpha" or kappa >= 0),
            "the quantity is not known, or kappa is missing or negative",
        )
        pair, at = (
            self.suprema(self.root, name, kappa, payload["proofs"]),
            step["defines"][name]["at"],
        )
        demand(
            at is None or any(self.reached(p, at) for p in payload["proofs"]),
            f"{name} is not reached at {str(at)[:40]}",
        )
        return (
            {"says": SAYS[name], "lo": shown(pair[0]), "hi": shown(pair[1])},
            READ,
            {**({} if kappa is None else {PARAMETERS[name]: (kappa, kappa)}), name: pair},
        )

    def suprema(self, root: Tree, name: str, kappa: fmpq | None, proofs: Any) -> tuple[fmpq, fmpq]:
        """The suprema of a quantity; the same recorded proof is replayed once for all certificates
        of a run.
        """
        for p in proofs:
            fields(p, [*cover.PROOF, *(("scale",) if "scale" in p else ())], "a cover")
            self.afford((len(p["rules"]) + 2 * cover.arcs(root)) * len(tape(root)))
        return self.once(
            (root, name, kappa, repr(proofs)), lambda: cover.suprema(root, name, kappa, proofs)
        )

    def afford(self, work: int) -> None:
        """Refused when the certificate asks for more than MAX_WORK with this."""
        self.work += work
        if self.work > MAX_WORK:
            raise Unverified("the covers are too long for this checker")

    def reached(self, proof: Mapping[str, Any], at: str) -> bool:
        """True when that is the place of the witness."""
        w = proof["witness"]
        if at in ("z -> oo", "z -> -oo", "every z"):
            return (
                proof["rules"] == ["constant"]
                if at == "every z"
                else w["kind"] != "point" and w["end"] == (-1 if "-oo" in at else 1)
            )
        return w["kind"] == "point" and bool(
            abs(self.once(("exact", at), lambda: value_at(parse(at))) - arb(number(w["point"])))
            < arb("1e-9")
        )

    def value_at_zero(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """|sigma(0)|."""
        value, pair = value_at(self.root), enclosure(step["defines"]["sigma0"])
        right = (
            pair
            and value <= arb(pair[1])
            and -value <= arb(pair[1])
            and (pair[0] <= 0 or abs(value) >= arb(pair[0]))
        )
        if not right and pair and arb(pair[0]).union(arb(pair[1])).overlaps(abs(value)):
            raise Unverified("that |sigma(0)| is in its enclosure is not seen")
        demand(right, "|sigma(0)| is not in its enclosure")
        return {"lo": shown(pair[0]), "hi": shown(pair[1])}, {}, {"sigma0": pair}  # type: ignore[index]

    def asymptote(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The limit of sigma minus a line."""
        payload = fields(step["payload"], ["end", "slope", "limit"], "the payload")
        slope, pair = (
            number(payload["slope"]),
            (number(payload["limit"][0]), number(payload["limit"][1])),
        )
        low, high = cover.asymptote(self.root, payload["end"], slope)
        demand(pair[0] <= low and high <= pair[1], "the asymptote is another line")
        line, side = (
            f"sigma - {payload['slope']}*z" if slope else "sigma",
            "+oo" if payload["end"] > 0 else "-oo",
        )
        return {"line": line, "lo": shown(pair[0]), "hi": shown(pair[1]), "side": side}, READ, {}

    def parameters(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The numbers of the problem: pairs, None for symbols, formulas as text."""
        out: dict[str, Any] = {
            k: None if q is None else (q, q) for k, q in (("lambda", self.lam), ("s", self.noise))
        }
        if self.symbolic:
            return (
                {},
                {},
                out
                | dict.fromkeys(["n", "d", "p", "B_x", "B_y", "a_1", "a_2", "a_inf"])
                | {"N": "p*d", "Lambda_S": "B_x^2", "X2": "B_x^2"},
            )
        d, o = self.data, self.outer
        low, high = (number(v) for v in d["Lambda_S"])
        demand(0 <= low <= high, "the eigenvalue's enclosure is empty")
        numbers = {k: fmpq(v) for k, v in (("n", d["n"]), ("d", d["d"]), ("p", o["p"]))}
        numbers |= {
            k: number(v[k])
            for v in (d, o)
            for k in (
                "B_y",
                "X2",
                "Y1",
                "Y2",
                "y_min",
                "y_max",
                "a_1",
                "a_inf",
                "a_plus",
                "a_minus",
            )
            if k in v
        }
        roots = {"B_x": f"sqrt({d['B_x_squared']})", "a_2": f"sqrt({o['a_2_squared']})"}
        return (
            {},
            {},
            out
            | {k: (q, q) for k, q in numbers.items()}
            | {"Lambda_S": (low, high), "N": "p*d"}
            | roots,
        )

    def losses(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """Bounds of l' and l''."""
        if self.loss == "squared":
            return {"loss": "l'' = 1"}, {}, {"l2": (fmpq(1), fmpq(1))}
        payload = fields(step["payload"], ["l1", "l2"], "the payload")
        tops = {
            name: self.suprema(parse("log(1 + exp(-z))"), name, None, payload[name])[1]
            for name in ("l1", "l2")
        }
        said = (
            f"|l'| <= {tops['l1']} and 0 <= l'' <= {tops['l2']} for l = log(1 + exp(-y f)), y = +-1"
        )
        return {"loss": said}, READ, {name: (top, top) for name, top in tops.items()}

    def derivation(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The formulas for the derivatives of L, which ``step`` has tested."""
        return {}, {}, {}

    def villani(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The route of V4 and its threshold are those of the conclusion."""
        v4 = premises[3].payload
        return (
            {"when": self.when(v4["threshold"], known)},
            {"route": v4["route"], "threshold": v4["threshold"]},
            {},
        )

    def convergence(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The lambda of the Villani step and, in discrete time, the s that are at most 1/gLip."""
        words, s = {"when": self.when(premises[0].payload["threshold"], known)}, self.spec["noise"]
        if step["rule"] == "discrete-time convergence":
            top = known["gLip"]
            demand(
                self.noise is None or top is None or self.noise * top[1] <= 1,
                "s is not known to be at most 1/gLip",
            )
            words["steps"] = (
                "every s <= 1/gLip"
                if s is None
                else f"s = {s} where that is at most 1/gLip"
                if top is None
                else f"s = {s}, which is at most 1/gLip"
            )
        return words, None, {}

    def rows(self) -> Any:
        """The reader's data, which some rules need."""
        if self.own is None:
            raise Unverified("this step needs the data: give --problem and --target")
        if why := self.open or next(iter(self.differences), ""):
            raise Unverified(f"this step needs the certificate's own data: {why}")
        return exact_rows(self.own)

    def one_dimension(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """The gap of a net with one weight, replayed on the reader's rows."""
        payload, growth, rows = (
            fields(step["payload"], ["m", "left", "right", "cells"], "the payload"),
            (known["m_d"], known["b_d"]),
            self.rows(),
        )
        if self.lam is None or self.noise is None or growth[0] is None or growth[1] is None:
            raise Refused("numbers for lambda, s and the growth of L are needed")
        found = (
            [
                number(self.outer[k])
                for k in ("first_positive", "first_negative")
                if self.outer[k] is not None
            ]
            if not self.symbolic
            else []
        )
        one = (
            len(found) == 1 == self.outer["p"] == self.data["d"]
            and abs(found[0]) == number(self.outer["a_1"])
            and type(payload["cells"]) is int
        )
        demand(one, "one weight and its data are needed")
        squared, labels = self.loss == "squared", () if self.own is None else exact_labels(self.own)
        line = onedim.Line(
            self.root,
            squared,
            [(x, y) for (x,), y in zip(rows, labels, strict=True)],
            found[0],
            self.lam,
            self.noise,
        )
        m, left, right = (number(payload[k]) for k in ("m", "left", "right"))
        xi, pair = (
            onedim.exponent(line, m, (left, right), payload["cells"], (growth[0][0], growth[1][1])),
            enclosure(step["defines"]["xi"]),
        )
        demand(
            pair and pair[0] == pair[1] and xi <= arb(pair[1]),
            "the gap is larger than the quadrature shows",
        )
        return {"cells": payload["cells"]}, READ, {"xi": pair}

    def escaping(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """sigma = slope z + periodic with sigma' of both signs: critical points of L escape to
        infinity.
        """
        slope, fall, lam = number(step["payload"]["slope"]), known["fall"], self.lam
        rules.escaping(self.root, slope, premises[0].payload["proofs"][0])
        demand(
            self.symbolic and fall and slope * fall[0] > 0,
            "the instance needs symbolic data and sigma' of both signs",
        )
        top = slope * fall[0]  # type: ignore[index]
        demand(lam is None or 0 <= lam < top, "lambda is not below the threshold")
        ray, when = (
            "n = p = d = 1, a_1 = x_1 = 1, y_1 = 0: zeros W_k -> oo of L'",
            "for 0 <= lambda < lambda_c" if lam is None else f"for lambda = {self.spec['lambda']}",
        )
        payload = {
            "ray": ray,
            "limit": "at most 0 along the zeros",
            "kind": "escaping",
            "slope": step["payload"]["slope"],
        }
        return {"slope": step["payload"]["slope"], "ray": ray, "when<c": when}, payload, {}

    def steep(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """sign*sigma' >= factor |z|^power beyond a start: sign*sigma less a primitive of it does
        not fall there.
        """
        payload = fields(
            step["payload"], ["end", "sign", "start", "factor", "power"], "the payload"
        )
        values: list[Any] = [
            number(v) if isinstance(v, str) else v
            for v in (payload[k] for k in ("end", "sign", "power", "start", "factor"))
        ]
        end, sign, power, start, factor = values
        whole = [type(v) is int for v in (end, sign, power)]
        demand(
            all(whole) and {end, sign} <= {1, -1} and 1 <= power <= 8 and factor > 0,
            "the growth of sigma' is not described as it must be",
        )
        line = ("mul", ("num", factor * end**power / (power + 1)), ("pow", ("z",), fmpq(power + 1)))
        q = cover.Quantity(
            ("sub", self.root if sign > 0 else ("neg", self.root), line), 1, None, -1
        )
        self.afford(cover.arcs(q.root) * len(q.code))
        try:
            seen = cover.below(q, start, end, fmpq(0))
        except Unverified:
            seen = False
        if not seen:
            raise cover.undecided(
                q, fmpq(0), (start * end, 2 * start * end), "sigma' is not seen to grow like that"
            )
        there = f"z >= {payload['start']}" if end > 0 else f"z <= -{payload['start']}"
        return (
            {
                "power": f"^{power}" if power > 1 else "",
                "there": there,
                "factor": payload["factor"],
            },
            READ,
            {},
        )

    def mirrored(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """Two equal units with outer weights 1 and -1: R has no gradient there, and its Laplacian
        is a multiple of sigma'^2.
        """
        steep, critical, lam = premises[2].payload, self.words["critical"], self.lam
        fast = steep["power"] > 1
        demand(
            self.symbolic and (lam is None or lam > 0),
            "the instance needs symbolic data and lambda > 0",
        )
        demand(
            fast
            or self.noise is None
            or (lam is not None and self.noise >= evaluate(critical, known)),
            "s is not known to be large enough",
        )
        least = (
            self.words["of s"]
            if fast
            else f"every s >= {critical} with beta = {steep['factor']}"
            if self.noise is None
            else f"s = {self.spec['noise']}"
        )
        when = (
            "for every lambda > 0" if lam is None else f"for lambda = {self.spec['lambda']}"
        ) + f" and {least}"
        ray = self.words["mirror"]
        return (
            {"when": when, "ray": ray},
            {"ray": ray, "limit": "-oo" if fast else "at most -2 lambda", "kind": "mirrored"},
            {} if fast else {"s_c": critical},
        )

    def cancelling(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """sigma = c z^2: two units of opposite outer weights cancel in the net, not in its
        Laplacian.
        """
        lam, firsts = (
            self.lam,
            [] if self.symbolic else [self.outer[k] for k in ("first_positive", "first_negative")],
        )
        demand(
            len(firsts) == 2 and None not in firsts and (lam is None or lam > 0),
            "outer weights of both signs and lambda > 0 are needed",
        )
        a, b = number(firsts[0]), -number(firsts[1])
        critical = self.words["cancelling"].format(least=min(a, b))
        value = None if self.noise is None else evaluate(critical, known)
        demand(
            self.noise is None or (value is not None and self.noise >= value),
            "s is not known to be large enough",
        )
        when = (
            "for every lambda > 0" if lam is None else f"for lambda = {self.spec['lambda']}"
        ) + (
            f" and every s >= {critical}"
            if self.noise is None
            else f" and s = {self.spec['noise']}"
        )
        ray = (
            f"w_1(t) = t u/sqrt({a}), w_2(t) = t u/sqrt({b}) for the first outer weights {a} > 0 "
            f"> {-b}, other rows 0, u a unit eigenvector of S for Lambda_S"
        )
        return (
            {"when": when, "ray": ray, "s_c": critical},
            {"ray": ray, "limit": "no more than a constant", "kind": "cancelling"},
            {},
        )

    def ray(
        self, step: Mapping[str, Any], premises: tuple[Fact, ...], known: Mapping[str, Enclosure]
    ) -> Any:
        """A ray along which L stays bounded for lambda <= 0, and the sentence it has."""
        lam, rule, label, more = self.lam, step["rule"], "0" if self.loss == "squared" else "1", {}
        demand(lam is None or lam <= 0, "lambda is positive")
        sense = ""
        if rule == "instance ray":
            demand(self.symbolic, "the problem is bound to data")
            ray, limit, kind = (
                f"n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), y_1 = {label}, W(t) = t (0, 1)",
                f"l(sigma(0), {label})",
                "instance",
            )
        elif rule == "bounded risk":
            ray, limit, kind = (
                "W(t) = t U for every U with ||U||_F = 1",
                "at most sup R, a finite number",
                "bounded",
            )
        elif rule == "paired units":
            demand(
                not self.symbolic and {f.payload["end"] for f in premises} == {1, -1},
                "the asymptotes of both ends are needed",
            )
            a, b = number(self.outer["first_positive"]), number(self.outer["first_negative"])
            demand(
                0 < a <= number(self.outer["a_plus"]) and 0 < -b <= number(self.outer["a_minus"]),
                "the two outer weights contradict the sums",
            )
            ray = (
                f"w_1(t) = t u/{a}, w_2(t) = t u/{-b} for the first outer weights {a} > 0 > {b}, "
                f"other rows 0, any unit u"
            )
            limit, kind = "a finite number", "paired"
        else:
            u = step["payload"]["direction"]
            dots = [rules.dot(u, row) for row in self.rows()]
            demand(
                any(u) and all(isinstance(c, int) for c in u), "the direction is zero or not whole"
            )
            ray, more = f"w_j(t) = t u for every j, u = {u}", {"direction": u}
            if rule == "null direction":
                demand(not any(dots), "<u, x_i> is not zero for every i")
                limit, kind = "R(0)", "null"
            else:
                end = premises[0].payload["end"]
                demand(
                    number(premises[0].payload["slope"]) == 0 and all(end * v >= 0 for v in dots),
                    "<u, x_i> has both signs, or sigma has no finite limit there",
                )
                limit, kind, sense = "a finite number", "half-space", ">=" if end > 0 else "<="
        limit = (
            f"{limit} for lambda = 0, -oo for lambda < 0"
            if lam is None
            else limit
            if lam == 0
            else "-oo"
        )
        when = "for every lambda <= 0" if lam is None else f"for lambda = {self.spec['lambda']}"
        return (
            {"when<=": when, "ray": ray, "label": label, "limit": limit, "sense": sense},
            {"ray": ray, "limit": limit, "kind": kind, **more},
            {},
        )

    # -- what the certificate says on top of its steps -------------------------------------------

    def summary(self) -> None:
        """Verdict, statement, conditions, routes, threshold, constants and evidence are those of
        the steps.
        """
        c, facts = self.content, self.facts
        goals = [facts[g] for g in c["goals"]]
        claims, verdict, (needed, refuting) = (
            {g.claim for g in goals},
            c["verdict"],
            PROVES[c["claim"]],
        )
        against = [g for g in goals if g.claim in refuting and self.refutes(g)]
        behind = {"PROVED": needed <= claims, "REFUTED": bool(against), "UNKNOWN": True}
        demand(behind.get(verdict), f"the verdict {str(verdict)[:20]} has no step behind it")
        said = [
            g.statement
            for g in (goals if verdict == "PROVED" else against)
            if g.claim in (needed if verdict == "PROVED" else refuting)
        ]
        if c["claim"] == "villani-iff" and verdict == "PROVED":
            fails = next(g for g in goals if g.claim == "V2 fails").statement
            said = [
                f"L is a Villani function {self.words['scope']} and {self.words['of s']} if "
                f"lambda > 0; for lambda <= 0 it is not: {fails}"
            ]
            demand(
                self.lam is None
                and any(g.payload.get("threshold") == "0" for g in goals if g.claim == "Villani"),
                "the threshold of the goal is not 0",
            )
        demand(
            verdict == "UNKNOWN" or c["statement"] in said, "the statement is not that of a goal"
        )
        lipschitz = (
            c["claim"] != "lipschitz-threshold"
            or verdict != "PROVED"
            or any(g.payload.get("route") == "lipschitz" for g in goals)
        )
        demand(lipschitz, "the goal is not reached by the Lipschitz route")
        fields(c["conditions"], ["V1", "V2", "V3", "V4"], "the conditions")
        for name, part in c["conditions"].items():
            fields(part, ["verdict", "evidence", "reason"], "a condition")
            wanted = {
                "PROVED": self.under(name),
                "REFUTED": f"{name} fails",
            }.get(part["verdict"])
            behind = [
                (f.statement, "; ".join(v for v in LEVELS if v in f.levels))
                for f in facts.values()
                if f.claim == wanted
            ]
            demand(
                part["verdict"] == "UNKNOWN" or (part["reason"], part["evidence"]) in behind,
                f"the condition {name} has no step of that evidence behind it",
            )
        self.routes()
        self.constants()
        levels = {
            s["evidence"]: list(
                dict.fromkeys(t["rule"] for t in c["steps"] if t["evidence"] == s["evidence"])
            )
            for s in c["steps"]
        }
        demand(c["evidence"] == levels, "the evidence is not that of the steps")
        w, payloads = c["witness"], [dict(g.payload) for g in goals]
        demand(w is None or w, "the witness is empty")
        demand(w is None or w in payloads, "the witness is not that of a goal")

    def under(self, condition: str) -> str:
        """The claim that a condition is called here: V4 is one for outer weights of one sign where
        the certificate claims no more.
        """
        return (
            "V4 if one sign"
            if condition == "V4" and self.content["claim"] == ONE_SIGNED
            else condition
        )

    def refutes(self, goal: Fact) -> bool:
        """True when a goal that refutes does so for the certificate's own lambda: every lambda > 0
        where that is a symbol.

        That L is Villani for every lambda > 0 is refuted by any range of such lambda.
        """
        on_lambda = {c for c in goal.where if c.startswith("lambda")}
        if self.lam is not None:  # each step has compared it
            return True
        if self.content["claim"] == "villani-iff":
            return "lambda <= 0" not in on_lambda
        return on_lambda <= {"lambda > 0"}

    def follows(self) -> list[str]:
        """Why the verdict, which the steps prove, does not follow for the reader's own problem;
        empty when it does.

        Raises Unverified when a comparison stayed open.
        """
        if self.open:
            raise Unverified(self.open)
        c, reader, differ = self.content, self.reader, self.differ
        needed, refuting = PROVES[c["claim"]]
        wanted = {"PROVED": needed, "REFUTED": refuting}.get(c["verdict"], set())
        goals = [f for g in c["goals"] if (f := self.facts[g]).claim in wanted]
        if c["verdict"] == "REFUTED":
            goals = [g for g in goals if self.refutes(g) and g.statement == c["statement"]]
        iff = (c["claim"], c["verdict"]) == ("villani-iff", "PROVED")
        for goal in goals:
            if not iff:
                self.in_range(goal)
            if not (goal.instance and self.symbolic and reader.own_data):
                continue
            if not iff or (reader.lam is not None and reader.lam <= 0):
                differ(
                    "an instance that the certificate chose says nothing about your own data "
                    "and outer weights"
                )
            elif reader.lam is None:
                self.not_compared.append(
                    "your data for lambda <= 0, where the certificate names an instance"
                )
        if c["claim"] == ONE_SIGNED and c["verdict"] == "PROVED":
            if reader.outer is None:
                self.not_compared.append("your outer weights with the one sign that is assumed")
            elif min(reader.outer) < 0 < max(reader.outer):
                differ("the statement is for outer weights of one sign, yours have both")
        return self.differences

    def in_range(self, goal: Fact) -> None:
        """The reader's lambda and s satisfy the conditions of a goal: those that hold for the
        certificate's own, or for the reader's numbers put in.
        """
        for condition in sorted(goal.where):
            name = condition.partition(" ")[0]
            own, recorded = (
                (self.reader.lam, self.lam) if name == "lambda" else (self.reader.noise, self.noise)
            )
            if recorded is not None or own is None:
                continue
            met = self.met(condition, goal)
            if met is None:
                self.not_compared.append(
                    f"your {name} with {condition.rpartition(' ')[2]}, a symbol here"
                )
            elif not met:
                self.differ(f"the statement is for {condition}, your {name} is {str(own)[:40]}")

    def met(self, condition: str, goal: Fact) -> bool | None:
        """Whether a condition of a goal holds with your numbers in place of the symbols; None while
        one is missing.
        """
        reader, known = self.reader, dict(goal.known)
        own = {
            k: None if v is None else (v, v)
            for k, v in (("lambda", reader.lam), ("s", reader.noise))
        }
        if self.symbolic:
            own |= numbers_of(self.own, reader.outer)
        for name, pair in own.items():
            if known.get(name) is None:
                known[name] = pair
        try:
            return rules.decided(condition, rules.resolved(condition, known, goal.formulas))
        except Refused:
            raise Unverified(f"whether {condition} cannot be decided with your numbers") from None

    def routes(self) -> None:
        """Each route proved is that of its step, with its threshold; the threshold quoted is that
        of a route.
        """
        proved: list[Any] = [None]
        for r in self.content["routes"]:
            fields(r, ["name", "verdict", "threshold", "enclosure", "reason", "step"], "a route")
            fact = None if r["step"] is None else self.facts[r["step"]]
            if r["verdict"] == "PROVED" and fact is not None:
                same = fact.claim == self.under("V4") and (
                    fact.payload["route"],
                    fact.payload["threshold"],
                    fact.statement,
                ) == (
                    r["name"],
                    r["threshold"],
                    r["reason"],
                )
                demand(same, "a route is not what its step proves")
                proved.append(
                    {
                        "value": r["threshold"],
                        "strict": True,
                        "route": r["name"],
                        "enclosure": r["enclosure"],
                    }
                )
            else:  # refused for lambda alone where the step shows the threshold
                unknown = (
                    (r["name"], r["threshold"]) in (("lipschitz", "G1"), ("line", "lambda_alpha"))
                    if fact is not None
                    else r["enclosure"] is None is r["threshold"]
                )
                demand(
                    r["verdict"] == "UNKNOWN" and unknown, "a route is neither PROVED nor UNKNOWN"
                )
            if fact is not None:
                self.pair(r["enclosure"], r["threshold"], fact.known, "a route's threshold")
        demand(
            self.content["lambda_threshold"] in proved, "the threshold is that of no proved route"
        )

    def pair(self, said: Any, formula: str, known: Mapping[str, Enclosure], what: str) -> None:
        """A recorded [lo, hi] contains the value of a formula; None when that has none."""
        pair = None if said is None else (number(said[0]), number(said[1]))
        demand(contains(pair, evaluate(formula, known)), f"{what} is not the value of its formula")

    def constants(self) -> None:
        """The listed constants are those of the steps; the published threshold is the recalled
        formula of them.
        """
        c = self.content
        defined = [s["defines"] for s in c["steps"] if s["defines"]]
        for name, constant in c["constants"].items():
            demand(
                any(name in d and d[name] == constant for d in defined),
                f"the constant {name[:20]} is not that of a step",
            )
        known = {name: enclosure(constant) for name, constant in c["constants"].items()}
        said = fields(
            c["published_threshold"], ["formula", "enclosure", "source"], "the published threshold"
        )
        demand(
            (said["formula"], said["source"]) == PUBLISHED[self.loss],
            "the published threshold is not the recalled one",
        )
        if {"M1", "B_x", "a_2"} <= set(known) or said["enclosure"] is not None:
            self.pair(said["enclosure"], said["formula"], known, "the published threshold")


def exact_rows(table: Table) -> tuple[tuple[fmpq, ...], ...]:
    """The features as rationals."""
    return tuple(tuple(fmpq(v, table.x_scale) for v in row) for row in table.rows)


def exact_labels(table: Table) -> tuple[fmpq, ...]:
    """The targets, or labels, as rationals."""
    return tuple(fmpq(v, table.y_scale) for v in table.labels)


def numbers_of(table: Table | None, weights: Sequence[fmpq] | None) -> dict[str, Enclosure]:
    """Enclosures of the reader's numbers for the symbols of a certificate about all data."""
    out: dict[str, Enclosure] = {}
    if table is not None:
        top = fmpq(max(abs(y) for y in table.labels), table.y_scale)
        out |= {k: (fmpq(v), fmpq(v)) for k, v in (("n", table.n), ("d", table.d), ("B_y", top))}
        squares = max(sum(v * v for v in row) for row in table.rows)
        out["B_x"] = root(fmpq(squares, table.x_scale**2))
    if weights is not None:
        sizes = [abs(w) for w in weights]
        norms = {"p": fmpq(len(sizes)), "a_1": sum(sizes, fmpq(0)), "a_inf": max(sizes)}
        out |= {k: (v, v) for k, v in norms.items()}
        out["a_2"] = root(sum((w * w for w in sizes), fmpq(0)))
    return out


def root(q: fmpq) -> tuple[fmpq, fmpq]:
    """Rationals around the square root of q >= 0, 2^-64 apart."""
    scaled = math.isqrt(int((q * 2**128).floor()))
    return fmpq(scaled, 2**64), fmpq(scaled + 1, 2**64)


READ = object()
VILLANI = ("Villani", "Villani if one-signed")
SPECIAL: Mapping[str, Callable[..., Any]] = {
    "smooth": _Checker.smooth, "kink": _Checker.kink, "kink on an instance": _Checker.kink_on_an_instance, "kink of the loss": _Checker.kink_of_the_loss, "supremum": _Checker.supremum, "value at zero": _Checker.value_at_zero, "asymptote": _Checker.asymptote,
    "parameters": _Checker.parameters, "loss": _Checker.losses, "derivation": _Checker.derivation, "Villani": _Checker.villani, "Villani if one-signed": _Checker.villani,
    "gap in one dimension": _Checker.one_dimension, "escaping critical points": _Checker.escaping, "steep": _Checker.steep, "mirrored units": _Checker.mirrored,
    "cancelling units": _Checker.cancelling, "continuous-time convergence": _Checker.convergence, "discrete-time convergence": _Checker.convergence,
    **dict.fromkeys(("instance ray", "bounded risk", "paired units", "null direction", "half-space ray"), _Checker.ray),
}  # fmt: skip
