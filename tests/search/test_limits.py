"""The alarm on code that cannot be asked to stop: it rings, and leaves nothing half made."""

from __future__ import annotations

import gc
import importlib
import signal
import sys
import time
import weakref
from pathlib import Path

import mpmath
import pytest
from flint import ctx

from proofkit.kernel.univariate.balls import precision
from proofkit.search.limits import TimeIsUp, time_limit


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_it_rings_and_puts_the_precision_back() -> None:
    before = mpmath.mp.prec
    with pytest.raises(TimeIsUp), time_limit(0.05) as limited:
        assert limited
        mpmath.mp.prec = 9
        spin(60)
    assert mpmath.mp.prec == before
    with time_limit(5):
        pass
    spin(0.01)


def test_it_puts_the_precision_and_the_length_of_flint_back() -> None:
    """Also when it rings where ``with precision`` would have put them back."""
    before = ctx.prec, ctx.cap
    with pytest.raises(TimeIsUp), time_limit(0.05):
        precision(64, 1).__enter__()
        spin(60)
    assert (ctx.prec, ctx.cap) == before


def test_a_module_is_imported_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The module rings the alarm itself, so that it rings while the module is half made.
    (tmp_path / "slow_to_import.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGALRM)\ndone = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TimeIsUp), time_limit(3600):
        importlib.import_module("slow_to_import")
        spin(60)
    assert sys.modules.pop("slow_to_import").done


def test_constants_of_mpmath_are_not_torn() -> None:
    expected = mpmath.libmp.libelefun.pi_fixed(4000)
    for k in range(40):
        mpmath.libmp.libelefun.pi_fixed.memo_prec = -1
        try:
            with time_limit(0.0005 + 0.0001 * k):
                for bits in range(200, 20000, 100):
                    mpmath.libmp.libelefun.pi_fixed(bits)
                    if bits % 1000 == 0:
                        mpmath.libmp.libelefun.pi_fixed.memo_prec = -1
        except TimeIsUp:
            pass
        assert mpmath.libmp.libelefun.pi_fixed(4000) == expected


def test_no_second_alarm() -> None:
    with time_limit(5) as outer, time_limit(5) as inner:
        assert outer and not inner


@pytest.mark.parametrize("kind", ["finalize", "__del__"])
def test_the_alarm_waits_for_finalizers(kind: str) -> None:
    """There an exception would be swallowed, and the limit with it."""

    def ring() -> None:
        signal.raise_signal(signal.SIGALRM)

    class Thing:
        def __del__(self) -> None:
            if kind == "__del__":
                ring()

    finished = []
    with pytest.raises(TimeIsUp), time_limit(3600):
        thing = Thing()
        if kind == "finalize":
            weakref.finalize(thing, ring)
        del thing
        finished.append("collected")
        spin(60)  # the postponed alarm rings in the middle of it
        finished.append("too late")
    assert finished == ["collected"]


def test_the_alarm_waits_for_callbacks_of_the_collector() -> None:
    """There an exception would be reported and swallowed."""
    rang: list[str] = []

    def callback(phase: str, info: dict) -> None:
        if phase == "start" and not rang:
            rang.append(phase)
            signal.raise_signal(signal.SIGALRM)

    gc.callbacks.append(callback)
    try:
        with pytest.raises(TimeIsUp), time_limit(3600):
            gc.collect()
            spin(60)
    finally:
        gc.callbacks.remove(callback)
    assert rang == ["start"]
