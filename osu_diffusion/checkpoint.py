"""Checkpoints of the refiner: our own folder form, the published files, files of the old tool (spec 04 section 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from osuT5.capabilities import STARTER
from osuT5.files import write_bytes

from .classes import ClassTable, ClassTableError
from .model import VARIANTS, DiT, DiTConfig
from .safe_read import read_index_pickle, read_old_training_file, read_torch_file

SHIPPED = Path(__file__).resolve().parents[1] / "starter" / "refiner"
WEIGHTS, TABLE, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
PUBLISHED_WEIGHTS, PUBLISHED_TABLE = "model_ema.pkl", "tokenizer.pkl"
_FIXED = {"in_channels": 2, "context_size": 272, "learn_sigma": True}
_OLD_KEYS = (("xoc_embedder.", "context_embedder."),)
_OLD_OPTIONS = {
    "family": "v1",
    "position_scale": (512.0, 384.0),
    "clamp": (-1.0, 2.0),
    "max_diffusion_step": 1000,
}


class RefinerCheckpointError(ValueError):
    """A checkpoint that is missing, incomplete, or contradicts itself."""


@dataclass(frozen=True)
class Refiner:
    """A refiner ready to sample: model in evaluation mode, and its class table."""

    model: DiT
    classes: ClassTable

    def to(self, device: torch.device | str) -> Refiner:
        """Moves the model to ``device``."""
        self.model.to(device)
        return self


def load_refiner(source: str | Path, device: torch.device | str = "cpu") -> Refiner:
    """Refiner from a folder (ours or published), a ``.pt`` file of the old tool, or a Hugging Face hub id.

    ``starter`` is the one that comes with the project. Raises :class:`RefinerCheckpointError` or another
    ``ValueError`` that names the file.
    """
    path = SHIPPED if source == STARTER else Path(source)
    if path.is_file():
        return _old(path).to(device)
    if path.is_dir():
        return _from_folder(path).to(device)
    return _from_folder(_from_hub(str(source))).to(device)


def save_refiner(refiner: Refiner, folder: Path, *, half: bool = False) -> None:
    """Write our own form: safetensors and JSON. ``half`` stores weights in half the space."""
    from safetensors.torch import save

    state = {name: value.detach().cpu().contiguous() for name, value in refiner.model.state_dict().items()}
    if half:
        state = {name: value.half() for name, value in state.items()}
    write_bytes(folder / WEIGHTS, save(state))
    write_bytes(folder / TABLE, json.dumps(refiner.classes.to_dict()).encode())
    write_bytes(folder / CONFIG, json.dumps(asdict(refiner.model.config), indent=2).encode())


def load_own(folder: Path) -> Refiner:
    """Refiner from ``model.safetensors``, ``tokenizer.json`` and ``config.json``."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(folder / WEIGHTS)
        table = ClassTable.from_dict(json.loads((folder / TABLE).read_text()))
    except FileNotFoundError as error:
        raise RefinerCheckpointError(f"{folder}: {Path(str(error.filename)).name or error} is missing") from error
    except (SafetensorError, json.JSONDecodeError) as error:
        raise RefinerCheckpointError(f"{folder}: {error}") from error
    return build(state, table, _read_config(folder) or _guessed(state, folder), str(folder))


def load_published(folder: Path) -> Refiner:
    """Refiner from ``model_ema.pkl`` and ``tokenizer.pkl``; a ``config.json`` beside them is read when it is there."""
    for name in (PUBLISHED_WEIGHTS, PUBLISHED_TABLE):
        if not (folder / name).is_file():
            raise RefinerCheckpointError(f"{folder}: {name} is missing")
    state = read_torch_file(folder / PUBLISHED_WEIGHTS)
    table = read_torch_file(folder / PUBLISHED_TABLE)
    if not isinstance(table, dict):
        raise RefinerCheckpointError(f"{folder / PUBLISHED_TABLE}: holds {type(table).__name__}, not a dict")
    state = _checked_state(state, folder / PUBLISHED_WEIGHTS)
    return build(state, ClassTable.from_dict(table), _read_config(folder) or _guessed(state, folder), str(folder))


