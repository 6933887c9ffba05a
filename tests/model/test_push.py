"""Preparing a checkpoint for the hub: removed users leave, broken folders are refused, a dry run sends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.events.event import Event, EventType
from osuT5.model import push
from osuT5.model.checkpoint import load_model, save_model
from osuT5.model.locate import CheckpointError
from osuT5.tokenizer import Tokenizer
from osuT5.tokenizer.tables import ClassTables
from tests.model.tiny import FAMILIES, tiny_model


def tokenizer() -> Tokenizer:
    tables = ClassTables(beatmap_mapper={1: 70, 2: 80, 3: 70}, mapper_idx={70: 0, 80: 1, 90: 2}, num_mapper_classes=3)
    return Tokenizer.build(VERSIONS["v32"].layout, tables)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    vocabulary = tokenizer()
    for name in ("", "gamemode=1"):
        model = tiny_model(FAMILIES[1], num_mappers=3, do_mapper_embed=True, cond_size=128)
        model.config.vocab_size_in = vocabulary.vocab_size_in
        torch.manual_seed(0)
        model.decoder_embedder = torch.nn.Embedding(vocabulary.vocab_size_in, 32)
        save_model(model, tmp_path / "in" / name)
        vocabulary.save(tmp_path / "in" / name / "tokenizer.json")
    return tmp_path / "in"


def test_removed_users_leave_the_vocabulary_and_the_tables(checkpoint: Path, tmp_path: Path) -> None:
    listed = tmp_path / "removed.txt"
    listed.write_text("70  # asked for it\n\n12345\n")
    arguments = [str(checkpoint), "me/model", "--dry-run", "--removed-users", str(listed)]
    assert push.main([*arguments, "--output", str(tmp_path / "out")]) == 0
    before = load_model(checkpoint).model
    for name in ("", "gamemode=1"):
        found, model = Tokenizer.load(tmp_path / "out" / name), load_model(tmp_path / "out" / name).model
        assert found.tables.mapper_idx == {80: 1, 90: 2}
        assert found.tables.beatmap_mapper == {2: 80}
        assert found.vocab_size_in == tokenizer().vocab_size_in
        row = tokenizer().encode(Event(EventType.MAPPER, 0))
        changed = (model.decoder_embedder.weight != before.decoder_embedder.weight).any(1)
        assert changed.nonzero().flatten().tolist() == [row]
        assert not model.decoder_embedder.weight[row].any()
        assert not model.mapper_embedder.embedding.weight[0].any()
        assert model.mapper_embedder.embedding.weight[1:].any(1).all()


def test_a_dry_run_says_what_it_would_do(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "removed_users.txt").write_text("80\n")
    monkeypatch.setattr(push, "upload", lambda *arguments: pytest.fail("something was sent"))
    assert push.main([str(checkpoint), "me/model", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("root: ") and lines[0].endswith("1 of 1 users removed")
    assert lines[1].startswith("gamemode=1: ") and lines[-1] == "dry run: nothing was sent to me/model"


def test_everything_goes_up_in_one_commit_and_is_loaded_back(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[str], bool]] = []

    def upload(folder: Path, repository: str, private: bool, message: str) -> str:
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        sent.append((repository, files, private))
        return "address"

    loaded: list[int | None] = []
    monkeypatch.setattr(push, "upload", upload)
    plain = push.load_model
    monkeypatch.setattr(
        push,
        "load_model",
        lambda source, gamemode=None: loaded.append(gamemode) if source == "me/model" else plain(source),
    )
    assert push.main([str(checkpoint), "me/model"]) == 0
    ((repository, files, private),) = sent
    assert repository == "me/model" and private
    expected = sorted([*push.FILES, *(f"gamemode=1/{name}" for name in push.FILES)])
    assert files == expected
    assert loaded == [None, 1]


def test_incomplete_folders_are_refused(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkpoint / "gamemode=1" / "tokenizer.json").unlink()
    assert push.main([str(checkpoint), "me/model", "--dry-run"]) == 1
    assert "gamemode=1: tokenizer.json missing" in capsys.readouterr().err
    with pytest.raises(CheckpointError, match="not a list of user ids"):
        push.read_removed_users(tmp_path / "nothing.txt")
