"""Where a server says how to reach it: an address file and a lock in a folder that only the user can read.

The lock belongs to the process and ends with it however that ends, so an address without a locked lock is stale.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .messages import ServerError


def server_folder() -> Path:
    """The folder of this user's servers, made where it is missing. Raises :class:`ServerError`."""
    path = _folder_path()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            facts = path.lstat()
            if facts.st_uid != os.getuid() or facts.st_mode & 0o077 or not path.is_dir() or path.is_symlink():
                raise ServerError(f"use_server: {path} is not a folder that you alone can read; remove it")
    except OSError as error:
        raise ServerError(f"use_server: {path} cannot be used: {error.strerror or error}") from None
    return path


def _folder_path() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "Beatwright" / "servers"
    own = os.environ.get("XDG_RUNTIME_DIR")
    if own and Path(own).is_dir():
        return Path(own) / "beatwright"
    return Path(tempfile.gettempdir()) / f"beatwright-{os.getuid()}"


@dataclass(frozen=True)
class Address:
    """How to reach a server on this machine, and the secret that proves that one may."""

    port: int
    secret: bytes
    pid: int
    title: str  # what it holds, for people


class Lock:
    """Held by one process at a time; the system releases it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a+b")  # noqa: SIM115 (kept open: the lock lives as long as the file)

    def take(self) -> bool:
        """True where the lock was free and is now held."""
        try:
            if sys.platform == "win32":
                import msvcrt

                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Release it, if held."""
        self._file.close()


class Place:
    """The files of the server of one key."""

    def __init__(self, folder: Path, key: str) -> None:
        self._address, self._lock, self.log = (folder / f"{key}.{end}" for end in ("address", "lock", "log"))

    @classmethod
    def all(cls) -> Iterator[Place]:
        """Those of this user, living and dead."""
        folder = server_folder()
        yield from (cls(folder, path.stem) for path in sorted(folder.glob("*.lock")))

    def lock(self) -> Lock:
        return Lock(self._lock)

    def alive(self) -> bool:
        """Whether a server runs here, or is starting."""
        if not self._lock.exists():
            return False
        lock = self.lock()
        try:
            return not lock.take()
        finally:
            lock.close()

    def address(self) -> Address | None:
        """The address of the living server; none where it is still starting, dead, or its file is damaged."""
        if not self.alive():
            return None
        try:
            stored = json.loads(self._address.read_bytes())
            return Address(int(stored["port"]), bytes.fromhex(stored["secret"]), stored["pid"], stored["title"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def announce(self, address: Address) -> None:
        """Write the address, whole and for the user alone."""
        stored = {**vars(address), "secret": address.secret.hex()}
        descriptor, name = tempfile.mkstemp(dir=self._address.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            json.dump(stored, file)
        os.replace(name, self._address)

    def forget(self) -> None:
        """Take the address back."""
        self._address.unlink(missing_ok=True)
