"""Ctrl-C, or another signal to end, as a wish that is granted between two frames."""

from __future__ import annotations

import signal
import threading
from types import FrameType

# Ctrl-C, a termination, and a terminal that is gone, which Windows has not
_NOTED = [s for s in signal.Signals if s.name in {"SIGINT", "SIGTERM", "SIGHUP"}]


class Interrupts:
    """While entered, the first signal to end is only noted, so that files are closed properly.

    A second one has its usual effect; not so a second hangup, also after leaving: both the shell
    and the kernel tell of a terminal that is gone. Signals reach Python's main thread alone; in any
    other thread this notes nothing.
    """

    def __init__(self) -> None:
        """Not interrupted."""
        self._signal: int | None = None
        self._former: dict[int, signal.Handlers | int | None] = {}

    @property
    def requested(self) -> bool:
        """Whether to stop."""
        return self._signal is not None

    @property
    def exit_code(self) -> int:
        """What the shell expects: 128 + the signal's number; 0 if there was none."""
        return 0 if self._signal is None else 128 + self._signal

    def __enter__(self) -> Interrupts:
        """Begin to note signals."""
        if threading.current_thread() is threading.main_thread():
            for number in _NOTED:
                if number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN:
                    continue  # `nohup` wants it so
                self._former[number] = signal.signal(number, self._note)  # type: ignore[assignment]
        return self

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        for other in self._former:
            is_hangup = signal.Signals(other).name == "SIGHUP"
            signal.signal(other, signal.SIG_IGN if is_hangup else self._former[other])
        if signal.Signals(number).name == "SIGHUP":
            del self._former[number]  # the second one may come while the process ends

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        while self._former:
            number, former = self._former.popitem()
            signal.signal(number, former)
