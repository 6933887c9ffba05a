"""From a training run to the checkpoint of the project: ``python -m starter.export run_dir [--figures evaluation.json]``.

Writes float16 weights in the published layout, tokenizer, configuration, recipe, training curve and model card.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from osuT5.files import write_bytes
from osuT5.model.checkpoint import generation_settings, read_config, read_model
from osuT5.model.modeling import Mapperatorinator
from osuT5.pipeline.starter import FOLDER
from osuT5.tokenizer import Tokenizer

from .card import Facts, model_card
from .curve import as_csv, draw_curve, read_log, thinned, training_seconds

MAX_PARAMETERS = 12_000_000
MAX_BYTES = 25_000_000


class ExportError(ValueError):
    """A run that cannot be shipped; one line."""


@dataclass(frozen=True)
class Sources:
    """What is exported: a run, and what is known about its data and figures."""

    run_dir: Path
    data_dirs: tuple[Path, ...] = ()
    figures: Path | None = None
    notes: tuple[str, ...] = ()


def export(sources: Sources, target: Path = FOLDER) -> dict[str, int]:
    """Write the checkpoint; returns the size of each file in bytes. Other files in ``target`` stay.

    Raises :class:`ExportError` for a run that is incomplete, too large or not finite, before anything is written.
    """
    bundle = sources.run_dir / "model"
    for path in (bundle / "model.safetensors", sources.run_dir / "recipe.json", sources.run_dir / "log.jsonl"):
        if not path.exists():
            raise ExportError(f"{path} is missing; train first: python -m starter.train")
    model = read_model(bundle)
    check_vocabulary(model, Tokenizer.load(bundle))
    files = {"model.safetensors": halved_weights(model), **_settings(bundle), **_course(sources.run_dir)}
    files["recipe.json"] = (sources.run_dir / "recipe.json").read_bytes()
    size = sum(len(data) for data in files.values())
    if size > MAX_BYTES:
        raise ExportError(f"{bundle}: {size / 1e6:.1f} MB to ship; at most {MAX_BYTES / 1e6:.0f}")
    files["README.md"] = model_card(_facts(sources, parameters(model), size)).encode()
    for name, data in files.items():
        write_bytes(target / name, data)
    return {name: len(data) for name, data in files.items()}


def parameters(model: Mapperatorinator) -> int:
    """Number of weights. Raises :class:`ExportError` for more than ``MAX_PARAMETERS``."""
    count = sum(weight.numel() for weight in model.parameters())
    if count > MAX_PARAMETERS:
        raise ExportError(f"{count / 1e6:.1f} M parameters; at most {MAX_PARAMETERS / 1e6:.0f} M")
    return count


def halved_weights(model: Mapperatorinator) -> bytes:
    """A safetensors file with float16 parameters; buffers (filter banks, class weights) keep float32.

    Raises :class:`ExportError` for weights that float16 cannot hold.
    """
    trained = dict(model.named_parameters())
    weights = {name: _stored(name, tensor, name in trained) for name, tensor in model.state_dict().items()}
    return save(weights, metadata={"format": "pt"})


def check_vocabulary(model: Mapperatorinator, tokenizer: Tokenizer) -> None:
    """Raises :class:`ExportError` where the tokenizer has other sizes than the model."""
    found = tokenizer.vocab_size_in, tokenizer.vocab_size_out
    wanted = model.config.vocab_size_in, model.config.vocab_size
    if found != wanted:
        raise ExportError(f"tokenizer.json has {found[0]} input and {found[1]} output ids, the model {wanted}")


def _stored(name: str, tensor: Tensor, trained: bool) -> Tensor:
    value = tensor.detach().to(torch.float16 if trained else torch.float32, copy=True).contiguous()
    if not torch.isfinite(value).all():
        raise ExportError(f"{name}: not all weights are finite in float16")
    return value


def _settings(bundle: Path) -> dict[str, bytes]:
    config = json.loads((bundle / "config.json").read_text(encoding="utf-8")) | {"dtype": "float16"}
    return {
        "config.json": _json(config),
        "generation_config.json": _json(generation_settings(read_config(bundle))),
        "tokenizer.json": (bundle / "tokenizer.json").read_bytes(),
    }


def _course(run_dir: Path) -> dict[str, bytes]:
    rows = thinned(read_log(run_dir / "log.jsonl"))
    return {"curve.csv": as_csv(rows).encode(), "curve.png": draw_curve(rows)}


def _facts(sources: Sources, count: int, size: int) -> Facts:
    log = sources.run_dir / "log.jsonl"
    rows = read_log(log)
    songs = maps = None
    if sources.data_dirs:
        built = [
            json.loads(path.read_bytes()) for folder in sources.data_dirs for path in folder.glob("data/*/rows.json")
        ]
        songs, maps = len(built), sum(len(each) for each in built)
    return Facts(
        parameters=count,
        megabytes=size / 1e6,
        steps=int(rows[-1]["step"]) if rows else 0,
        training_hours=training_seconds(log) / 3600,
        recipe=json.loads((sources.run_dir / "recipe.json").read_text(encoding="utf-8")),
        songs=songs,
        maps=maps,
        figures=None if sources.figures is None else json.loads(sources.figures.read_text(encoding="utf-8")),
        notes=sources.notes,
    )


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m starter.export", description=__doc__.split("\n")[0])
    parser.add_argument("run_dir", type=Path, help="folder of python -m starter.train")
    parser.add_argument(
        "--data", type=Path, nargs="+", default=(), help="folders of python -m starter.build, for the number of songs"
    )
    parser.add_argument("--figures", type=Path, help="file of python -m starter.evaluate --json")
    parser.add_argument("--note", action="append", default=[], help="what else the card tells about the training")
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: the checkpoint of the project")
    arguments = parser.parse_args()
    try:
        written = export(
            Sources(arguments.run_dir, tuple(arguments.data), arguments.figures, tuple(arguments.note)), arguments.out
        )
    except (ValueError, OSError) as error:
        parser.exit(1, f"error: {error}\n")
    for name, size in written.items():
        print(f"{arguments.out / name}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
