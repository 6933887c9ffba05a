"""What tells runs apart, for those that are taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .. import __version__
from ..request import Request
from ..request.fill import GIVEN

_NOT_COMPARED = frozenset({"seed", "tags", "report", "check_rules", "resume", "checkpoint_every", "use_server"})


def fingerprint(requests: Sequence[Request]) -> str:
    """Of the options, the song and the reference map of a run; of a seed only where the user gave it."""
    digest = hashlib.sha256(__version__.encode())
    for request in requests:
        values = {name: value for name, value in asdict(request.options).items() if name not in _NOT_COMPARED}
        values["seed"] = request.seed if request.origins.get("seed") == GIVEN else None
        digest.update(json.dumps(values, sort_keys=True, default=str).encode())
    digest.update(_content(requests[0].paths.audio))
    if requests[0].reference is not None:
        digest.update(_content(requests[0].reference.path))
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
