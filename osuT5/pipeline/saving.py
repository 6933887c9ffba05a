"""The state of a run on disk, so that a killed run can go on where it was (spec 03 W18)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ..files import write_bytes
from ..generation.state import GenerationState
from ..request import Request, RequestError
from .checkpoint import Checkpoint, Notify
from .fingerprint import fingerprint
from .record import weights_hash


def saved_seed(requests: Sequence[Request]) -> int | None:
    """The seed of a run like this one that was killed."""
    for path in _state_paths(requests):
        stored = _read(path)
        if stored is not None:
            return int(stored["seeds"][0])
    return None


def _state_paths(requests: Sequence[Request]) -> list[Path]:
    """Where the states of the modes of a run would be."""
    modes = dict.fromkeys(request.conditions.gamemode for request in requests)
    groups = [[each for each in requests if each.conditions.gamemode == mode] for mode in modes]
    return [_state_path(group) for group in groups]


def _state_path(requests: Sequence[Request]) -> Path:
    return requests[0].paths.output / f".beatwright-{fingerprint(requests)[:16]}.state.json"


@dataclass
class Saver:
    """Saves every ``every``-th state of a run of several maps. ``states`` are those to go on from, None at a start."""

    path: Path
    every: int
    seeds: list[int]
    weights: str
    generators: list[torch.Generator]
    states: list[GenerationState] | None = None
    _calls: int = field(default=0, repr=False)

    @classmethod
    def of(cls, requests: Sequence[Request], checkpoint: Checkpoint, notify: Notify) -> Saver:
        """The saver of a run, at the state that a killed run of the same kind has left."""
        every = requests[0].options.checkpoint_every
        if not every:
            return cls.none()
        seeds = [request.seed for request in requests]
        saver = cls(_state_path(requests), every, seeds, weights_hash(checkpoint.location), checkpoint.generators)
        if saver.path.exists() and not saver._load():
            notify(f"{saver.path} is of another checkpoint or seed, or damaged: the run starts anew")
        elif saver.states is not None:
            notify("going on where a killed run has stopped")
        return saver

    @classmethod
    def none(cls) -> Saver:
        """Of a run that is not saved."""
        return cls(Path(), 0, [], "", [])

    def save(self, states: Sequence[GenerationState]) -> None:
        """Take the states after a decode call."""
        self._calls += 1
        if self._calls % self.every:
            return
        stored = {
            "seeds": self.seeds,
            "weights": self.weights,
            "states": [state.to_dict() for state in states],
            "streams": [_encoded(generator) for generator in self.generators],
        }
        try:
            write_bytes(self.path, json.dumps(stored).encode())
        except OSError as error:
            raise RequestError(f"checkpoint_every: cannot write {self.path}: {error.strerror or error}") from None

    def remove(self) -> None:
        """Forget the state of a run that is done."""
        if self.every:
            self.path.unlink(missing_ok=True)

    def _load(self) -> bool:
        stored = _read(self.path)
        if stored is None or stored["seeds"] != self.seeds or stored["weights"] != self.weights:
            return False
        try:
            states = [GenerationState.from_dict(state) for state in stored["states"]]
            streams = [_decoded(text) for text in stored["streams"]]
        except (ValueError, KeyError):
            return False
        for generator, stream in zip(self.generators, streams, strict=True):
            generator.set_state(stream)
        self.states = states
        return True


def _read(path: Path) -> dict[str, Any] | None:
    try:
        stored = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return stored if isinstance(stored, dict) and {"seeds", "weights", "states", "streams"} <= set(stored) else None


def _encoded(generator: torch.Generator) -> str:
    return base64.b64encode(bytes(generator.get_state().tolist())).decode()


def _decoded(text: str) -> torch.Tensor:
    return torch.tensor(list(base64.b64decode(text)), dtype=torch.uint8)
