"""Truncated Taylor series in mpmath: an evaluation of trees that shares no code with the balls."""

from __future__ import annotations

from typing import Any

from mpmath import MPContext

from proofkit.activation import ast
from proofkit.activation.ast import Node

LARGEST = 10**5  # of an argument of exp, sinh, cosh
Series = list[Any]  # Taylor coefficients f^(k)/k!


class Evaluator:
    """sigma and its derivatives at a point, in floating point of ``digits`` digits.

    >>> f = Evaluator(ast.mul(ast.Z, ast.Z), 20)
    >>> [int(x) for x in f.derivatives(3, 2)]
    [9, 6, 2]
    """

    def __init__(self, root: Node, digits: int = 40) -> None:
        self.context = MPContext()
        self.context.dps = digits
        self.code = list(ast.walk(root))
        self.constants = {
            n: self.context.mpf(n.rational.numerator) / n.rational.denominator
            for n in self.code
            if n.op == "num"
        }

    def derivatives(self, z: Any, order: int) -> list[Any]:
        """[sigma, sigma', ..., sigma^(order)] at z.

        Raises ArithmeticError or ValueError where the expression cannot be evaluated
        (a kink, a singular point, an overflow).
        """
        c = self.context
        n = order + 1
        v: dict[Node, Series] = {}
        for node in self.code:
            v[node] = self._apply(node, [v[a] for a in node.args], c.mpf(z), n)
        out, factorial = [], 1
        for k, x in enumerate(v[self.code[-1]]):
            factorial *= k or 1
            if not c.isfinite(x):
                raise OverflowError("not finite")
            out.append(x * factorial)
        return out

    def _apply(self, node: Node, a: list[Series], z: Any, n: int) -> Series:
        c, op = self.context, node.op
        zeros = [c.zero] * (n - 1)
        if op == "z":
            return ([z, c.one] + zeros)[:n]
        if op == "num":
            return [self.constants[node], *zeros]
        if op == "pi":
            return [+c.pi, *zeros]
        if op in ("add", "sub"):
            return [x + y if op == "add" else x - y for x, y in zip(*a, strict=True)]
        if op == "neg":
            return [-x for x in a[0]]
        if op == "mul":
            return self._times(a[0], a[1])
        if op == "div":
            return self._times(a[0], self._power(a[1], -1, n))
        if op == "pow":
            e = node.rational
            if e.denominator == 1 and e > 0:
                out = a[0]
                for bit in bin(int(e))[3:]:
                    out = self._times(out, out)
                    if bit == "1":
                        out = self._times(out, a[0])
                return out
            return self._power(a[0], c.mpf(e.numerator) / e.denominator, n)
        if op == "Abs":
            if a[0][0] == 0 and n > 1:
                raise ValueError("a kink")
            return a[0] if a[0][0] > 0 else [-x for x in a[0]]
        if op in ("Max", "Min"):
            if a[0][0] == a[1][0] and n > 1:
                raise ValueError("a kink")
            return a[0] if (a[0][0] > a[1][0]) == (op == "Max") else a[1]
        return self._function(op, a[0], n)

    def _times(self, a: Series, b: Series) -> Series:
        return [self.context.fdot(a[: k + 1], b[k::-1]) for k in range(len(a))]

    def _power(self, f: Series, e: Any, n: int) -> Series:
        if f[0] == 0 or (f[0] < 0 and e != int(e)):
            raise ValueError("a singular point")
        g = [f[0] ** (int(e) if e == int(e) else e)]
        for k in range(1, n):
            g.append(sum(((e + 1) * j - k) * f[j] * g[k - j] for j in range(1, k + 1)) / (k * f[0]))
        return g

    def _integral(self, value: Any, slope: Series, f: Series, n: int) -> Series:
        """g with g(z) = value and g' = slope f'."""
        return [value] + [
            sum(j * f[j] * slope[k - j] for j in range(1, k + 1)) / k for k in range(1, n)
        ]

    def _exp(self, f: Series, n: int) -> Series:
        if abs(f[0]) > LARGEST:
            raise OverflowError("an argument too large")
        return self._solve(f, [self.context.exp(f[0])], n)

    def _solve(self, f: Series, g: Series, n: int) -> Series:
        for k in range(1, n):
            g.append(sum(j * f[j] * g[k - j] for j in range(1, k + 1)) / k)
        return g

    def _function(self, op: str, f: Series, n: int) -> Series:
        c = self.context
        one = [c.one] + [c.zero] * (n - 1)
        if op == "exp":
            return self._exp(f, n)
        if op in ("sinh", "cosh"):
            plus, minus = self._exp(f, n), self._exp([-x for x in f], n)
            return [
                (p - m if op == "sinh" else p + m) / 2 for p, m in zip(plus, minus, strict=True)
            ]
        if op in ("sin", "cos"):
            if abs(f[0]) > c.mpf(10) ** 60:
                raise OverflowError("an argument too large")
            s, k = [c.sin(f[0])], [c.cos(f[0])]
            for m in range(1, n):
                up = sum(j * f[j] * k[m - j] for j in range(1, m + 1)) / m
                k.append(-sum(j * f[j] * s[m - j] for j in range(1, m + 1)) / m)
                s.append(up)
            return s if op == "sin" else k
        if op == "log":
            if not f[0] > 0:
                raise ValueError("log of a number that is not positive")
            return self._integral(c.log(f[0]), self._power(f, -1, n), f, n)
        if op == "tanh":
            t = c.tanh(f[0]) if abs(f[0]) < LARGEST else c.sign(f[0])
            g = [t]
            # g' = (1 - g^2) f', the square from the coefficients known so far; 1 - t^2 without cancellation
            sech = c.sech(f[0]) ** 2 if abs(f[0]) < LARGEST else c.zero
            for k in range(1, n):
                square = self._times(g, g)
                slope = [sech] + [-x for x in square[1:]]
                g.append(sum(j * f[j] * slope[k - j] for j in range(1, k + 1)) / k)
            return g
        square = self._times(f, f)
        if op in ("erf", "erfc"):
            slope = [c.zero] * n
            if square[0] < LARGEST:
                slope = [
                    x * 2 / c.sqrt(c.pi) * (1 if op == "erf" else -1)
                    for x in self._exp([-x for x in square], n)
                ]
            value = (
                (c.erf(f[0]) if op == "erf" else c.erfc(f[0]))
                if square[0] < LARGEST
                else (c.sign(f[0]) if op == "erf" else 1 - c.sign(f[0]))
            )
            return self._integral(value, slope, f, n)
        one_plus = [x + y for x, y in zip(one, square, strict=True)]
        if op == "atan":
            return self._integral(c.atan(f[0]), self._power(one_plus, -1, n), f, n)
        if op == "asinh":
            return self._integral(c.asinh(f[0]), self._power(one_plus, c.mpf(-1) / 2, n), f, n)
        raise ValueError(f"{op} is not known here")
