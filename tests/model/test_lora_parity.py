"""Merged adapters: weights, logits, greedy ids and the rule that skips them (golden/training/lora)."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from osuT5.compat import Compat
from osuT5.generation.model_engine import ModelEngine
from osuT5.model.checkpoint import Checkpoint, load_model
from osuT5.model.lora import allowed_subfolders
from osuT5.tokenizer import Tokenizer
from tests.generation.test_decode_parity import request_of
from tests.model.golden import MODELS, golden, song
from tests.shared_data import SHARED, cases, load_json, need

pytestmark = pytest.mark.parity
FOLDERS = cases("golden/training/lora/*/")


def base_of(folder: Path) -> Path:
    return MODELS / Path(load_json(folder / "expected.json")["base"]).name


def expected(folder: Path) -> dict[str, np.ndarray]:
    with np.load(need(folder / "expected.npz")) as arrays:
        return dict(arrays)


def load_in_mode_folder(folder: Path, tmp_path: Path, with_lora: bool) -> Checkpoint:
    """The base from a sub-folder ``gamemode=0``, as the reference was made."""
    shutil.copytree(base_of(folder), tmp_path / "gamemode=0", dirs_exist_ok=True)
    return load_model(tmp_path, gamemode=0, lora=folder if with_lora else None)


@pytest.mark.parametrize("folder", FOLDERS)
def test_merged_weights(folder: Path, tmp_path: Path) -> None:
    values = expected(folder)
    plain = load_in_mode_folder(folder, tmp_path, False).model.state_dict()
    merged = load_in_mode_folder(folder, tmp_path, True).model.state_dict()
    assert merged.keys() == plain.keys()
    compared = [key for key in values if key.startswith("merged_minus_base/")]
    assert compared
    for key in compared:
        name = key.split("/", 1)[1]
        torch.testing.assert_close(merged[name] - plain[name], torch.from_numpy(values[key]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["adapter", "base"])
@pytest.mark.parametrize("folder", FOLDERS)
@torch.no_grad()
def test_logits(folder: Path, kind: str, tmp_path: Path) -> None:
    case = golden(base_of(folder))
    model = load_in_mode_folder(folder, tmp_path, kind == "adapter").model
    found = model(
        frames=case.frames(),
        decoder_input_ids=case.tensor("decoder_input_ids"),
        decoder_attention_mask=case.tensor("decoder_attention_mask"),
        **case.conditions(),
    )
    reference = torch.from_numpy(expected(folder)[f"{kind}/logits_last12_every3"])
    torch.testing.assert_close(found.logits[:, -12:, ::3], reference, atol=1e-3, rtol=0)


@pytest.mark.parametrize("kind", ["adapter", "base"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_greedy_ids(folder: Path, kind: str, tmp_path: Path) -> None:
    case, values = golden(base_of(folder)), expected(folder)
    model = load_in_mode_folder(folder, tmp_path, kind == "adapter").model
    tokenizer = Tokenizer.load(case.folder)
    engine = ModelEngine(model, tokenizer, case.layout, song(), case.starts, compat=Compat("published"))
    request = request_of(case, case.settings["generation"]["greedy"]["settings"], tokenizer)
    ids, margins = values[f"{kind}/greedy_ids"][:, request.pad_to :], values[f"{kind}/greedy_raw_top2_margin"]
    for row, found in enumerate(engine.decode(request)):
        close = np.flatnonzero(margins[row] < 1e-2)
        agreed = int(close[0]) if len(close) else ids.shape[1]
        padded = found + [0] * (ids.shape[1] - len(found))
        assert padded[:agreed] == ids[row, :agreed].tolist()


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_adapter_for_other_folders_is_left_out(folder: Path) -> None:
    case = golden(base_of(folder))
    names = allowed_subfolders(folder / "mapperatorinator_lora_metadata.json")
    skipped = names is not None and "" not in names
    assert skipped == load_json(folder / "expected.json")["adapter_skipped_when_loaded_from_root"]
    plain, found = load_model(case.folder), load_model(case.folder, lora=folder)
    name = next(key for key in expected(folder) if key.startswith("merged_minus_base/")).split("/", 1)[1]
    same = torch.equal(plain.model.state_dict()[name], found.model.state_dict()[name])
    assert same == skipped
    assert found.lora is not None and ("left out" in found.lora) == skipped


def test_the_shared_folder_has_pissa_and_plain_adapters() -> None:
    need(SHARED)
    kinds = {
        load_json(path / "adapter_config.json")["init_lora_weights"] for path in (case.values[0] for case in FOLDERS)
    }
    assert {"pissa", True} <= kinds
