"""What a run is where nothing else is said: one place for `proofkit run`, sweeps and
``Problem.run``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Defaults:
    """The numbers of a run; numbers of the command line as text, so that they are exact.

    ``batch`` is for SGD; the other methods use all data.

    >>> RUN.batch_of("sgd"), RUN.batch_of("sde")
    (32, None)
    """

    loss: str = "squared"
    method: str = "sgd"
    lam: str = "0.1"
    step: str = "0.01"
    steps: int = 2000
    batch: int = 32
    sampling: str = "replacement"
    standardise: bool = False
    width: int = 64
    outer_seed: int = 0
    replicas: int = 1
    seed: int = 0
    variance: str = "1"
    records: int = 100
    dtype: str = "float64"
    backend: str = "auto"

    def batch_of(self, method: str) -> int | None:
        """The batch of a method where none is given; None for all data."""
        return self.batch if method == "sgd" else None


RUN = Defaults()


@dataclass(frozen=True)
class Heat:
    """What a method takes from s of its problem: s itself, or a temperature, or nothing."""

    noise: Fraction | None = None
    temperature: Fraction | None = None


def heat_of(method: str, s: Fraction | None) -> Heat:
    """The sde takes s, and Langevin Monte Carlo the temperature s/2, which has the same stationary
    law; the other methods take neither.

    >>> heat_of("langevin", Fraction(1, 50)).temperature, heat_of("gd", Fraction(1, 50)) == Heat()
    (Fraction(1, 100), True)
    """
    if s is None:
        return Heat()
    if method == "sde":
        return Heat(noise=s)
    return Heat(temperature=s / 2) if method == "langevin" else Heat()
