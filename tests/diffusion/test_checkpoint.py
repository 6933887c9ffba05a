"""Reading and writing checkpoints: three forms, and the refusal of everything that could run code."""

from __future__ import annotations

import argparse
import datetime
import json
import pickle
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from osu_diffusion.checkpoint import RefinerCheckpointError, load_published, load_refiner, save_refiner
from osu_diffusion.classes import ClassTable, ClassTableError, class_vectors
from osu_diffusion.safe_read import UnsafeFileError, read_index_pickle, read_torch_file
from osuT5.compat import Compat
from osuT5.config import Conditions

from .test_refine import refiner

TABLE = ClassTable(
    num_diff_classes=26,
    num_cs_classes=22,
    beatmap_mapper={7: 70},
    mapper_idx={70: 0, 71: 1},
    num_mapper_classes=3,
    beatmap_descriptors={7: [0, 1]},
    descriptor_idx={"streams": 0, "jump aim": 1},
    num_descriptor_classes=3,
)


class Foreign:
    """Stands for any class that a pickle might ask for."""


def published(folder: Path) -> Path:
    model = refiner()
    torch.save(OrderedDict(model.model.state_dict()), folder / "model_ema.pkl")
    torch.save(model.classes.to_dict(), folder / "tokenizer.pkl")
    return folder


def test_own_form_survives(tmp_path: Path) -> None:
    first = refiner()
    save_refiner(first, tmp_path)
    again = load_refiner(tmp_path)
    assert again.classes == first.classes and again.model.config == first.model.config
    assert all(torch.equal(v, first.model.state_dict()[k]) for k, v in again.model.state_dict().items())
    save_refiner(first, tmp_path / "half", half=True)
    half = (tmp_path / "half" / "model.safetensors").stat().st_size
    assert half < 0.6 * (tmp_path / "model.safetensors").stat().st_size
    assert load_refiner(tmp_path / "half").model.final_layer.linear.weight.dtype is torch.float32


def test_published_form(tmp_path: Path) -> None:
    again = load_refiner(published(tmp_path))
    assert again.classes == refiner().classes
    assert (again.model.config.depth, again.model.config.num_heads) == (2, 2)


def test_foreign_classes_are_refused_by_name(tmp_path: Path) -> None:
    published(tmp_path)
    torch.save({"beatmap_idx": Foreign(), "when": datetime.timedelta(1)}, tmp_path / "tokenizer.pkl")
    with pytest.raises(UnsafeFileError, match=r"tokenizer.pkl: refused, its pickle asks for .*timedelta.*Foreign"):
        load_refiner(tmp_path)


def test_a_bare_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UnsafeFileError, match="not a file written by torch.save"):
        read_torch_file(tmp_path / "x.pkl")


def test_incomplete_checkpoints_are_named(tmp_path: Path) -> None:
    with pytest.raises(RefinerCheckpointError, match="neither model.safetensors nor model_ema.pkl"):
        load_refiner(tmp_path)
    with pytest.raises(RefinerCheckpointError, match="neither a folder, a file nor a hub id"):
        load_refiner("no such thing")
    published(tmp_path)
    torch.save(TABLE.to_dict(), tmp_path / "tokenizer.pkl")
    with pytest.raises(RefinerCheckpointError, match="class table has 54 classes, the weights have 48"):
        load_published(tmp_path)
    state = refiner().model.state_dict()
    state.pop("blocks.1.mlp.fc2.bias")
    torch.save(state, tmp_path / "model_ema.pkl")
    torch.save(refiner().classes.to_dict(), tmp_path / "tokenizer.pkl")
    with pytest.raises(RefinerCheckpointError, match="blocks.1.mlp.fc2.bias is missing"):
        load_published(tmp_path)


def test_config_of_our_form_is_checked(tmp_path: Path) -> None:
    save_refiner(refiner(), tmp_path)
    data = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(data | {"colour": 1}))
    with pytest.raises(RefinerCheckpointError, match="unknown field 'colour'"):
        load_refiner(tmp_path)


def test_old_tool(tmp_path: Path) -> None:
    new = refiner().model.state_dict()
    state = {name.replace("context_embedder", "xoc_embedder"): value for name, value in new.items()}
    state = {name: value for name, value in state.items() if not name.startswith("y_embedder")}
    state["xoc_embedder.playfield_size"] = torch.tensor([512.0, 384.0])
    state["y_embedder.embedding_table.weight"] = torch.randn(6, 32)
    content = {"model": {}, "ema": state, "opt": {}, "scaler": {}, "args": argparse.Namespace(model="DiT-T")}
    torch.save(content, tmp_path / "0500000.pt")
    (tmp_path / "beatmap_idx.pickle").write_bytes(pickle.dumps({i: i for i in range(5)}, protocol=4))
    found = load_refiner(tmp_path / "0500000.pt")
    config = found.model.config
    assert (config.family, config.clamp, config.max_diffusion_step) == ("v1", (-1.0, 2.0), 1000)
    assert found.classes.style(3) == 3 and found.classes.style(None) == 5
    out = found.model(torch.rand(1, 2, 9), torch.tensor([700]), torch.randn(1, 272, 9), torch.eye(6)[5:])
    assert out.shape == (1, 4, 9)


def test_old_index_takes_plain_ints_only(tmp_path: Path) -> None:
    path = tmp_path / "beatmap_idx.pickle"
    path.write_bytes(pickle.dumps({1: Foreign()}, protocol=4))
    with pytest.raises(UnsafeFileError, match="asks for .*Foreign"):
        read_index_pickle(path)
    path.write_bytes(pickle.dumps({"a": 1}, protocol=4))
    with pytest.raises(UnsafeFileError, match="not a table from map ids to classes"):
        read_index_pickle(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_classes": None}, "num_classes"),
        ({"mapper_idx": {1: 9}}, "mapper_idx holds index 9, its block has 3 classes"),
        ({"beatmap_descriptors": {1: [-1]}}, "beatmap_descriptors holds index -1"),
        ({"extra": 1}, "unknown field 'extra'"),
        ({"max_difficulty": 0}, "max_difficulty is 0"),
    ],
)
def test_class_tables_are_checked(change: dict, message: str) -> None:
    with pytest.raises(ClassTableError, match=message):
        ClassTable.from_dict(TABLE.to_dict() | change)
    with pytest.raises(ClassTableError, match="num_classes is missing"):
        ClassTable.from_dict({"beatmap_idx": {}})


def hot(vector: object) -> list[int]:
    return [index for index, value in enumerate(vector) if value]  # type: ignore[call-overload]


def test_class_vectors(caplog: pytest.LogCaptureFixture) -> None:
    wanted = Conditions(difficulty=5.0, circle_size=4.0, mapper_id=71, descriptors=["streams", "nonsense", 1, 2])
    cond, null = class_vectors(TABLE, wanted, Compat())
    assert hot(cond) == [10, 26 + 1, 29, 30, 32 + 8]
    assert hot(null) == [10, 28, 31, 40]
    assert "descriptor 'nonsense' is not known" in caplog.text and "descriptor 2 is not known" in caplog.text
    unknown, negative = class_vectors(TABLE, Conditions(mapper_id=7, negative_descriptors=["jump aim"]), Compat())
    assert hot(unknown) == [25, 28, 31, 53] and hot(negative) == [25, 28, 30, 53]
    assert hot(class_vectors(TABLE, Conditions(mapper_id=7), Compat("published"))[0])[1] == 26
