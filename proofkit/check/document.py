"""A certificate from a file to a verdict: the document, its steps, its summary, and the reader's problem."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flint import arb, ctx, fmpq

from proofkit.check import onedim, rules
from proofkit.check.cover import place
from proofkit.check.expr import Balls, Refused, Tree, number, parse, series, tape
from proofkit.check.problem import Reader, Unreadable, compare_data, compare_outer, drawn, read_bytes
from proofkit.check.rules import LOWER, RADIUS, RULES, SAYS, Enclosure, contains, enclosure, evaluate

FORMAT = ("proofkit-certificate", 1)
MAX_CERTIFICATE = 2**24
MAX_WORK = 400_000  # pieces of covers times nodes of the expression
TOP = "format version theorem claim statement verdict problem assumptions conditions lambda_threshold routes published_threshold witness open notes constants goals steps evidence sources versions digest".split()  # noqa: SIM905
SPEC = ["activation", "loss", "regulariser", "lambda", "noise", "data", "outer"]
DATA = ["source", "sha256", "target", "n", "d", "B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2", "Lambda_S"]
OUTER = ["source", "sha256", "p", "a_1", "a_2_squared", "a_inf", "a_plus", "a_minus", "first_positive", "first_negative"]
STEP = ["id", "rule", "about", "premises", "claim", "statement", "defines", "evidence", "payload"]
PROVES = {
    "villani": ({"Villani"}, {"V2 fails", "V4 fails", "not smooth"}), "villani-iff": ({"Villani", "V2 fails"}, set()), "lipschitz-threshold": ({"Villani"}, set()),
    "sgd-continuous": ({"continuous"}, {"V2 fails", "V4 fails", "not smooth"}), "sgd-discrete": ({"discrete"}, {"V2 fails", "V4 fails", "not smooth"}), "escaping": ({"V4 fails"}, set()),
    "dissipativity": ({"dissipative"}, {"V2 fails", "V4 fails", "not smooth"}), "rate-continuous": ({"rate"}, {"V2 fails", "V4 fails", "not smooth"}), "rate-langevin": ({"langevin"}, {"V2 fails", "V4 fails", "not smooth"}),
}  # fmt: skip
PUBLISHED = {"squared": ("2*M1*M1*B_x^2*a_2^2", "arXiv:2210.11452 (recalled)"), "logistic": ("M1*M1*B_x^2*a_2^2/2", "arXiv:2309.09258 (recalled)")}
ROUTE = {"bounded": "0", "euler": "0", "lipschitz": "G1"}
QUOTED = (
    "the theorem's own words, notes, sources, versions and the names of files and activations are quoted, not checked",
    "exact forms and places of suprema are compared with the enclosures (places to 10^-9), not proved",
)


@dataclass(frozen=True)
class Line:
    """One step of the tree that is shown: what was checked, whether it holds, why not."""

    name: str
    rule: str
    evidence: str
    holds: bool
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """The verdict on a certificate."""

    valid: bool
    verdict: str
    statement: str
    lines: tuple[Line, ...]
    not_compared: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A step that holds: its claim, what it rests on, the constants known from it, its payload."""

    claim: str
    statement: str
    levels: frozenset[str]
    known: Mapping[str, Enclosure]
    payload: Mapping[str, Any]
    kind: str


def load(path: Path) -> dict[str, Any]:
    """The JSON object of a file; Unreadable when it is too large, nested too deeply, or says a key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            raise ValueError("a key occurs twice")
        return out

    def refuse(text: str) -> Any:
        raise ValueError(f"{text[:20]} is no number of a certificate")

    def integer(text: str) -> int:
        return int(text) if len(text) <= 18 else refuse(text)

    try:
        content = json.loads(read_bytes(path, MAX_CERTIFICATE), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse, parse_int=integer)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path} is not JSON that a certificate could be ({str(error)[:80]})") from None
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != FORMAT:
        raise Unreadable(f"{path} is not a proofkit certificate of version 1")
    return content


def fields(value: Any, names: Sequence[str], what: str) -> Mapping[str, Any]:
    """The value, an object with exactly these keys; Refused otherwise."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refused(f"{what} lacks a field or has one too many")
    return value


