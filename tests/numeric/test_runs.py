"""Runs: what a path depends on, divergence, and a law that is known."""

from __future__ import annotations

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.numeric.kernels import Data
from proofkit.numeric.runs import Cause, Initial, Method, Replica, Trajectory, ensemble, run

TANH = Activation.of("tanh")


def data(n: int = 60, d: int = 3, p: int = 4) -> Data:
    rng = np.random.default_rng(0)
    return Data.of(rng.standard_normal((n, d)), rng.standard_normal(n), rng.standard_normal(p))


@pytest.mark.parametrize("sampling", ["replacement", "epoch"])
def test_paths_depend_on_seed_and_number_alone(sampling: str) -> None:
    methods = [
        Method("sgd", 0.05, 8, sampling=sampling),
        Method("sgd", 0.02, 16, model_noise=True, sampling=sampling),
    ]
    replicas = list(ensemble([0.1, 0.2], methods, 3))
    together = run(TANH, "squared", data(), replicas, 150, records=5, threads=2)
    again = run(TANH, "squared", data(), replicas, 150, records=15)
    alone = run(TANH, "squared", data(), replicas[7:8], 150, records=5)
    assert np.array_equal(together.final, again.final)
    assert np.array_equal(alone.final[0], together.final[7]) and np.array_equal(
        alone.loss[0], together.loss[7]
    )
    assert len({f.tobytes() for f in together.final}) == len(replicas)
    other = run(TANH, "squared", data(), replicas, 150, records=5, seed=1)
    assert not np.array_equal(other.final, together.final)


def test_an_epoch_uses_every_row_once() -> None:
    from proofkit.numeric.runs import _Batches

    batches = _Batches(np.random.default_rng(0), 12, Method("sgd", 0.1, 4, sampling="epoch"))
    rows = np.concatenate([batches.take(2), batches.take(1), batches.take(3)]).ravel()
    assert sorted(rows[:12]) == list(range(12)) and sorted(rows[12:]) == list(range(12))


@pytest.mark.parametrize("backend", ["numpy", "auto"])
def test_divergence_is_reported_and_spares_the_others(backend: str) -> None:
    softplus = Activation.of("softplus")
    replicas = [Replica(0.1, Method("sgd", 1e4, 8), 0), Replica(0.1, Method("sgd", 0.01, 8), 1)]
    t = run(softplus, "squared", data(), replicas, 1000, records=20, backend=backend)
    assert t.diverged[0] == 50 and t.diverged[1] == -1
    assert np.isinf(t.loss[0, 1:]).all() and np.isfinite(t.loss[1]).all()


def test_gradient_descent_never_rises() -> None:
    t = run(TANH, "squared", data(), [Replica(0.1, Method("gd", 0.02), 0)], 300)
    assert (np.diff(t.loss[0]) <= 1e-14).all()


@pytest.mark.parametrize(
    ("method", "variance"),
    [
        (Method("langevin", 0.05, temperature=0.3), 0.3 / (1 - 0.025)),
        (Method("sde", 0.05, noise=0.4), 0.2 / (1 - 0.025)),
    ],
    ids=["langevin", "sde"],
)
def test_the_stationary_law_of_a_quadratic(method: Method, variance: float) -> None:
    """With X = 0 and lambda = 1 the scheme is a linear recursion: its variance is T/(1 - step/2),
    with T = s/2 for the SDE.
    """
    zero = Data.of(np.zeros((2, 4)), np.zeros(2), np.zeros(5))
    t = run(TANH, "squared", zero, list(ensemble([1.0], [method], 500)), 400, records=1)
    values = t.final.ravel()
    # 10,000 independent normal numbers: five standard errors.
    assert abs(values.mean()) < 5 * np.sqrt(variance / values.size)
    assert abs(values.var() / variance - 1) < 5 * np.sqrt(2 / values.size)


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    def path(method: Method) -> Trajectory:
        return run(TANH, "squared", data(), [Replica(0.1, method, 0)], 20, records=20)

    large, whole = path(Method("sgd", 0.1, 1000)), path(Method("gd", 0.1))
    assert large.note == "the batch of 1000 is larger than the data: every step uses all 60 rows"
    assert np.allclose(large.loss, whole.loss, rtol=1e-12)
    exact = path(Method("sgd", 0.1, 60))
    assert exact.note == "" and not np.allclose(exact.loss, whole.loss, rtol=1e-6)


def test_bad_requests() -> None:
    for words, make in (
        ("did you mean sgd", lambda: Method("sdg", 0.1)),
        ("positive", lambda: Method("gd", float("nan"))),
        ("needs a noise", lambda: Method("sde", 0.1)),
        ("drop it", lambda: Method("sgd", 0.1, 4, temperature=1.0)),
        ("batch size", lambda: Method("sgd", 0.1)),
        (
            "shape",
            lambda: run(
                TANH,
                "squared",
                data(),
                [Replica(0.1, Method("gd", 0.1), 0)],
                1,
                Initial(point=np.zeros((1, 1))),
            ),
        ),
        ("at least one replica", lambda: run(TANH, "squared", data(), [], 1)),
    ):
        with pytest.raises(InputError, match=words):
            make()


def test_a_path_that_leaves_the_range_of_the_kernel_says_so() -> None:
    start = Initial(point=np.full((4, 3), 300.0))
    replica = Replica(0.1, Method("sgd", 1e-3, 8), 0)
    t = run(Activation.of("sin(exp(z))"), "squared", data(), [replica], 100, start)
    (stop,) = t.stops
    assert stop is not None and stop.cause is Cause.RANGE and not stop.cause.diverges
    assert stop.iteration == t.diverged[0] and "z <= 349.187" in str(stop)
    assert np.isnan(t.loss[0, -1])


@pytest.mark.parametrize("backend", ["numpy", "auto"])
def test_the_cause_of_a_divergence(backend: str) -> None:
    method = Method("sgd", 0.5, 8, model_noise=True)
    t = run(
        Activation.of("z^2"), "squared", data(), [Replica(0.1, method, 3)], 5000, backend=backend
    )
    (stop,) = t.stops
    assert stop is not None and stop.cause in (Cause.OVERFLOW, Cause.GROWTH)
    assert stop.cause.diverges and np.isinf(t.loss[0, -1])
    calm = run(TANH, "squared", data(), [Replica(0.1, Method("gd", 0.1), 0)], 10)
    assert calm.stops == (None,)
