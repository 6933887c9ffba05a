"""A run's side of the model server: finds or starts it, and decodes through it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import torch

from ...generation.batch import check_request
from ...generation.engine import DecodeRequest
from .batching import restored, state_of
from .messages import Answer, Ask, Failed, Hello, Open, ServerError, Stop
from .place import Place, server_folder
from .serve import BUSY, IDLE_S
from .spec import ServerSpec

ROOT = Path(__file__).resolve().parents[3]
START_LIMIT_S = 600.0
TRIES = 3
_BROKEN = (EOFError, OSError)
_started: list[subprocess.Popen[bytes]] = []  # kept: they outlive this process

Notify = Callable[[str], None]


class ModelServer:
    """The server of one model, started where there is none. Raises :class:`ServerError` where that cannot be."""

    def __init__(self, spec: ServerSpec, notify: Notify, idle_s: float = IDLE_S) -> None:
        self._spec, self._notify, self._idle_s = spec, notify, idle_s
        self._key = spec.key()
        self._place = Place(server_folder(), self._key)
        self._spare: Connection | None = None
        self._is_own = False  # whether this process has started it

    def ready(self) -> Hello:
        """Wait until the server has its model; the connection is kept for the first song."""
        self._spare, hello = self._connected()
        if not self._is_own:
            self._notify(f"use_server: a model server is running already (process {hello.pid})")
        return hello

    def open(self, song: Open) -> Connection:
        """A connection on which ``song`` is open."""
        for attempt in range(TRIES):
            connection, self._spare = self._spare or self._connected()[0], None
            try:
                connection.send(song)
                return connection
            except _BROKEN:
                if attempt == TRIES - 1:
                    break
        raise ServerError(f"use_server: the model server breaks off; its log is {self._place.log}")

    def _connected(self) -> tuple[Connection, Hello]:
        end, child = time.monotonic() + START_LIMIT_S, None
        while time.monotonic() < end:
            found = reached(self._place)
            if found is not None:
                self._is_own = child is not None and child.poll() is None
                if self._is_own:
                    self._notify(f"use_server: the model server was started (process {found[1].pid})")
                return found
            if child is not None and child.poll() is not None:
                if child.returncode not in (0, BUSY):
                    raise ServerError(self._why())
                child = None
            if child is None and not self._place.alive():
                child = self._spawned()
            time.sleep(0.05)
        raise ServerError(
            f"use_server: no answer in {START_LIMIT_S:.0f} s; the model server's log is {self._place.log}"
        )

    def _spawned(self) -> subprocess.Popen[bytes]:
        """A server process that the terminal's Ctrl-C and the end of this process don't reach."""
        command = [sys.executable, "-m", "osuT5.pipeline.server", "serve", self._spec.to_json(), self._key]
        command.append(str(self._idle_s))
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        try:
            with open(self._place.log, "wb") as log:
                child = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **apart
                )
        except OSError as error:
            raise ServerError(f"use_server: the model server cannot be started: {error}") from None
        _started.append(child)
        return child

    def _why(self) -> str:
        try:
            lines = self._place.log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return f"use_server: the model server did not start: {last} (use_server=false loads the model in this process)"


def reached(place: Place) -> tuple[Connection, Hello] | None:
    """A connection to the living server at ``place``, and its first words; none where nobody answers."""
    address = place.address()
    if address is None:
        return None
    try:
        connection = Client(("127.0.0.1", address.port), authkey=address.secret)
        hello = connection.recv()
    except (*_BROKEN, AuthenticationError):
        return None
    return (connection, hello) if isinstance(hello, Hello) else None


def stop(place: Place) -> bool:
    """End the server at ``place``; False where none answers."""
    found = reached(place)
    if found is None:
        return False
    with found[0] as connection:
        connection.send(Stop())
    return True


class ServerEngine:
    """Implements :class:`~osuT5.generation.engine.Engine` for one song through the model server.

    ``generators`` draw the samples, one a lane, as in :class:`~osuT5.generation.model_engine.ModelEngine`: their states
    go to the server with each request and come back moved on. A server that has died is started again.
    """

    def __init__(self, server: ModelServer, song: Open, generators: Sequence[torch.Generator]) -> None:
        self._server, self._song, self._generators = server, song, generators
        self._connection: Connection | None = None

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        """New ids of each row. Raises :class:`ServerError`, and ``ValueError`` for a request that contradicts itself."""
        check_request(request)
        lanes = sorted(set(request.lanes or [0])) if request.sampling.do_sample else []
        ask = Ask(request, {lane: state_of(self._generators[lane]) for lane in lanes})
        answer = self._asked(ask)
        for lane, state in answer.streams.items():
            generator = self._generators[lane]
            generator.set_state(restored(state, generator.device).get_state())
        return answer.rows

    def _asked(self, ask: Ask) -> Answer:
        for attempt in range(TRIES):
            try:
                if self._connection is None:
                    self._connection = self._server.open(self._song)
                self._connection.send(ask)
                while not self._connection.poll(0.2):  # so that Ctrl-C is heard everywhere
                    pass
                answer = self._connection.recv()
            except _BROKEN:
                self._connection = None
                if attempt < TRIES - 1:
                    continue
                raise ServerError("use_server: the model server breaks off again and again") from None
            break
        if isinstance(answer, Failed):
            raise ServerError(f"use_server: {answer.message}")
        assert isinstance(answer, Answer)
        return answer
