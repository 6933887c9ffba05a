"""Safe writing: a file is either the old one or the whole new one; names that every system accepts."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}
MAX_NAME_BYTES = 200


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside ``path`` for writing; on success it is synced and renamed onto ``path``.

    On any exception the temporary file is removed and ``path`` is as it was. Raises ``OSError``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(name, _mode_of(path))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically. Raises ``OSError``."""
    with atomic_write(path) as handle:
        handle.write(data)


def safe_name(text: str, suffix: str = "") -> str:
    """``text`` as a file name that Windows, macOS and Linux accept, at most 200 bytes and a ``suffix``, never empty."""
    name = _FORBIDDEN.sub("_", text).strip(" .")
    if name.split(".")[0].rstrip(" ").lower() in _RESERVED:
        name = f"_{name}"
    while len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        name = name[:-1]
    return (name.rstrip(" .") or "_") + suffix


def free_path(path: Path) -> Path:
    """``path``, or the first of ``name (2).ext``, ``name (3).ext``, ... that does not exist."""
    candidate, number = path, 2
    while candidate.exists():
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return candidate


def _mode_of(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
