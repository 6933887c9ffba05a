"""Names of written maps, and that a failed write leaves nothing."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from osuT5.compat import Compat
from osuT5.pipeline.output import map_path, write_map
from osuT5.postprocess.settings import MapSettings
from osuT5.request import RequestError

SETTINGS = MapSettings("a.mp3", title="What? A/B", artist="CON", creator="me", version="Hard: 1")


def test_names_are_safe_and_never_taken(tmp_path: Path) -> None:
    first = map_path(tmp_path, SETTINGS, Compat())
    assert first.name == "CON - What_ A_B (me) [Hard_ 1].osu"
    write_map(first, b"x")
    second = map_path(tmp_path, SETTINGS, Compat())
    assert second.name == "CON - What_ A_B (me) [Hard_ 1] (2).osu"
    write_map(second, b"y")
    assert map_path(tmp_path, SETTINGS, Compat()).name.endswith(" (3).osu")
    assert first.read_bytes() == b"x"


def test_published_name_is_random(tmp_path: Path) -> None:
    assert re.fullmatch("beatmap[0-9a-f]{32}.osu", map_path(tmp_path, SETTINGS, Compat("published")).name)


def test_folders_are_made(tmp_path: Path) -> None:
    write_map(tmp_path / "a" / "b" / "x.osu", b"data")
    assert (tmp_path / "a" / "b" / "x.osu").read_bytes() == b"data"


def test_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RequestError, match=r"cannot write .*x\.osu: No space left on device"):
        write_map(tmp_path / "x.osu", b"data")
    assert list(tmp_path.iterdir()) == []
