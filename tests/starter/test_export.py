"""A run becomes a checkpoint: half the size, the same model, with its curve and card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors import safe_open

from osuT5.model.checkpoint import load_model, save_model
from osuT5.tokenizer import Tokenizer
from starter.curve import as_csv, draw_curve, read_log, thinned, training_seconds
from starter.dataset import starter_tokenizer
from starter.evaluation.table import Row, as_json
from starter.export import ExportError, Sources, export, parameters
from starter.train import LAYOUT, Recipe, build_model

SMALL = Recipe(width=32, heads=2, encoder_layers=1, decoder_layers=1)
LOG = [
    {"step": 25, "seconds": 10.0, "frame": 0.5, "norm": 1.0},
    {"step": 50, "seconds": 20.0, "frame": 0.4, "norm": 1.0},
    {"step": 50, "seconds": 5.0, "frame": 0.3, "norm": 1.0},
    {
        "step": 75,
        "seconds": 12.0,
        "frame": 0.2,
        "norm": 1.0,
        "token": 2.0,
        "guide": 3.0,
        "accuracy": 0.5,
        "timing": 0.25,
    },
]
FIGURES = {
    "songs": 2,
    "seconds_a_song": 30.0,
    "stars": [2.0, 4.0],
    "rows": as_json(
        [Row("rhythm F1 at 25 ms", 0.7, "number", "osu", 0.8), Row("memory", 1.0, "GB", target=1.5, at_most=True)]
    ),
    "notes": ["rules broken: none"],
}


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What :mod:`starter.train` leaves behind."""
    root = tmp_path_factory.mktemp("run")
    tokenizer = starter_tokenizer(LAYOUT)
    tokenizer.save(root / "tokenizer.json")
    save_model(build_model(SMALL, tokenizer), root / "model", root / "tokenizer.json")
    (root / "recipe.json").write_text(json.dumps(asdict(SMALL)), encoding="utf-8")
    (root / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LOG), encoding="utf-8")
    (root / "figures.json").write_text(json.dumps(FIGURES), encoding="utf-8")
    return root


def test_the_exported_model_is_the_trained_one_in_half_precision(run_dir: Path, tmp_path: Path) -> None:
    written = export(Sources(run_dir), tmp_path)
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == written
    before, after = load_model(run_dir / "model").model, load_model(tmp_path).model
    assert all(weight.dtype == torch.float32 for weight in after.parameters())
    for name, weight in before.state_dict().items():
        torch.testing.assert_close(after.state_dict()[name], weight, rtol=1e-3, atol=1e-6)
    frames, ids = torch.randn(1, LAYOUT.window_samples) * 0.1, torch.tensor([[1, 5, 9, 200]])
    with torch.inference_mode():
        logits = [
            model(encoder_outputs=(model.encode(frames),), decoder_input_ids=ids).logits for model in (before, after)
        ]
    torch.testing.assert_close(logits[1], logits[0], rtol=1e-2, atol=1e-2)
    assert Tokenizer.load(tmp_path).vocab_size_out == before.config.vocab_size


def test_parameters_are_half_and_buffers_whole(run_dir: Path, tmp_path: Path) -> None:
    export(Sources(run_dir), tmp_path)
    trained = {name for name, _ in load_model(tmp_path).model.named_parameters()}
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        types = {name: file.get_tensor(name).dtype for name in file.keys()}  # noqa: SIM118
    assert trained and all(types[name] == torch.float16 for name in trained)
    assert all(types[name] == torch.float32 for name in types.keys() - trained)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"


def test_curve_and_card(run_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "refiner.txt").write_text("stays")
    export(Sources(run_dir, figures=run_dir / "figures.json", notes=("in two stretches",)), tmp_path)
    assert (tmp_path / "curve.csv").read_text().splitlines() == [
        "step,token,frame,guide,accuracy,timing",
        "25,,0.5,,,",
        "50,,0.3,,,",
        "75,2,0.2,3,0.5,0.25",
    ]
    with Image.open(tmp_path / "curve.png") as picture:
        assert picture.size[0] > 500
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "- in two stretches\n" in card.partition("## Figures")[0]
    assert "| rhythm F1 at 25 ms | osu | 0.70 | 0.80 | short |" in card
    assert "- falls short: rhythm F1 at 25 ms (osu): 0.70, wanted 0.80" in card
    assert "falls short: memory" not in card
    assert "step\n75, after" in card
    assert (tmp_path / "refiner.txt").exists()


def test_card_without_figures_says_so(run_dir: Path, tmp_path: Path) -> None:
    export(Sources(run_dir), tmp_path)
    assert "Not measured yet" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_incomplete_runs_and_bad_weights_write_nothing(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="model.safetensors is missing"):
        export(Sources(tmp_path / "nowhere"), tmp_path / "out")
    bad = tmp_path / "bad"
    tokenizer = starter_tokenizer(LAYOUT)
    model = build_model(SMALL, tokenizer)
    with torch.no_grad():
        next(iter(model.parameters())).view(-1)[0] = 1e6
    save_model(model, bad / "model", run_dir / "tokenizer.json")
    for name in ("recipe.json", "log.jsonl"):
        (bad / name).write_bytes((run_dir / name).read_bytes())
    with pytest.raises(ExportError, match="not all weights are finite"):
        export(Sources(bad), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_recipe_keeps_to_the_limits() -> None:
    model = build_model(Recipe(), starter_tokenizer(LAYOUT))
    assert 2 * parameters(model) < 25_000_000
    wide = build_model(Recipe(width=384), starter_tokenizer(LAYOUT))
    with pytest.raises(ExportError, match="parameters; at most 12 M"):
        parameters(wide)


def test_log_of_a_resumed_run(run_dir: Path) -> None:
    rows = read_log(run_dir / "log.jsonl")
    assert [(row["step"], row["frame"]) for row in rows] == [(25, 0.5), (50, 0.3), (75, 0.2)]
    assert training_seconds(run_dir / "log.jsonl") == 32.0


def test_thinning_takes_means() -> None:
    rows = [{"step": i, "frame": float(i)} for i in range(1, 7)]
    assert thinned(rows, 2) == [{"step": 3, "frame": 2.0}, {"step": 6, "frame": 5.0}]
    assert thinned([], 5) == [] and as_csv([]).count("\n") == 1
    assert draw_curve([]).startswith(b"\x89PNG")
