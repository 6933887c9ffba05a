"""Ctrl-C ends a run within two seconds, also while a long native call cannot be interrupted."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

EXIT_INTERRUPTED = 130
GRACE_S = 1.5


def stop_on_interrupt() -> None:
    """From now on SIGINT raises ``KeyboardInterrupt``, and ends the process if it still lives after the grace time.

    Writing is done by renaming finished temporary files, so the hard end leaves no half file.
    """
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watchdog = threading.Timer(GRACE_S, _end)
    watchdog.daemon = True
    watchdog.start()
    raise KeyboardInterrupt


def _end() -> None:
    print("stopped", file=sys.stderr, flush=True)
    os._exit(EXIT_INTERRUPTED)
