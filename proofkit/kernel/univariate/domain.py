"""Where an expression is defined, and where Abs, Max and Min break it into smooth pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.errors import DomainError
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.bisection import samples
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.periods import periodicity
from proofkit.kernel.univariate.polynomials import polynomial
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import decimal, round_down
from proofkit.kernel.univariate.signs import sign_by_structure
from proofkit.kernel.univariate.tail import exact_taylor
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError, Workspace

MAX_BOXES = 4000
MAX_ORDER = 12


@dataclass(frozen=True)
class SmoothPiece:
    """sigma restricted to an interval (None: infinite), where it is the smooth tree ``root``.

    An end at an irrational kink is known to some 30 digits only: [left, right] contains
    the interval, and [inner_left, inner_right] lies in it.
    """

    left: Fraction | None
    right: Fraction | None
    root: Node
    inner_left: Fraction | None
    inner_right: Fraction | None


@dataclass(frozen=True)
class Smoothness:
    """sigma is C^order on R; ``order`` None means C-infinity, else ``at`` is where it stops."""

    order: int | None
    at: Fraction | None = None
    kinks: tuple[Fraction, ...] = ()

    @property
    def where(self) -> str:
        """``at`` as text: exact, or the leading digits of an irrational kink."""
        at = self.at or Fraction(0)
        return str(at) if at.denominator < 10**6 else f"{decimal(at, 15)}..."


def check_domain(
    root: Node,
    deadline: float = float("inf"),
    left: Fraction | None = None,
    right: Fraction | None = None,
) -> None:
    """DomainError where the expression is not a real number on [left, right] (None: infinite);
    OpenError when undecided.
    """
    structure = sign_by_structure(root)
    for node in terms.walk(root):
        if node.op == "div":
            argument, positive = node.args[1], False
        elif node.op == "log" or (node.op == "pow" and node.rational.denominator != 1):
            argument, positive = node.args[0], True
        elif node.op == "pow" and node.rational < 0:
            argument, positive = node.args[0], False
        else:
            continue
        for factor in (argument,) if positive else zero_factors(argument):
            if structure[factor][1]:
                continue
            try:
                _require_sign(node, factor, positive, deadline, left, right)
            except DomainError as error:
                if left is None and right is None:
                    raise
                raise DomainError(
                    str(error).replace("on all of R", "on all of the interval", 1)
                ) from None


def zero_factors(argument: Node) -> list[Node]:
    """Trees one of which is zero exactly where the argument is (as far as that is visible)."""
    if argument.op == "mul":
        return [f for a in argument.args for f in zero_factors(a)]
    if argument.op == "div":
        return zero_factors(argument.args[0])
    if argument.op in ("neg", "tanh", "sinh", "atan", "asinh", "erf", "Abs") or (
        argument.op == "pow" and argument.rational > 0
    ):
        return zero_factors(argument.args[0])
    return [argument]


def _fail(node: Node, argument: Node, at: Fraction, what: str) -> DomainError:
    whole = node.args[1] if node.op == "div" else node.args[0]
    kind = {"div": "the divisor", "log": "the argument of log", "pow": "the base of the power"}[
        node.op
    ]
    return DomainError(
        f"not a real number on all of R: {kind} {whole} is "
        f"{what if whole == argument else '0'} at z = {decimal(at, 12)}"
    )


def _require_sign(
    node: Node,
    argument: Node,
    positive: bool,
    deadline: float,
    left: Fraction | None,
    right: Fraction | None,
) -> None:
    """argument > 0 on the interval (or, for a divisor, of one sign)."""
    for piece in smooth_pieces(argument, deadline, left, right):
        _require_piece(node, argument, piece, positive, deadline)


def _require_piece(
    node: Node, argument: Node, piece: SmoothPiece, positive: bool, deadline: float
) -> None:
    w = Workspace(piece.root, order=0, deadline=deadline)
    q = Quantity(piece.root)
    with balls.precision(128):
        wanted = 1
        if not positive:
            first = w.series(q, balls.ball(piece.left or piece.right or Fraction(0)), 0)[0]
            if first == 0:
                raise _fail(node, argument, piece.left or piece.right or Fraction(0), "0")
            wanted = -1 if first < 0 else 1
        last = piece.left if piece.left is not None else Fraction(-16)
        for point in samples(last, piece.right if piece.right is not None else Fraction(16)):
            value = w.series(q, balls.ball(point), 0)[0]
            if value * wanted < 0:
                if positive:
                    raise _fail(node, argument, point, f"{float(value.mid()):.6g}")
                if w.series(q, balls.ball(last), 0)[0] * wanted > 0:
                    raise _fail(node, argument, _bisect(w, q, last, point, wanted), "0")
            last = point
        reach = {1: piece.right, -1: piece.left}
        for end, limit in ((1, piece.right), (-1, piece.left)):
            if limit is None:
                reach[end] = _tail_of_one_sign(w, q, end, wanted, node, argument) * end
        left, right = reach[-1], reach[1]
        assert left is not None and right is not None
        stack, count = [(left, right)], 0
        while stack:
            a, b = stack.pop()
            count += 1
            x = balls.hull(a, b)
            g0, g1 = w.series(q, x, 1)
            m = (a + b) / 2
            middle = w.series(q, balls.ball(m), 0)[0]
            if g0 * wanted > 0 or (
                g1.is_finite() and (middle + g1 * (x - balls.ball(m))) * wanted > 0
            ):
                continue
            for point in (a, b, m):
                at = w.series(q, balls.ball(point), 0)[0]
                if at == 0:
                    if node.op == "pow" and node.rational > 0:
                        raise OpenError(
                            f"whether {node} is smooth at z = {decimal(point, 12)}, where "
                            f"its base vanishes"
                        )
                    raise _fail(node, argument, point, "0")
                if at * wanted < 0:
                    if positive:
                        raise _fail(node, argument, point, f"{float(at.mid()):.6g}")
                    raise _fail(node, argument, _bisect(w, q, a, b, wanted), "0")
            if count > MAX_BOXES or b - a < Fraction(1, 2**60):
                raise OpenError(f"whether {argument} vanishes near z = {decimal(m, 12)}")
            w.check_time(f"while checking where {node} is defined")
            s = Fraction(0) if a < 0 < b else m
            stack += [(a, s), (s, b)]


def _tail_of_one_sign(
    w: Workspace, q: Quantity, end: int, wanted: int, node: Node, argument: Node
) -> Fraction:
    start, g = w.settled(q, end)
    while start < 2**40:
        try:
            g = w.tail(q, end, start)
            _, j = g.dominated()
            if (j.positive and wanted > 0) or (j.negative and wanted < 0):
                return start
            if (j.negative and wanted > 0) or (j.positive and wanted < 0):
                at = start * end
                if node.op != "div" and not (node.op == "pow" and node.rational.denominator == 1):
                    value = w.series(q, balls.ball(at), 0)[0]
                    raise _fail(node, argument, at, f"{float(value.mid()):.6g}")
                return start
        except TailError:
            pass
        start *= 2
    raise OpenError(f"the sign of {argument} as z -> {'+' if end > 0 else '-'}oo")


def _bisect(w: Workspace, q: Quantity, a: Fraction, b: Fraction, wanted: int) -> Fraction:
    """A point near a sign change in [a, b], for a message."""
    left, right = a, b
    for _ in range(80):
        m = (left + right) / 2
        at = w.series(q, balls.ball(m), 0)[0]
        if at == 0:
            return m
        if (w.series(q, balls.ball(left), 0)[0] * wanted > 0) == (at * wanted > 0):
            left = m
        else:
            right = m
    return (
        right.limit_denominator(10**6)
        if abs(right.limit_denominator(10**6) - right) < Fraction(1, 10**15)
        else right
    )


# -- kinks ---------------------------------------------------------------------------------------


def turn(root: Node) -> tuple[Fraction | None, Fraction | None]:
    """An interval whose interior meets every residue modulo the period, for a periodic tree with
    kinks; else all of R.

    What holds on it holds on R, and it has finitely many kinks.
    """
    if not any(n.op in terms.KINKED for n in terms.walk(root)):
        return None, None
    found = periodicity(root)
    if found is None or found[0] != 0:
        return None, None
    return -found[1] * Fraction(7, 16), found[1] * Fraction(11, 16)


def smooth_pieces(
    root: Node,
    deadline: float = float("inf"),
    left: Fraction | None = None,
    right: Fraction | None = None,
) -> tuple[SmoothPiece, ...]:
    """[left, right] (None: infinite) cut where Abs, Max, Min change branch; each piece carries a
    tree without them.
    """
    todo = [SmoothPiece(left, right, root, left, right)]
    done: list[SmoothPiece] = []
    while todo:
        piece = todo.pop(0)
        node = next((n for n in terms.walk(piece.root) if n.op in terms.KINKED), None)
        if node is None:
            done.append(piece)
            continue
        if node.op != "Abs" and node.args[0] == node.args[1]:
            todo.insert(0, replace(piece, root=terms.substitute(piece.root, {node: node.args[0]})))
            continue
        switch = switch_of(node)
        cuts = zeros(switch, piece, deadline)
        edges = [(piece.left, piece.inner_left), *cuts, (piece.inner_right, piece.right)]
        parts: list[SmoothPiece] = []
        for (a, inner_a), (inner_b, b) in pairwise(edges):
            positive = _sign_inside(switch, inner_a, inner_b)
            # Every Abs, Max and Min that turns on the same switch is settled with it: no second cut
            # at the same point.
            known = {
                n: _branch(n, positive if switch_of(n) == switch else not positive)
                for n in terms.walk(piece.root)
                if _turns_on(n, switch)
            }
            parts.append(SmoothPiece(a, b, _settle(piece.root, known), inner_a, inner_b))
        todo = parts + todo
        if len(todo) + len(done) > 40:
            raise OpenError("more than 40 pieces between kinks")
    return tuple(sorted(done, key=lambda p: (p.left is not None, p.left or 0)))


def switch_of(node: Node) -> Node:
    """The tree whose sign decides the branch."""
    return node.args[0] if node.op == "Abs" else terms.sub(node.args[0], node.args[1])


def _opposite(one: Node, two: Node) -> bool:
    return (
        one == terms.neg(two)
        or two == terms.neg(one)
        or (one.op == two.op == "sub" and one.args == two.args[::-1])
    )


def _turns_on(node: Node, switch: Node) -> bool:
    return node.op in terms.KINKED and (
        switch_of(node) == switch or _opposite(switch_of(node), switch)
    )


def _branch(node: Node, positive: bool) -> Node:
    if node.op == "Abs":
        return node.args[0] if positive else terms.neg(node.args[0])
    return node.args[0] if positive == (node.op == "Max") else node.args[1]


def _settle(root: Node, known: dict[Node, Node]) -> Node:
    """The tree with the kinked nodes replaced, those inside the branches of others too."""
    while any(n in known for n in terms.walk(root)):
        root = terms.substitute(root, known)
    return root


def _sign_inside(switch: Node, a: Fraction | None, b: Fraction | None) -> bool:
    """True when the switch is positive somewhere in [a, b], False when negative; it does not change
    sign there.
    """
    if a is not None and b is not None:
        points = [a + (b - a) * k / 4 for k in (2, 1, 3)]
    elif a is not None:
        points = [a + 1, a + Fraction(5, 2)]
    elif b is not None:
        points = [b - 1, b - Fraction(5, 2)]
    else:
        points = [Fraction(0), Fraction(1), Fraction(-5, 2)]
    with balls.precision(256):
        for x in points:
            value = balls.Tape(switch).series(balls.ball(x), 1)[0]
            if value > 0 or value < 0:
                return bool(value > 0)
    # Zero, or too close to it, at every point tried: either branch could be meant.
    raise OpenError(f"the sign of {switch} at z = {decimal(points[0], 12)}")


def zeros(root: Node, piece: SmoothPiece, deadline: float) -> list[tuple[Fraction, Fraction]]:
    """The sign changes of a smooth tree inside a piece, each between two rationals (equal when it
    is rational).
    """
    left, right = piece.left, piece.right
    structure = sign_by_structure(root)
    if structure[root][0] or root.is_constant:
        return []
    if root.op == "neg" and structure[root.args[0]][0]:
        return []
    w = Workspace(root, order=0, deadline=deadline)
    q = Quantity(root)
    with balls.precision(128):
        reach: dict[int, Fraction] = {}
        for end, limit in ((1, right), (-1, left)):
            reach[end] = limit if limit is not None else end * _settled_sign(w, q, end)
        roots: set[tuple[Fraction, Fraction]] = set()
        stack, count = [(reach[-1], reach[1])], 0
        while stack:
            a, b = stack.pop()
            count += 1
            w.check_time("while looking for kinks")
            g0, g1 = w.series(q, balls.hull(a, b), 1)
            if g0 != 0:
                continue
            at_a, at_b = (
                arb(0) if _vanishes(w, q, x) else w.series(q, balls.ball(x), 0)[0] for x in (a, b)
            )
            if g1 != 0 and g1.is_finite():
                if at_a == 0 or at_b == 0:
                    roots |= {(x, x) for x, g in ((a, at_a), (b, at_b)) if g == 0}
                    continue
                if at_a * at_b > 0:
                    continue
                roots.add(_root(w, q, a, b))
                continue
            x = a if at_a == 0 else b
            if (at_a == 0 or at_b == 0) and b - a <= 1 and _only_zero(w, q, x, a, b):
                roots.add((x, x))
                continue
            if count > MAX_BOXES or b - a < Fraction(1, 2**60):
                raise OpenError(f"the zeros of {root} near z = {decimal(a, 12)}")
            m = Fraction(0) if a < 0 < b else (a + b) / 2
            stack += [(a, m), (m, b)]
    inside: list[tuple[Fraction, Fraction]] = []
    for low, high in sorted(roots):
        if (left is not None and high <= left) or (right is not None and low >= right):
            continue
        if low == high and low in (left, right):
            continue
        if (piece.inner_left is not None and low < piece.inner_left) or (
            piece.inner_right is not None and high > piece.inner_right
        ):
            raise OpenError(f"two kinks too close to tell apart near z = {decimal(low, 12)}")
        inside.append((low, high))
    return inside


def _only_zero(w: Workspace, q: Quantity, x: Fraction, a: Fraction, b: Fraction) -> bool:
    """True when x, a zero of some order m <= 6, is the only zero in [a, b]: the m-th derivative
    does not vanish there.
    """
    here, around = w.series(q, balls.ball(x), 6), w.series(q, balls.hull(a, b), 6)
    for m in range(7):
        if around[m] != 0 and around[m].is_finite():
            return True
        if not here[m].is_zero():
            return False
    return False


def _settled_sign(w: Workspace, q: Quantity, end: int) -> Fraction:
    start, _ = w.settled(q, end)
    while start < 2**40:
        try:
            _, j = w.tail(q, end, start).dominated()
            if j.positive or j.negative:
                return start
        except TailError:
            pass
        start *= 2
    raise OpenError(f"the sign of {q.root} as z -> {'+' if end > 0 else '-'}oo")


def _root(w: Workspace, q: Quantity, a: Fraction, b: Fraction) -> tuple[Fraction, Fraction]:
    """The simple zero in [a, b] between two rationals, equal when it is itself rational."""
    left, right = a, b
    rising = bool(w.series(q, balls.ball(a), 0)[0] < 0)
    for _ in range(100):
        m = (left + right) / 2
        near = m.limit_denominator(10**4)
        if left <= near <= right and _vanishes(w, q, near):
            return near, near
        g = w.series(q, balls.ball(m), 0)[0]
        if g == 0:
            return m, m
        if not (g < 0 or g > 0):
            break
        if bool(g < 0) == rising:
            left = m
        else:
            right = m
    if right - left > Fraction(1, 2**60):
        raise OpenError(f"a kink near z = {decimal(left, 12)} could not be located")
    if not w.series(q, balls.ball(left), 0)[0] * w.series(q, balls.ball(right), 0)[0] < 0:
        # The bisection believes the sign at the first end; only a change of sign proves a zero.
        raise OpenError(f"whether there is a kink near z = {decimal(left, 12)}")
    return left, right


def _vanishes(w: Workspace, q: Quantity, x: Fraction) -> bool:
    """True when a tree is exactly zero at a rational point: by arithmetic on rationals, or in
    balls.
    """
    exact = terms.value_at(q.root, x)
    return exact == 0 if exact is not None else bool(w.series(q, balls.ball(x), 0)[0] == 0)


def _contact(root: Node, here: arb) -> int:
    """m such that sigma is certainly C^m at a kink.

    An Abs, Max or Min whose switch has a zero of order k there is C^(k-1); the power |u|^e, e >= 1
    whole, is C^(ke-1).
    """
    worst = MAX_ORDER
    nodes = list(terms.walk(root))
    for node in nodes:
        if node.op in terms.KINKED:
            switch = switch_of(node)
            if any(n.op in terms.KINKED for n in terms.walk(switch)):
                return 0
            s = balls.Tape(switch).series(here, MAX_ORDER + 1)
            k = next((k for k in range(MAX_ORDER + 1) if not s[k].is_zero()), MAX_ORDER)
            if k == 0 and not s[0].contains(0):
                continue  # this one does not turn here
            k = max(k, 1)  # the switch vanishes at the kink, which the ball around it need not show
            if node.op == "Abs":
                powers = [
                    n.rational if n.op == "pow" else Fraction(1) for n in nodes if node in n.args
                ] or [Fraction(1)]
                k *= (
                    min((int(e) for e in powers if e.denominator == 1 and e >= 1), default=1)
                    if all(e.denominator == 1 and e >= 1 for e in powers)
                    else 1
                )
            worst = min(worst, k - 1)
    return worst


def _exact_jumps(one: Node, two: Node, c: Fraction) -> list[Coef] | None:
    """The differences of the Taylor coefficients at a rational kink, exact; None where exact
    arithmetic does not reach.
    """
    try:
        return [
            a - b
            for a, b in zip(
                exact_taylor(one, c, MAX_ORDER), exact_taylor(two, c, MAX_ORDER), strict=True
            )
        ]
    except (TailError, ArithmeticError, ValueError):
        return None


def _are_one_polynomial(one: Node, two: Node) -> bool:
    """True for two ways to write the same polynomial."""
    found = polynomial(one)
    return found is not None and found == polynomial(two)


def smoothness(pieces: tuple[SmoothPiece, ...], root: Node) -> Smoothness:
    """The differentiability class of the function ``root`` (it is continuous), cut into these
    pieces.
    """
    worst: tuple[int, Fraction] | None = None
    kinks: list[Fraction] = []
    with balls.precision(128, MAX_ORDER + 1):
        for one, two in pairwise(pieces):
            assert one.inner_right is not None and two.inner_left is not None
            if one.root == two.root or _are_one_polynomial(one.root, two.root):
                continue
            c = one.inner_right
            if one.inner_right != two.inner_left:
                c = round_down(
                    (one.inner_right + two.inner_left) / 2, 15
                )  # how messages call an irrational kink
            here = balls.hull(one.inner_right, two.inner_left)
            jumps = (
                _exact_jumps(one.root, two.root, c) if one.inner_right == two.inner_left else None
            )
            left = balls.Tape(one.root).series(here, MAX_ORDER + 1)
            right = balls.Tape(two.root).series(here, MAX_ORDER + 1)
            for k in range(1, MAX_ORDER + 1):
                jump: arb = left[k] - right[k] if jumps is None else jumps[k].ball
                if jump != 0:
                    kinks.append(c)
                    if worst is None or k - 1 < worst[0]:
                        worst = (k - 1, c)
                    break
                if jump.contains(0) and not jump.is_zero() and k > _contact(root, here):
                    raise OpenError(
                        f"whether the derivative of order {k} is continuous at z = {decimal(c, 12)}"
                    )
            else:
                raise OpenError(f"smoothness beyond order {MAX_ORDER} at z = {decimal(c, 12)}")
    if worst is None:
        return Smoothness(None)
    return Smoothness(worst[0], worst[1], tuple(kinks))
