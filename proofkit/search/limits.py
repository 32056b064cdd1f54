"""A wall-clock limit on code that cannot be asked to stop (SymPy, mpmath)."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from proofkit.kernel.univariate.tail import TimeIsUp

LIBRARY = os.path.join("mpmath", "libmp")
PAUSE, POSTPONED = 0.005, 100


@contextmanager
def time_limit(seconds: float) -> Iterator[bool]:
    """Raise TimeIsUp inside the block after ``seconds``.

    Yields False, without a limit, outside the main thread and where an alarm is
    already set: callers then skip work that may not end.

    The alarm waits while a module is being imported, which would stay half made, while an
    object is being finalised, where an exception is swallowed, and for a while inside
    mpmath's number routines, whose tables of constants are changed in two steps.  The precision of
    mpmath and of flint, and the length of flint's series, are put back to what they were: the
    alarm may ring while a ``with precision(...)`` is on its way in or out.
    """
    import mpmath
    from flint import ctx

    usable = (
        threading.current_thread() is threading.main_thread()
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0
        and seconds > 0
    )
    if not usable:
        yield False
        return

    patience = POSTPONED

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal patience
        if _must_finish(frame):
            signal.setitimer(signal.ITIMER_REAL, PAUSE)
        elif patience and frame is not None and LIBRARY in frame.f_code.co_filename:
            patience -= 1
            signal.setitimer(signal.ITIMER_REAL, PAUSE)
        else:
            raise TimeIsUp

    precision, of_balls = mpmath.mp.prec, (ctx.prec, ctx.cap)
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield True
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            # Also when the alarm rings on the way out.
            signal.signal(signal.SIGALRM, before)
            mpmath.mp.prec = precision
            ctx.prec, ctx.cap = of_balls


def _must_finish(frame: FrameType | None) -> bool:
    """True during an import, and in what the garbage collector calls: finalizers, callbacks, its
    own and of weak references.
    """
    collector = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        code = frame.f_code
        if (
            code.co_filename.startswith("<frozen importlib")
            or code.co_filename == weakref.__file__
            or code.co_name == "__del__"
            or code in collector
        ):
            return True
        frame = frame.f_back
    return False
