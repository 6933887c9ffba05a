"""What a run and the model server say to each other, pickled over an authenticated connection of this machine.

A run opens a song, then asks for one decode call after another. The server keeps nothing of a run but the encoder's work:
random streams travel with each request, so a request can be repeated on a new server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compat import Compat
from ...config import DataLayout
from ...generation.engine import DecodeRequest

Streams = Mapping[int, bytes]  # state of the random stream of each lane


class ServerError(ValueError):
    """The model server cannot be started or has failed; the message is one line."""


@dataclass(frozen=True)
class Hello:
    """The server's first words: its process, and what became of the adapter."""

    pid: int
    lora: str | None


@dataclass(frozen=True)
class Open:
    """A song: padded samples (float32, mono), the first sample of each window, and how its events are written."""

    samples: NDArray[np.float32]
    starts: Sequence[int]
    layout: DataLayout
    compat: Compat
    max_batch_size: int


@dataclass(frozen=True)
class Ask:
    """A decode call. ``streams`` of the lanes that it draws from; none under greedy decoding."""

    request: DecodeRequest
    streams: Streams


@dataclass(frozen=True)
class Answer:
    """New ids of each row, and where the streams stand then."""

    rows: list[list[int]]
    streams: Streams


@dataclass(frozen=True)
class Failed:
    """A decode call that cannot be done; the connection goes on."""

    message: str


@dataclass(frozen=True)
class Stop:
    """End the server."""
