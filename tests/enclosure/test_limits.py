"""The alarm on code that cannot be asked to stop: it rings, and leaves nothing half made."""

from __future__ import annotations

import importlib
import sys
import time
import weakref
from pathlib import Path

import mpmath
import pytest

from proofkit.enclosure.limits import TimeIsUp, time_limit


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_it_rings_and_puts_the_precision_back() -> None:
    before = mpmath.mp.prec
    with pytest.raises(TimeIsUp), time_limit(0.05) as limited:
        assert limited
        mpmath.mp.prec = 9
        spin(5)
    assert mpmath.mp.prec == before
    with time_limit(5):
        pass
    spin(0.01)


def test_a_module_is_imported_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nend = time.monotonic() + 0.3\nwhile time.monotonic() < end: pass\ndone = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TimeIsUp), time_limit(0.05):
        importlib.import_module("slow_to_import")
        spin(5)
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

    def busy(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    class Thing:
        def __del__(self) -> None:
            if kind == "__del__":
                busy(0.2)

    finished = []
    with pytest.raises(TimeIsUp), time_limit(0.05):
        thing = Thing()
        if kind == "finalize":
            weakref.finalize(thing, busy, 0.2)
        del thing
        finished.append("collected")
        busy(5.0)
        finished.append("too late")
    assert finished == ["collected"]
