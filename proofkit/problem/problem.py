"""A problem: activation, loss, regulariser, and either symbols or data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.codec import encode
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture
from proofkit.losses.catalogue import name_of, resolve
from proofkit.problem.data import DataSummary, Outer


@dataclass(frozen=True)
class Problem:
    """L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 with f_i = sum_j a_j sigma(<w_j, x_i>).

    ``loss_name`` is a name of the catalogue or an expression in u = f - y or m = y f.
    ``lam`` and ``noise`` are None while symbolic; without ``data`` the sizes, the
    data and the outer weights are symbols too, and a proof holds for all of them.
    ``architecture`` is None for that net; another one has no ``outer``.
    """

    activation: Activation
    loss_name: str
    lam: Fraction | None = None
    noise: Fraction | None = None
    data: DataSummary | None = None
    outer: Outer | None = None
    architecture: Architecture | None = None

    def __post_init__(self) -> None:
        # One name for one loss, however it was written.
        object.__setattr__(self, "loss_name", name_of(resolve(self.loss_name)))
        if self.activation.root.is_constant:
            raise InputError(
                f"the activation {self.activation.text[:40]} is a constant: no z is left in it"
            )
        if self.architecture is not None:
            if self.outer is not None:
                raise InputError("the weights of an architecture are those of its layers")
        elif type(self.loss) is CrossEntropyLoss:
            raise InputError(
                "cross-entropy is the loss of at least two outputs, and this net has one; give the "
                "number of outputs, or the loss logistic"
            )
        elif (self.data is None) != (self.outer is None):
            raise InputError(
                "a problem bound to data needs outer weights too; give --width and --seed, "
                "or --outer"
            )
        if self.data is not None and (why := self.loss.why_not(self.data)):
            raise InputError(f"the data do not fit the loss {self.loss_name}: {why}")
        if self.noise is not None and self.noise <= 0:
            raise InputError(f"the noise s must be positive, not {self.noise}")

    @property
    def loss(self) -> Loss:
        """The loss."""
        return resolve(self.loss_name)

    @property
    def symbolic(self) -> bool:
        """True when n, p, d, the data and a are symbols."""
        return self.data is None

    def specification(self) -> dict[str, Any]:
        """Everything the statement depends on, as JSON values (rationals as text)."""
        out: dict[str, Any] = {
            "activation": {"name": self.activation.name, "expression": self.activation.text},
            "loss": self.loss_name,
            "regulariser": "lambda/2*||W||_F^2",
            "lambda": None if self.lam is None else str(self.lam),
            "noise": None if self.noise is None else str(self.noise),
            "data": None,
            "outer": None,
        }
        if self.architecture is not None:
            out["layers"] = encode(self.architecture, Architecture)
        if self.data is not None:
            d = self.data
            out["data"] = {
                "source": d.source,
                "sha256": d.digest,
                "target": d.target,
                "n": d.n,
                "d": d.d,
                "B_x_squared": str(d.B_x_squared),
                "X2": str(d.x_square_mean),
                "B_y": str(d.B_y),
                "y_min": str(d.y_min),
                "y_max": str(d.y_max),
                "Y1": str(d.y_abs_mean),
                "Y2": str(d.y_square_mean),
                "Lambda_S": [str(d.Lambda_S[0]), str(d.Lambda_S[1])],
                "features": list(d.features),
                "labels": None if d.labels is None else d.labels.json(),
                "scaling": None if d.scaling is None else d.scaling.json(),
                "rows_sha256": d.rows_sha256,
            }
        if self.outer is not None:
            o = self.outer
            out["outer"] = {
                "source": o.source,
                "sha256": o.digest,
                "p": o.p,
                "a_1": str(o.a_1),
                "a_2_squared": str(o.a_2_squared),
                "a_inf": str(o.a_inf),
                "a_plus": str(o.a_plus),
                "a_minus": str(o.a_minus),
                "first_positive": None if o.first_positive is None else str(o.first_positive),
                "first_negative": None if o.first_negative is None else str(o.first_negative),
            }
        return out

    @property
    def key(self) -> str:
        """A digest of the specification."""
        return (
            "problem "
            + hashlib.sha256(json.dumps(self.specification(), sort_keys=True).encode()).hexdigest()[
                :24
            ]
        )

    @property
    def activation_key(self) -> str:
        """The key of facts about the activation alone."""
        return f"activation {self.activation.text}"
