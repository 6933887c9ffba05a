"""The house's import order, read from the source; and what stays light, by importing in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .import_order import LIGHT, OTHER_TREES, RANKS, allowed, rank_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "osuT5"


def room_of_file(path: Path) -> str | None:
    """The room that a source file belongs to; ``None`` for the package's own ``__init__``."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "osu_diffusion" and parts[1] in ("train.py", "sample.py"):
        return "entries"
    if parts[0] in OTHER_TREES:
        return "osu_diffusion_training" if parts[:2] == ("osu_diffusion", "training") else OTHER_TREES[parts[0]]
    if parts[0] != "osuT5" or parts[1] in ("train.py", "test.py", "dataloading.py"):
        return "entries"
    name = parts[1].removesuffix(".py")
    return None if name == "__init__" else name


def room_of_module(module: str) -> str | None:
    """The room of a dotted module name of this project; ``None`` for others and for the bare package."""
    parts = module.split(".")
    if parts[0] in OTHER_TREES:
        return room_of_file(ROOT / Path(*parts) / "x.py")
    inside = parts[0] == "osuT5" and len(parts) > 1 and not parts[1].startswith("_")
    return parts[1] if inside else None


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that ``path`` imports, also inside functions."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def source_files() -> list[Path]:
    trees = [PACKAGE, *(ROOT / name for name in OTHER_TREES if (ROOT / name).is_dir())]
    return sorted(path for tree in trees for path in tree.rglob("*.py"))


def violations(path: Path) -> list[str]:
    importer = room_of_file(path)
    if importer is None:
        return []
    rooms = ((line, room_of_module(module)) for line, module in imported_modules(path))
    return [
        f"{path.relative_to(ROOT)}:{line}: {importer} may not import {room}"
        for line, room in rooms
        if room is not None and not allowed(importer, room)
    ]


def existing_rooms() -> list[str]:
    names = (path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir())
    return sorted(name for name in names if not name.startswith("_") and name not in ("train", "test"))


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_rooms_stand_once_in_the_order() -> None:
    rooms = [room for rank in RANKS for room in rank]
    assert len(rooms) == len(set(rooms))


def test_allowed_follows_the_ranks() -> None:
    assert allowed("events", "beatmap") and not allowed("beatmap", "events")
    assert not allowed("audio", "beatmap")
    assert allowed("capabilities", "config") and not allowed("config", "capabilities")
    with pytest.raises(KeyError, match="import_order"):
        rank_of("attic")


def test_imports_are_read_from_source(tmp_path: Path) -> None:
    modules = {module for _, module in imported_modules(PACKAGE / "capabilities.py")}
    assert "osuT5.config" in modules
    assert room_of_module("osuT5.config.Template") == "config"
    assert room_of_module("numpy.random") is None


@pytest.mark.parametrize("path", source_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_keep_the_order(path: Path) -> None:
    assert violations(path) == []


@pytest.mark.parametrize("room", existing_rooms())
def test_room_imports_alone(room: str) -> None:
    heavy = "; assert not {'torch', 'hydra'} & set(sys.modules), sorted(sys.modules)" if room in LIGHT else ""
    run = python(f"import sys, osuT5.{room}{heavy}")
    assert run.returncode == 0, run.stderr[-2000:]


def test_help_loads_no_torch() -> None:
    code = "import sys, runpy; sys.argv = ['inference.py', '--help']\ntry: runpy.run_path('inference.py', run_name='__main__')\nexcept SystemExit as end: assert not end.code, end.code\nassert 'torch' not in sys.modules"
    run = python(code)
    assert run.returncode == 0, run.stderr[-2000:]
    assert "audio_path" in run.stdout