def check(content: Mapping[str, Any], reader: Reader | None = None, cache: dict[Any, Any] | None = None) -> Outcome:
    """Every step again, then the summary; the first failure makes the certificate invalid.

    ``cache`` keeps suprema between certificates that record the same proof of the same quantity.
    """
    lines: list[Line] = []
    where = "document"
    not_compared = list(QUOTED)
    before, ctx.prec = ctx.prec, 192
    try:
        fields(content, TOP, "the certificate")
        if (content["format"], content["version"]) != FORMAT:
            raise Refused("the format or its version is another")
        body = json.dumps({k: v for k, v in content.items() if k != "digest"}, sort_keys=True, separators=(",", ":")).encode()
        if hashlib.sha256(body).hexdigest() != content["digest"]:
            raise Refused("the digest is not that of the content")
        checker = _Checker(content, reader, {} if cache is None else cache)
        lines.append(Line("problem", checker.about(), "", True))
        for step in content["steps"]:
            where = str(step.get("id"))[:20] if isinstance(step, dict) else "steps"
            evidence = checker.step(step)
            lines.append(Line(where, step["rule"], evidence, True))
        where = "summary"
        checker.summary()
        lines.append(Line(where, "", "", True))
        not_compared += checker.not_compared
    except Refused as error:
        lines.append(Line(where, "", "", False, str(error)))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError, OverflowError, RecursionError) as error:
        lines.append(Line(where, "", "", False, f"a field is missing or of the wrong kind ({type(error).__name__})"))
    finally:
        ctx.prec = before
    return Outcome(lines[-1].holds, str(content.get("verdict")), str(content.get("statement")), tuple(lines), tuple(not_compared))


