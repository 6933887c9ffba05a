"""Publishes a checkpoint on the Hugging Face hub: ``python -m osuT5.model.push <folder> <owner/name> [--dry-run]``.

The root of the folder and every sub-folder that is a checkpoint go up in one commit. Mappers on the list of removed users
leave the vocabulary, and their rows are zeroed, before anything is uploaded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ..events.event import EventType
from ..tokenizer import Tokenizer
from .checkpoint import load_model, read_model, save_model
from .locate import BUNDLE, CheckpointError
from .modeling import Mapperatorinator

REMOVED_USERS = "removed_users.txt"
FILES = ("config.json", "generation_config.json", "tokenizer.json", "model.safetensors")


@dataclass(frozen=True)
class Prepared:
    """One checkpoint that is ready to go up. ``removed`` are users that it knew and knows no more."""

    name: str  # "" for the root
    folder: Path
    removed: tuple[int, ...]


def read_removed_users(path: Path) -> list[int]:
    """User ids, one a line; blank lines and what follows a # are skipped. Raises ``CheckpointError``."""
    try:
        lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        return [int(line) for line in lines if line]
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: not a list of user ids ({error})") from error


def bundles_in(folder: Path) -> list[str]:
    """Names of the checkpoints in a folder, ``""`` first. Raises ``CheckpointError`` when the root is none."""
    missing = [name for name in BUNDLE if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(f"{folder}: {', '.join(missing)} missing")
    inner = sorted(
        path for path in folder.iterdir() if path.is_dir() and any((path / name).is_file() for name in BUNDLE)
    )
    for path in inner:
        missing = [name for name in BUNDLE if not (path / name).is_file()]
        if missing:
            raise CheckpointError(f"{path}: {', '.join(missing)} missing")
    return ["", *(path.name for path in inner)]


@torch.no_grad()
def remove_users(model: Mapperatorinator, tokenizer: Tokenizer, users: Sequence[int]) -> tuple[int, ...]:
    """Take users out of a vocabulary and zero their rows, in place. Returns those that it knew."""
    tables = tokenizer.tables
    known = tuple(user for user in users if user in tables.mapper_idx)
    for user in known:
        index = tables.mapper_idx.pop(user)
        if EventType.MAPPER in tokenizer.event_start:
            span = tokenizer.event_range[EventType.MAPPER]
            row = tokenizer.event_start[EventType.MAPPER] + index - span.minimum
            model.decoder_embedder.weight[row] = 0
        if hasattr(model, "mapper_embedder"):
            model.mapper_embedder.embedding.weight[index] = 0
    gone = set(known)
    tables.beatmap_mapper = {beatmap: user for beatmap, user in tables.beatmap_mapper.items() if user not in gone}
    return known


def prepare(source: Path, target: Path, users: Sequence[int]) -> list[Prepared]:
    """Write every checkpoint of ``source`` into ``target`` as it is to be published. Raises ``ValueError``."""
    result = []
    for name in bundles_in(source):
        model, tokenizer = read_model(source / name), Tokenizer.load(source / name)
        if model.config.vocab_size_in != tokenizer.vocab_size_in:
            raise CheckpointError(f"{source / name}: tokenizer.json and config.json have different vocabularies")
        removed = remove_users(model, tokenizer, users)
        folder = save_model(model, target / name)
        tokenizer.save(folder / "tokenizer.json")
        for file in FILES:
            if not (folder / file).is_file():
                raise CheckpointError(f"{folder}: {file} was not written")
        load_model(folder)
        result.append(Prepared(name, folder, removed))
    return result


def upload(folder: Path, repository: str, private: bool, message: str) -> str:
    """Create the repository and put everything into one commit. Returns its address. Raises ``CheckpointError``."""
    from huggingface_hub import HfApi

    try:
        api = HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        info = api.upload_folder(repo_id=repository, folder_path=str(folder), commit_message=message)
    except Exception as error:  # the library raises many kinds: offline, not logged in, no right to write
        reason = str(error).strip().splitlines()
        raise CheckpointError(
            f"{repository}: upload failed ({reason[0] if reason else type(error).__name__})"
        ) from error
    return str(info.commit_url)


def check_uploaded(repository: str, prepared: Sequence[Prepared]) -> None:
    """Load every published checkpoint back. Raises ``CheckpointError``."""
    for entry in prepared:
        mode = entry.name.removeprefix("gamemode=")
        load_model(repository, gamemode=int(mode) if entry.name and mode.isdigit() else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m osuT5.model.push", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path, help="checkpoint, with sub-folders gamemode=<n> where there are some")
    parser.add_argument("repository", help="owner/name on the hub")
    parser.add_argument(
        "--removed-users", type=Path, help=f"user ids to take out, one a line; default: {REMOVED_USERS} if it is here"
    )
    parser.add_argument("--public", action="store_true", help="make a new repository public")
    parser.add_argument("--message", default="Upload checkpoint", help="of the commit")
    parser.add_argument("--dry-run", action="store_true", help="prepare and check everything, upload nothing")
    parser.add_argument("--output", type=Path, help="keep what is uploaded in this folder")
    chosen = parser.parse_args(arguments)
    try:
        _push(chosen)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _push(chosen: argparse.Namespace) -> None:
    path = chosen.removed_users or (Path(REMOVED_USERS) if Path(REMOVED_USERS).is_file() else None)
    users = read_removed_users(path) if path else []
    with tempfile.TemporaryDirectory() as temporary:
        target = chosen.output or Path(temporary) / "checkpoint"
        prepared = prepare(chosen.folder, target, users)
        for entry in prepared:
            size = sum(file.stat().st_size for file in entry.folder.iterdir() if file.is_file())
            print(f"{entry.name or 'root'}: {size / 1e6:.1f} MB, {len(entry.removed)} of {len(users)} users removed")
        if chosen.dry_run:
            print(f"dry run: nothing was sent to {chosen.repository}")
            return
        print(upload(target, chosen.repository, not chosen.public, chosen.message))
        check_uploaded(chosen.repository, prepared)


if __name__ == "__main__":
    sys.exit(main())