def build(state: Mapping[str, Tensor], table: ClassTable, config: DiTConfig, where: str) -> Refiner:
    """Refiner from weights; checks key names, shapes and class width against each other."""
    if table.width != config.class_size:
        raise RefinerCheckpointError(
            f"{where}: the class table has {table.width} classes, the weights have {config.class_size}"
        )
    with torch.device("meta"):
        expected = {name: value.shape for name, value in DiT(config).state_dict().items()}
    missing, foreign = sorted(set(expected) - set(state)), sorted(set(state) - set(expected))
    if missing or foreign:
        names = [f"{name} is missing" for name in missing[:3]] + [f"{name} is unknown" for name in foreign[:3]]
        raise RefinerCheckpointError(f"{where}: {', '.join(names)}")
    for name, shape in expected.items():
        if state[name].shape != shape:
            raise RefinerCheckpointError(f"{where}: {name} is {tuple(state[name].shape)}, expected {tuple(shape)}")
    model = DiT(config)
    model.load_state_dict({name: value.float() for name, value in state.items()})
    return Refiner(model.eval().requires_grad_(False), table)


def _from_folder(folder: Path) -> Refiner:
    if (folder / WEIGHTS).is_file():
        return load_own(folder)
    if (folder / PUBLISHED_WEIGHTS).is_file():
        return load_published(folder)
    raise RefinerCheckpointError(f"{folder}: neither {WEIGHTS} nor {PUBLISHED_WEIGHTS} is in it")


def _from_hub(name: str) -> Path:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise RefinerCheckpointError(f"refiner checkpoint: {name!r} is neither a folder, a file nor a hub id")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = [WEIGHTS, TABLE, CONFIG, PUBLISHED_WEIGHTS, PUBLISHED_TABLE]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise RefinerCheckpointError(f"refiner checkpoint: {name} cannot be fetched from the hub: {error}") from error


def _read_config(folder: Path) -> DiTConfig | None:
    path = folder / CONFIG
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise RefinerCheckpointError(f"{path}: {error}") from error
    for name, value in _FIXED.items():
        if data.pop(name, value) != value:
            raise RefinerCheckpointError(f"{path}: {name} must be {value}")
    known = {item.name for item in fields(DiTConfig)}
    foreign = sorted(set(data) - known)
    if foreign:
        raise RefinerCheckpointError(f"{path}: unknown field {foreign[0]!r}; known: {', '.join(sorted(known))}")
    for name in ("position_scale", "clamp"):
        if name in data:
            data[name] = tuple(data[name])
    try:
        return DiTConfig(**data)
    except TypeError as error:
        raise RefinerCheckpointError(f"{path}: {error}") from error


def _guessed(state: Mapping[str, Tensor], where: Path, **options: Any) -> DiTConfig:
    """Configuration from the shapes; heads from the table of sizes."""
    old = "y_embedder.embedding_table.weight"
    try:
        hidden = state["final_layer.linear.weight"].shape[1]
        classes = state[old].shape[0] if old in state else state["y_embedder.class_embedding.0.weight"].shape[1]
        ratio = state["blocks.0.mlp.fc1.weight"].shape[0] / hidden
    except KeyError as error:
        raise RefinerCheckpointError(f"{where}: {error.args[0]} is missing") from error
    depth = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
    heads = {size.hidden: size.heads for size in VARIANTS.values()}.get(hidden)
    if heads is None:
        raise RefinerCheckpointError(f"{where}: hidden size {hidden} is no known variant and {CONFIG} is missing")
    return DiTConfig(depth, hidden, heads, classes, mlp_ratio=ratio, **options)


def _old(path: Path) -> Refiner:
    """A ``.pt`` of the old tool, with ``beatmap_idx.pickle`` beside it when that is there."""
    content = read_old_training_file(path)
    state = _checked_state(content.get("ema") or content["model"], path)
    for old, new in _OLD_KEYS:
        state = {new + name[len(old) :] if name.startswith(old) else name: value for name, value in state.items()}
    state.pop("context_embedder.playfield_size", None)
    config = _guessed(state, path, **_OLD_OPTIONS)
    index = path.with_name("beatmap_idx.pickle")
    table = read_index_pickle(index) if index.is_file() else {}
    try:
        return build(state, ClassTable(beatmap_idx=table, num_classes=config.class_size), config, str(path))
    except ClassTableError as error:
        raise RefinerCheckpointError(f"{index}: {error}") from error


def _checked_state(state: Any, where: Path) -> dict[str, Tensor]:
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise RefinerCheckpointError(f"{where}: not a table from names to tensors")
    return dict(state)
