"""The server process: loads its model, listens on this machine, and ends when nobody has needed it for a while."""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge

import torch

from ...generation.batch import BatchDecoder
from ...model.checkpoint import load_bundle
from ...tokenizer import Tokenizer
from .batching import Job, Session
from .messages import Ask, Failed, Hello, Open, Stop
from .place import Address, Lock, Place, server_folder
from .spec import ServerSpec
from .worker import Worker

IDLE_S = 600.0
BUSY = 3  # exit code: another server of this key is there
_GONE = (EOFError, OSError)


def serve(spec: ServerSpec, key: str, idle_s: float = IDLE_S) -> int:
    """Be the server of ``key`` until it is idle or told to stop; the exit code. Raises ``ValueError``, ``OSError``."""
    place = Place(server_folder(), key)
    lock = place.lock()
    if not _taken(lock):
        return BUSY
    place.forget()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the run that it was pressed in
    torch.set_float32_matmul_precision("high")
    location = spec.location
    loaded = load_bundle(location, spec.precision, spec.attention, spec.device, spec.lora)
    loaded.model.spectrogram.use_backend(spec.spectrogram)
    server = Server(BatchDecoder(loaded.model, Tokenizer.load(location.folder)), Hello(os.getpid(), loaded.lora))
    with Listener(("127.0.0.1", 0), backlog=16) as listener:
        threading.Thread(target=server.listen, args=(listener,), daemon=True).start()
        place.announce(Address(listener.address[1], server.secret, os.getpid(), spec.title))
        try:
            server.run(idle_s)
        finally:
            place.forget()
    return 0


def _taken(lock: Lock, patience_s: float = 2.0) -> bool:
    """Runs hold the lock for a moment when they look whether somebody is there."""
    end = time.monotonic() + patience_s
    while not (taken := lock.take()) and time.monotonic() < end:
        time.sleep(0.05)
    return taken


class Server:
    """One model for any number of connections; each has a thread, and the model has the one that calls :meth:`run`."""

    def __init__(self, decoder: BatchDecoder, hello: Hello, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret = secrets.token_bytes(32)
        self.worker = Worker(decoder)
        self._hello, self._clock = hello, clock
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._connections = 0
        self._used = clock()

    def run(self, idle_s: float) -> None:
        """Work until there was no connection for ``idle_s`` seconds, or until one says stop."""
        while not self._stopped.is_set():
            self.worker.work(timeout=min(1.0, idle_s))
            if not self._connections and self._clock() - self._used > idle_s:
                return

    def listen(self, listener: Listener) -> None:
        """Accept connections for good."""
        while True:
            try:
                connection = listener.accept()
            except OSError:
                if self._stopped.wait(0.1):
                    return
                continue
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: Connection) -> None:
        """Serve one connection until its run is gone."""
        try:
            deliver_challenge(connection, self.secret)  # here, so that a silent stranger holds up nobody
            answer_challenge(connection, self.secret)
        except Exception:  # strangers send what they like
            connection.close()
            return
        self._count(1)
        try:
            connection.send(self._hello)
            message = connection.recv()
            if isinstance(message, Stop):
                self._stopped.set()
            elif isinstance(message, Open):
                self._answer(connection, Session.of(message, self.worker.decoder))
        except _GONE:
            pass
        finally:
            self._count(-1)
            connection.close()

    def _answer(self, connection: Connection, session: Session) -> None:
        self.worker.enter(session)
        try:
            while isinstance(ask := connection.recv(), Ask):
                try:
                    future = self.worker.put(Job(session, ask))
                except ValueError as error:
                    connection.send(Failed(str(error)))
                    continue
                while not wait([future], 0.1).done:
                    if connection.poll():
                        return  # nothing is said while an answer is waited for: the run is gone
                connection.send(future.result())
        finally:
            self.worker.leave(session)

    def _count(self, change: int) -> None:
        with self._lock:
            self._connections += change
            self._used = self._clock()
