"""Where servers are found: addresses for the user alone, locks that die with their process, keys by content."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from osuT5.model.locate import locate_checkpoint
from osuT5.pipeline.server.messages import ServerError
from osuT5.pipeline.server.place import Address, Place, server_folder
from osuT5.pipeline.server.spec import ServerSpec

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
HERE = Address(4711, b"\x01\x02", 99, "a model")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return server_folder()


def test_an_address_without_a_lock_is_stale(folder: Path) -> None:
    place = Place(folder, "key")
    assert not place.alive() and place.address() is None
    lock = place.lock()
    assert lock.take()
    assert place.alive() and place.address() is None  # still starting
    place.announce(HERE)
    assert place.address() == HERE
    lock.close()
    assert not place.alive() and place.address() is None


def test_a_lock_ends_with_its_process(folder: Path) -> None:
    place = Place(folder, "key")
    code = (
        "import os, sys; from pathlib import Path; from osuT5.pipeline.server.place import Place;"
        "lock = Place(Path(sys.argv[1]), 'key').lock(); print(lock.take(), flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == "True\n"
        assert place.alive()
        holder.kill()
    assert not place.alive()


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"port": 1}', b"\xff\xfe"])
def test_a_damaged_address_is_none(folder: Path, content: bytes) -> None:
    place, lock = Place(folder, "key"), Place(folder, "key").lock()
    assert lock.take()
    (folder / "key.address").write_bytes(content)
    assert place.address() is None
    lock.close()


@posix
def test_only_the_user_reads_them(folder: Path, tmp_path: Path) -> None:
    Place(folder, "key").announce(HERE)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "key.address").stat().st_mode & 0o777 == 0o600
    os.chmod(folder, 0o755)
    with pytest.raises(ServerError, match="you alone can read"):
        server_folder()
    folder.chmod(0o700)
    shutil.rmtree(folder)
    folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ServerError, match="use_server"):
        server_folder()


def spec_of(model: Path, **changes: str | None) -> ServerSpec:
    return replace(ServerSpec.of(locate_checkpoint(model), None, "fp32", "sdpa", "cpu", "torch"), **changes)  # type: ignore[arg-type]


def test_the_key_follows_content_and_settings(debug_model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(debug_model, tmp_path / "copy"))
    key = spec_of(debug_model).key()
    assert spec_of(copy).key() == key
    for changes in (
        {"precision": "bf16"},
        {"attention": "eager"},
        {"device": "cuda"},
        {"spectrogram": "torchaudio"},
        {"lora": str(copy)},
    ):
        assert spec_of(debug_model, **changes).key() != key
    with open(copy / "config.json", "a") as config:
        config.write("\n")
    assert spec_of(copy).key() != key


def test_a_spec_survives_the_command_line(debug_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = spec_of(debug_model, lora="owner/adapter")
    assert ServerSpec.from_json(made.to_json()) == made
    monkeypatch.chdir(debug_model.parent)
    assert spec_of(Path(debug_model.name)).folder == str(debug_model.resolve())