class _Checker:
    """One certificate: its problem, and the facts established so far."""

    def __init__(self, content: Mapping[str, Any], reader: Reader | None, cache: dict[Any, Any]) -> None:
        self.content, self.reader, self.cache, self.facts = content, reader, cache, dict[str, Fact]()
        spec = self.spec = fields(content["problem"], SPEC, "the problem")
        if spec["loss"] not in PUBLISHED or spec["regulariser"] != "lambda/2*||W||_F^2":
            raise Refused("the loss or the regulariser is not known")
        self.text = fields(spec["activation"], ["name", "expression"], "the activation")["expression"]
        key = ("tree", self.text)
        self.root: Tree = cache[key] if key in cache else cache.setdefault(key, rules.expression(self.text))
        self.lam, self.noise = (None if spec[k] is None else number(spec[k]) for k in ("lambda", "noise"))
        if self.noise is not None and not self.noise > 0:
            raise Refused("the noise s is not positive")
        self.symbolic = spec["data"] is None
        self.not_compared: list[str] = []
        self.work = 0
        if self.symbolic != (spec["outer"] is None):
            raise Refused("data and outer weights belong together")
        if not self.symbolic:
            self.data, self.outer = fields(spec["data"], DATA, "the data"), fields(spec["outer"], OUTER, "the outer weights")
            if not (self.data["n"] > 0 and self.data["d"] > 0 and self.outer["p"] > 0):
                raise Refused("n, d and p must be positive")
            sizes = [self.data[k] for k in ("B_x_squared", "X2", "B_y", "Y1", "Y2")] + [
                self.outer[k] for k in ("a_1", "a_2_squared", "a_inf", "a_plus", "a_minus")
            ]
            if any(number(q) < 0 for q in sizes):
                raise Refused("a size of the data or of the outer weights is negative")
        self.compare()
        self.assumptions()

    def about(self) -> str:
        """What the certificate is about, from what was read and not from the names it gives."""
        lam, s = (f"{k} = {v}" if v is not None else f"{k} a symbol" for k, v in (("lambda", self.lam), ("s", self.noise)))
        data = "any n, p, d, data and a" if self.symbolic else f"n = {self.data['n']}, d = {self.data['d']}, p = {self.outer['p']}"
        return f"sigma = {self.text}, {self.spec['loss']} loss, {lam}, {s}, {data}"

    def compare(self) -> None:
        """The reader's problem against the certificate's."""
        reader, said = self.reader, self.not_compared
        for key in ("lambda", "noise", "loss", "activation"):
            own = None if reader is None else reader.fields.get(key)
            if own is None:
                said.append(f"{key} with the reader's own")
            elif key in ("lambda", "noise") and (recorded := self.lam if key == "lambda" else self.noise) is not None:
                if recorded != number(str(own)):
                    raise Refused(f"the certificate is about {key} = {recorded}, the reader's is {str(own)[:40]}")
            elif key == "loss" and own != self.spec["loss"]:
                raise Refused(f"the certificate is about the {self.spec['loss']} loss, the reader's is {str(own)[:40]!a}")
            elif key == "activation" and parse(str(own)) != self.root:
                raise Refused(f"the certificate is about sigma = {self.text[:60]}, the reader's is {str(own)[:60]!a}")
        if self.symbolic:
            return
        if reader is None or reader.rows is None or reader.labels is None or reader.target is None:
            said.append("the constants of the data and their sha256 with the reader's file")
        else:
            compare_data(self.data, reader.rows, reader.labels, reader.target)
            if self.data["sha256"] != reader.sha256:
                said.append("the sha256: the reader's file is another one with the same numbers")
        seeded = re.fullmatch(r"width ([0-9]{1,8}), seed ([0-9]{1,18})", self.outer["source"])
        if seeded is not None:
            key = (seeded.group(1), seeded.group(2))
            weights = self.cache[key] if key in self.cache else self.cache.setdefault(key, drawn(int(key[0]), int(key[1])))
            compare_outer(self.outer, weights)
        if reader is not None and reader.outer is not None:
            compare_outer(self.outer, reader.outer)
        else:
            said.append("the outer weights with the reader's own")

    def assumptions(self) -> None:
        """The hypotheses are those of the problem, word for word."""
        out = ["W in R^(p x d) is trained; the outer weights a in R^p are fixed"]
        out.append("L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 with f_i = sum_j a_j sigma(<w_j, x_i>)")
        out += ["y_i in {-1, +1}"] if self.spec["loss"] == "logistic" else []
        if self.symbolic:
            out.append("||x_i|| <= B_x and |y_i| <= B_y for i = 1..n; n, p, d are arbitrary")
        else:
            d = self.data
            out.append(f"the data are {d['source']}, target {d['target']} (sha256 {d['sha256'][:16]}...); a: {self.outer['source']}")
        out.append("s > 0 is arbitrary" if self.noise is None else f"s = {self.spec['noise']}")
        if self.content["assumptions"] != out:
            raise Refused("the assumptions are not those of the problem")

    # -- steps --------------------------------------------------------------------------------

    def step(self, step: Mapping[str, Any]) -> str:
        """One step; the fact is kept under its id."""
        fields(step, STEP, "a step")
        rule = step["rule"]
        if rule not in RULES or not isinstance(step["id"], str) or step["id"] in self.facts or len(self.facts) > 500:
            raise Refused("the rule is not known, or the step's id is used twice")
        entry = RULES[rule]
        claim, evidence = entry.claim, entry.evidence
        premises = [self.facts[p] for p in step["premises"]]
        if [f.claim for f in premises] != list(entry.premises) or (step["about"], step["claim"], step["evidence"]) != (entry.about, claim, evidence):
            raise Refused(f"rule {rule}: the premises, claim, subject or evidence are not those of the rule")
        known: dict[str, Enclosure] = {}
        for f in premises:
            for name, pair in f.known.items():
                if known.setdefault(name, pair) != pair:
                    raise Refused(f"rule {rule}: two different constants are called {name}")
        for name in entry.needs:
            if name not in known:
                raise Refused(f"rule {rule}: no premise gives {name}")
        words, payload, given = self.special(rule, step, premises, known)
        self.define(step, known, entry.defines, words, given)
        if payload is not None and step["payload"] != payload:
            raise Refused(f"rule {rule}: the payload is not what the rule gives")
        self.sentence(step["statement"], entry.sentence, words)
        levels = frozenset().union(*(f.levels for f in premises), [evidence])
        self.facts[step["id"]] = Fact(claim, step["statement"], levels, known, step["payload"], rule)
        return evidence

    def define(
        self, step: Mapping[str, Any], known: dict[str, Enclosure], definitions: tuple[str, ...], words: Mapping[str, Any], given: Mapping[str, Any]
    ) -> None:
        """The constants of a step: those given have the values found, the others contain their formula's value."""
        formulas = dict(part.strip().split(" = ", 1) for text in definitions for part in text.format_map(words).split(";"))
        formulas |= {k: v for k, v in given.items() if isinstance(v, str)}
        values = {k: v for k, v in given.items() if not isinstance(v, str)}
        if set(step["defines"]) != set(formulas) | set(values):
            raise Refused("the step defines other constants than its rule")
        recorded = {name: fields(c, ["formula", "lo", "hi", "exact", "at"], "a constant") for name, c in step["defines"].items()}
        for name, pair in values.items():
            if recorded[name]["formula"] is not None or enclosure(recorded[name]) != pair:
                raise Refused(f"the constant {name} is not what the rule gives")
            known[name] = pair
        for name, formula in formulas.items():
            pair, value = enclosure(recorded[name]), evaluate(formula, known)
            if recorded[name]["formula"] != formula or not contains(pair, value):
                raise Refused(f"the constant {name} does not contain the value of its formula")
            known[name] = pair
        for name, c in recorded.items():
            if c["exact"] is not None:
                self.exact(name, c["exact"], known[name])

    def exact(self, name: str, text: str, pair: Enclosure) -> None:
        """An exact form lies in the enclosure."""
        value = None if pair is None else series(tape(parse(text)), arb(0), 0, Balls)[0]
        if value is None or not (arb(pair[0]).union(arb(pair[1]))).overlaps(value):  # type: ignore[index]
            raise Refused(f"the exact form of {name} is not in its enclosure")

    def sentence(self, text: str, template: str, words: Mapping[str, Any]) -> None:
        """The statement is the rule's sentence with its words; numbers may be rounded in the last of 15 digits."""
        shown = {k: v for k, v in words.items() if not isinstance(v, fmpq)}
        numbers = re.findall(r"\{(lo|hi|c)\}", template.format_map(_Kept(shown)))
        pattern = re.escape(template.format_map(_Kept(shown)))
        for name in numbers:
            pattern = pattern.replace(re.escape("{" + name + "}"), r"(-?[0-9]+(?:\.[0-9]+)?)", 1)
        m = re.fullmatch(pattern, text)
        if m is None:
            raise Refused("the statement is not the sentence of the rule")
        for name, seen in zip(numbers, m.groups(), strict=True):
            if abs(number(seen) - words[name]) > (abs(words[name]) + fmpq(1, 10**9)) * fmpq(1, 10**11):
                raise Refused("a number in the statement is not that of the constants")

    def when(self, threshold: str, known: Mapping[str, Enclosure]) -> str:
        """The condition on lambda of a conclusion that needs lambda above a threshold."""
        if self.lam is None:
            return f"for every lambda > {threshold}"
        pair = (fmpq(0), fmpq(0)) if threshold == "0" else known.get(threshold)
        if pair is None or not self.lam > pair[1]:
            raise Refused(f"lambda = {self.lam} is not above the threshold {threshold}")
        return f"for lambda = {self.spec['lambda']}"

    def special(self, rule: str, step: Mapping[str, Any], premises: list[Fact], known: Mapping[str, Enclosure]) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """(words of the sentence, the payload or None when it was read here, constants given)."""
        root, payload, loss = self.root, step["payload"], self.spec["loss"]
        squared = loss == "squared"
        need_squared = {
            "bounded residual",
            "affine Laplacian",
            "affine gradient",
            "radial bound",
            "V4 Euler",
            "V4 Lipschitz",
            "escaping critical points",
            "excess affine",
            "start quadratic",
        }
        if (rule in need_squared and not squared) or (rule in ("logistic residual", "start logistic") and squared):
            raise Refused(f"rule {rule} is for the other loss")
        if rule == "smooth":
            rules.smooth_on(root)
            return {}, {}, {}
        if rule == "kink":
            fields(payload, ["order", "at"], "the payload")
            rules.kink(root, int(payload["order"]), payload["at"])
            return {"k": payload["order"] + 1, "at": payload["at"], "order": payload["order"]}, None, {}
        if rule == "supremum":
            fields(payload, ["quantity", "kappa", "proofs"], "the payload")
            name = payload["quantity"]
            kappa = None if payload["kappa"] is None else number(payload["kappa"])
            if name not in SAYS or (name == "H") != (kappa is not None) or (kappa is not None and kappa < 0):
                raise Refused("the quantity is not known, or kappa is missing or negative")
            pair = self.suprema(root, name, kappa, payload["proofs"])
            key = ("place", root, name, kappa, pair, step["defines"][name]["at"])
            if key not in self.cache:
                place(root, name, kappa, pair, key[-1])
                self.cache[key] = True
            return {"says": SAYS[name], "lo": pair[0], "hi": pair[1]}, None, {name: pair, **({"kappa": (kappa, kappa)} if kappa is not None else {})}
        if rule == "value at zero":
            value = abs(series(tape(root), arb(0), 0, Balls)[0])
            pair = enclosure(step["defines"]["sigma0"])
            if pair is None or (not contains(pair, value) and not (value.is_exact() and pair[0] == pair[1] and arb(pair[0]) == value)):
                raise Refused("|sigma(0)| is not in its enclosure")
            return {"lo": pair[0], "hi": pair[1]}, {}, {"sigma0": pair}
        if rule == "asymptote":
            fields(payload, ["end", "slope", "limit"], "the payload")
            slope, pair = number(payload["slope"]), (number(payload["limit"][0]), number(payload["limit"][1]))
            rules.asymptote(root, payload["end"], slope, pair)
            line = f"sigma - {payload['slope']}*z" if slope else "sigma"
            return {"line": line, "lo": pair[0], "hi": pair[1], "side": "+oo" if payload["end"] > 0 else "-oo"}, None, {}
        if rule == "parameters":
            return {"parameters": self.parameters_text()}, {}, self.parameters()
        if rule == "loss":
            return self.loss(squared, payload)
        if rule == "derivation":
            fields(payload, ["points", "comparisons", "largest_difference"], "the payload")
            rules.derivation(root, loss, self.content["digest"])
            text = "the formulas for grad L, Laplacian L and the Hessian form, derived by SymPy for symbolic n, p, d"
            return {"derivation": f"{text} (tested at {int(payload['points'])} points, {int(payload['comparisons'])} comparisons)"}, None, {}
        if rule == "bounded residual":
            return (
                {
                    "residual": "B_y + a_1*S0" if self.symbolic else rules._DATA,
                    "range": "" if self.symbolic else ", from the range of sigma and the signs of a",
                },
                {},
                {},
            )
        if rule == "radial bound":
            zero = known["kappa"] is not None and known["kappa"][1] == 0
            c = "(kappa*B_y + gamma)^2/(4*kappa)" if self.symbolic else "(kappa^2*Y2 + 2*kappa*gamma*Y1 + gamma^2)/(4*kappa)"
            return {"radial": "C = gamma*(B_y + a_1*sigma0); D = gamma*M1*a_2*sqrt(Lambda_S)" if zero else f"C = {c}; D = 0"}, {}, {}
        if rule in ("V2", "V3"):
            return {"when": self.when("0", known)}, {}, {}
        if rule.startswith("V4 "):
            return self.v4(rule[3:].lower(), step, known)
        if rule == "gap in one dimension":
            return self.one_dimension(payload, step, known)
        if rule in rules.RATES:
            needs_lambda = rule not in ("oscillation", "radial residual")
            return {**rules.rate_words(rule, known, premises, self.symbolic, squared), "when": self.when("0", known) if needs_lambda else ""}, {}, {}
        if rule == "Villani":
            route = premises[3].payload["route"]
            return {"when": self.when(ROUTE[route], known)}, {"route": route, "threshold": ROUTE[route]}, {}
        if RULES[rule].claim in ("V2 fails", "V4 fails"):
            return self.refutation(rule, payload, premises, known)
        return {}, {}, {}

    def suprema(self, root: Tree, name: str, kappa: fmpq | None, proofs: Any) -> tuple[fmpq, fmpq]:
        """The suprema of a quantity; the same recorded proof is replayed once for all certificates of a run."""
        for p in proofs:
            fields(p, ["sign", "bits", "upper", "breaks", "rules", "centres", "lower", "witness"], "a cover")
            self.work += len(p["rules"]) * len(tape(root))
        if self.work > MAX_WORK:
            raise Refused("the covers are too long for this checker")
        key = (root, name, kappa, json.dumps(proofs))
        if key not in self.cache:
            self.cache[key] = rules.suprema(root, name, kappa, proofs)
        return self.cache[key]

    def parameters_text(self) -> str:
        """The sentence of the parameters."""
        if self.symbolic:
            return "n, p, d, the data with ||x_i|| <= B_x and |y_i| <= B_y, and a are arbitrary"
        d = self.data
        return f"the constants of {d['source']} ({d['n']} x {d['d']}) and of the outer weights ({self.outer['source']})"

    def parameters(self) -> dict[str, Any]:
        """The numbers of the problem: pairs, None for symbols, formulas as text."""
        point: Callable[[Any], Enclosure] = lambda q: None if q is None else (fmpq(q), fmpq(q))  # noqa: E731
        out: dict[str, Any] = {"lambda": point(self.lam), "s": point(self.noise)}
        if self.symbolic:
            return out | dict.fromkeys(["n", "d", "p", "B_x", "B_y", "a_1", "a_2", "a_inf"]) | {"N": "p*d", "Lambda_S": "B_x^2", "X2": "B_x^2"}
        d, o = self.data, self.outer
        out |= {k: point(d[k]) for k in ("n", "d")} | {"p": point(o["p"])}
        out |= {k: point(number(d[k])) for k in ("B_y", "X2", "Y1", "Y2", "y_min", "y_max")} | {
            k: point(number(o[k])) for k in ("a_1", "a_inf", "a_plus", "a_minus")
        }
        low, high = (number(v) for v in d["Lambda_S"])
        if not fmpq(0) <= low <= high:
            raise Refused("the eigenvalue's enclosure is empty")
        return out | {"Lambda_S": (low, high), "N": "p*d", "B_x": f"sqrt({d['B_x_squared']})", "a_2": f"sqrt({o['a_2_squared']})"}

    def loss(self, squared: bool, payload: Any) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """Bounds of l' and l''."""
        if squared:
            return {"loss": "l'' = 1"}, {}, {"l2": (fmpq(1), fmpq(1))}
        if not self.symbolic and (number(self.data["B_y"]), number(self.data["Y2"])) != (1, 1):
            raise Refused("the labels are not all -1 or +1")
        fields(payload, ["l1", "l2"], "the payload")
        tree = parse("log(1 + exp(-z))")
        tops = {name: self.suprema(tree, name, None, payload[name])[1] for name in ("l1", "l2")}
        said = f"|l'| <= {tops['l1']} and 0 <= l'' <= {tops['l2']} for l = log(1 + exp(-y f)), y = +-1"
        return {"loss": said}, None, {name: (top, top) for name, top in tops.items()}

    def v4(self, route: str, step: Mapping[str, Any], known: Mapping[str, Enclosure]) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """V4 by one route: the threshold, the polynomial and its radius."""
        when = self.when(ROUTE[route], known)
        level = enclosure(step["defines"]["M"])
        if level is None or level[0] != level[1] or level[0] < 0:
            raise Refused("the level M is not a number >= 0")
        text = f"V4: ||grad L||^2/s - Laplacian L >= {LOWER[route]}; it exceeds M once r >= r_0(M), {when} and every s > 0"
        payload = {"route": route, "threshold": ROUTE[route], "lower_bound": LOWER[route], "radius": RADIUS[route]}
        return {"V4": text, "radius": RADIUS[route]}, payload, {"M": level}

    def one_dimension(self, payload: Any, step: Mapping[str, Any], known: Mapping[str, Enclosure]) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """The gap of a net with one weight, replayed on the reader's rows."""
        fields(payload, ["m", "left", "right", "cells"], "the payload")
        reader, growth = self.reader, (known["m_d"], known["b_d"])
        if reader is None or reader.rows is None or reader.labels is None:
            raise Refused("the gap needs the data: give --problem and --target")
        noise = None if self.noise is None else fmpq(self.noise)
        if self.symbolic or self.lam is None or noise is None or self.outer["p"] != 1 or self.data["d"] != 1 or growth[0] is None or growth[1] is None:
            raise Refused("one weight, its data, and numbers for lambda and s are needed")
        squared = self.spec["loss"] == "squared"
        if not squared and any(abs(y) != 1 for y in reader.labels):
            raise Refused("the labels are not all -1 or +1")
        found = [self.outer[k] for k in ("first_positive", "first_negative") if self.outer[k] is not None]
        weight = number(found[0])
        if len(found) != 1 or abs(weight) != number(self.outer["a_1"]) or type(payload["cells"]) is not int:
            raise Refused("the outer weight or the number of cells is not that of one weight")
        rows = [(x, y) for (x,), y in zip(reader.rows, reader.labels, strict=True)]
        line = onedim.Line(self.root, squared, rows, weight, fmpq(self.lam), noise)
        m, left, right = (number(payload[k]) for k in ("m", "left", "right"))
        found_xi, pair = onedim.exponent(line, m, (left, right), payload["cells"], (growth[0][0], growth[1][1])), enclosure(step["defines"]["xi"])
        if pair is None or pair[0] != pair[1] or not found_xi <= arb(pair[1]):
            raise Refused("the gap is larger than the quadrature shows")
        return {"cells": payload["cells"], "when": self.when("0", known)}, None, {"xi": pair}

    def refutation(self, rule: str, payload: Any, premises: list[Fact], known: Mapping[str, Enclosure]) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """A refutation: the ray, and the sentence it has."""
        lam, rows = self.lam, None if self.reader is None else self.reader.rows
        if rule == "escaping critical points":
            slope, fall = number(payload["slope"]), known["fall"]
            rules.escaping(self.root, slope)
            if not self.symbolic or fall is None or not slope * fall[0] > 0 or (lam is not None and not 0 <= lam < slope * fall[0]):
                raise Refused("the instance needs symbolic data, sigma' of both signs, and lambda below the threshold")
            ray = "n = p = d = 1, a_1 = x_1 = 1, y_1 = 0: zeros W_k -> oo of L'"
            words = {
                "slope": payload["slope"],
                "ray": ray,
                "when<c": "for 0 <= lambda < {c}" if lam is None else f"for lambda = {self.spec['lambda']}",
                "c": slope * fall[0],
            }
            return words, {"ray": ray, "limit": "at most 0 along the zeros", "kind": "escaping", "slope": payload["slope"]}, {}
        if lam is not None and lam > 0:
            raise Refused("lambda is positive")
        when = "for every lambda <= 0" if lam is None else f"for lambda = {self.spec['lambda']}"
        both: Callable[[str], str] = lambda v: f"{v} for lambda = 0, -oo for lambda < 0" if lam is None else v if lam == 0 else "-oo"  # noqa: E731
        words = {"when<=": when}
        if rule == "instance ray":
            if not self.symbolic:
                raise Refused("the problem is bound to data")
            label = "0" if self.spec["loss"] == "squared" else "1"
            ray, limit, kind = f"n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), y_1 = {label}, W(t) = t (0, 1)", both(f"l(sigma(0), {label})"), "instance"
            return words | {"ray": ray, "label": label, "limit": limit}, {"ray": ray, "limit": limit, "kind": kind}, {}
        if rule == "bounded risk":
            ray = "W(t) = t U for every U with ||U||_F = 1"
            return words | {"ray": ray}, {"ray": ray, "limit": both("at most sup R, a finite number"), "kind": "bounded"}, {}
        if rule == "paired units":
            if self.symbolic or self.outer["first_positive"] is None or self.outer["first_negative"] is None or {f.payload["end"] for f in premises} != {1, -1}:
                raise Refused("two outer weights of opposite sign and both asymptotes are needed")
            a, b = number(self.outer["first_positive"]), number(self.outer["first_negative"])
            if not (0 < a <= number(self.outer["a_plus"]) and 0 < -b <= number(self.outer["a_minus"])):
                raise Refused("the two outer weights contradict the sums")
            ray = f"w_1(t) = t u/{a}, w_2(t) = t u/{-b} for the first outer weights {a} > 0 > {b}, other rows 0, any unit u"
            return words | {"ray": ray}, {"ray": ray, "limit": both("a finite number"), "kind": "paired"}, {}
        if rows is None:
            raise Refused("the ray needs the data: give --problem and --target")
        u = payload["direction"]
        dots = [sum((c * v for c, v in zip(u, row, strict=True)), fmpq(0)) for row in rows]
        ray = f"w_j(t) = t u for every j, u = {u}"
        if not any(u) or not all(isinstance(c, int) for c in u):
            raise Refused("the direction is zero or not whole")
        if rule == "null direction":
            if any(dots):
                raise Refused("<u, x_i> is not zero for every i")
            return words | {"ray": ray}, {"ray": ray, "limit": both("R(0)"), "kind": "null", "direction": u}, {}
        end = premises[0].payload["end"]
        if number(premises[0].payload["slope"]) != 0 or any(end * dot < 0 for dot in dots):
            raise Refused("<u, x_i> has both signs, or sigma has no finite limit there")
        words |= {"ray": ray, "sense": ">=" if end > 0 else "<="}
        return words, {"ray": ray, "limit": both("a finite number"), "kind": "half-space", "direction": u}, {}

    # -- what the certificate says on top of its steps -------------------------------------------

    def summary(self) -> None:
        """Verdict, statement, conditions, routes, threshold, constants and evidence are those of the steps."""
        c, facts = self.content, self.facts
        goals = [facts[g] for g in c["goals"]]
        claims = {g.claim for g in goals}
        needed, refuting = PROVES[c["claim"]]
        verdict = c["verdict"]
        if (
            verdict not in ("PROVED", "REFUTED", "UNKNOWN")
            or (verdict == "PROVED" and not needed <= claims)
            or (verdict == "REFUTED" and not claims & refuting)
        ):
            raise Refused(f"the verdict {str(verdict)[:20]} has no step behind it")
        if c["claim"] == "villani-iff" and verdict == "PROVED":
            kind = "for every n, p, d, data and a" if self.symbolic else f"for the data {self.data['source']}"
            fails = next(g for g in goals if g.claim == "V2 fails")
            if (
                c["statement"] != f"L is a Villani function {kind} and every s > 0 if lambda > 0; for lambda <= 0 it is not: {fails.statement}"
                or self.lam is not None
            ):
                raise Refused("the statement is not that of the goals")
            if not any(g.claim == "Villani" and g.payload["threshold"] == "0" for g in goals):
                raise Refused("the threshold of the goal is not 0")
        elif verdict != "UNKNOWN" and c["statement"] not in [g.statement for g in goals if g.claim in (needed if verdict == "PROVED" else refuting)]:
            raise Refused("the statement is not that of a goal")
        if c["claim"] == "lipschitz-threshold" and verdict == "PROVED" and not any(g.payload.get("route") == "lipschitz" for g in goals):
            raise Refused("the goal is not reached by the Lipschitz route")
        against = {"V1": "not smooth", "V2": "V2 fails", "V4": "V4 fails"}
        fields(c["conditions"], ["V1", "V2", "V3", "V4"], "the conditions")
        for name, said in c["conditions"].items():
            fields(said, ["verdict", "evidence", "reason"], "a condition")
            if said["verdict"] != "UNKNOWN":
                wanted = name if said["verdict"] == "PROVED" else against.get(name) if said["verdict"] == "REFUTED" else None
                order = ("Coq-checked", rules.K, rules.T, rules.C)
                behind = [(f.statement, "; ".join(lv for lv in order if lv in f.levels)) for f in facts.values() if f.claim == wanted]
                if (said["reason"], said["evidence"]) not in behind:
                    raise Refused(f"the condition {name} has no step of that evidence behind it")
        self.routes()
        self.constants(goals)
        self.covers_reader(claims)
        by_level: dict[str, list[str]] = {}
        for s in c["steps"]:
            by_level.setdefault(s["evidence"], [])
            by_level[s["evidence"]] += [s["rule"]] if s["rule"] not in by_level[s["evidence"]] else []
        if c["evidence"] != by_level:
            raise Refused("the evidence is not that of the steps")
        w = c["witness"]
        if w is not None and w not in [dict(g.payload) for g in goals]:
            fields(w, ["kind", "at", "order", "ray", "limit"], "the witness")
            if (w["kind"], w["ray"], w["limit"]) != ("kink", None, None) or {"order": w["order"], "at": w["at"]} not in [dict(g.payload) for g in goals]:
                raise Refused("the witness is not that of a goal")

    def covers_reader(self, claims: set[str]) -> None:
        """A statement for all data, every lambda above a threshold or every s > 0 must include the reader's own."""
        reader, c = self.reader, self.content
        if reader is None:
            return
        if self.noise is None and (s := reader.fields.get("noise")) is not None and not number(str(s)) > 0:
            raise Refused(f"the statement is for s > 0, the reader's is {str(s)[:40]}")
        own = reader.fields.get("lambda")
        if own is not None and self.lam is None and c["verdict"] == "PROVED" and c["claim"] not in ("villani-iff", "escaping"):
            pair = None if c["lambda_threshold"] is None else c["lambda_threshold"]["enclosure"]
            if pair is None:
                self.not_compared.append("the reader's lambda with a threshold that is a symbol here")
            elif not number(str(own)) > number(pair[1]):
                raise Refused(f"the reader's lambda = {str(own)[:40]} is not above the threshold {pair[1]}")
        if reader.rows is None or reader.labels is None or not self.symbolic:
            return
        if self.spec["loss"] == "logistic" and any(abs(y) != 1 for y in reader.labels):
            raise Refused("the statement is for labels -1 and +1, the reader's are others")
        if c["verdict"] == "REFUTED" and "not smooth" not in claims:
            raise Refused("an instance refutes the statement for all data; it says nothing about the reader's")

    def routes(self) -> None:
        """Each route proved is that of its step, with its threshold; the threshold quoted is that of a route."""
        c = self.content
        proved = []
        for r in c["routes"]:
            fields(r, ["name", "verdict", "threshold", "enclosure", "reason", "step"], "a route")
            if r["verdict"] == "PROVED":
                f = self.facts[r["step"]]
                if f.claim != "V4" or (f.payload["route"], f.payload["threshold"], f.statement) != (r["name"], r["threshold"], r["reason"]):
                    raise Refused("a route is not what its step proves")
                self.pair(r["enclosure"], r["threshold"], f.known, "a route's threshold")
                proved.append({"value": r["threshold"], "strict": True, "route": r["name"], "enclosure": r["enclosure"]})
            elif r["verdict"] != "UNKNOWN" or (r["name"], r["threshold"]) not in [("lipschitz", "G1"), (r["name"], None)]:
                raise Refused("a route is neither PROVED nor UNKNOWN")
            elif r["threshold"] is not None:  # refused for lambda alone: the step shows the threshold
                self.pair(r["enclosure"], "G1", self.facts[r["step"]].known, "a route's threshold")
            elif r["enclosure"] is not None or r["step"] is not None:
                raise Refused("a route has an enclosure without a threshold")
        if c["lambda_threshold"] is not None and c["lambda_threshold"] not in proved:
            raise Refused("the threshold is that of no proved route")

    def pair(self, said: Any, formula: str, known: Mapping[str, Enclosure], what: str) -> None:
        """A recorded [lo, hi] contains the value of a formula; None when that has none."""
        pair = None if said is None else (number(said[0]), number(said[1]))
        if not contains(pair, evaluate(formula, known)):
            raise Refused(f"{what} is not the value of its formula")

    def constants(self, goals: list[Fact]) -> None:
        """The listed constants are those of the steps; the published threshold is the recalled formula of them."""
        c = self.content
        defined: dict[str, list[Any]] = {}
        for s in c["steps"]:
            for name, constant in s["defines"].items():
                defined.setdefault(name, []).append(constant)
        for name, constant in c["constants"].items():
            if constant not in defined.get(name, []):
                raise Refused(f"the constant {name[:20]} is not that of a step")
        known = {name: enclosure(constant) for name, constant in c["constants"].items()}
        formula, source = PUBLISHED[self.spec["loss"]]
        said = fields(c["published_threshold"], ["formula", "enclosure", "source"], "the published threshold")
        if (said["formula"], said["source"]) != (formula, source):
            raise Refused("the published threshold is not the recalled one")
        have = {"M1", "B_x", "a_2"} <= set(known)
        if said["enclosure"] is not None or have:
            self.pair(said["enclosure"], formula if have else "", known, "the published threshold")


class _Kept(dict[str, Any]):
    """Placeholders without a word stay as they are."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
