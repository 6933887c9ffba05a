"""``-cn starter`` trains what ``python -m starter.train`` makes: the same layout and the same shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.tokenizer import Tokenizer
from osuT5.training.fresh import model_config
from osuT5.training.loop import data_of
from starter.build import build
from starter.dataset import starter_tokenizer
from starter.train import LAYOUT, Recipe, build_model
from tests.training.test_entry import command, composed

# What depends on the vocabulary of the data, or on how a run begins.
_OWN = {
    *("vocab_size", "vocab_size_in", "vocab_size_out", "num_mappers", "num_classes", "rhythm_token_start"),
    *("rhythm_token_end", "init_std", "transformers_version", "architectures", "dtype", "torch_dtype"),
}


def shape(config: Any) -> dict[str, Any]:
    return {key: value for key, value in config.to_dict().items() if key not in _OWN}


def test_layout_of_the_recipe() -> None:
    assert data_of(composed("starter"))[0] == VERSIONS["starter"].layout == LAYOUT


def test_shape_of_the_recipe() -> None:
    options, recipe = composed("starter"), Recipe()
    overwrite = options.model.overwrite
    assert overwrite["d_model"] == recipe.width
    assert overwrite["encoder_attention_heads"] == overwrite["decoder_attention_heads"] == recipe.heads
    assert (overwrite["encoder_layers"], overwrite["decoder_layers"]) == (recipe.encoder_layers, recipe.decoder_layers)
    assert (options.model.spectrogram.n_mels, options.model.rhythm_weight) == (recipe.mels, recipe.time_weight)


def test_models_of_both_ways_have_the_same_shape() -> None:
    tokenizer = starter_tokenizer(LAYOUT)
    made = build_model(Recipe(), tokenizer).config
    composed_one = model_config(composed("starter").model, LAYOUT, Tokenizer.build(LAYOUT, tokenizer.tables))
    assert shape(composed_one) == shape(made)
    assert composed_one.vocab_size_in == made.vocab_size_in


@pytest.mark.parametrize("key", ["train_dataset_path", "data.train_dataset_path"])
def test_one_path_is_enough(key: str) -> None:
    _, data = data_of(composed("starter", f"{key}=/songs"))
    assert data.path("train") == data.path("test") == "/songs"
    assert data.test_percent > 0  # by a hash: no song is in both splits


@pytest.mark.slow
def test_the_recipe_trains_on_made_up_songs(tmp_path: Path) -> None:
    build(tmp_path / "songs", songs=1, seed=0, jobs=1, target_ms=20_000)
    few = [
        "batch_size=2",
        "total_steps=2",
        "num_workers=0",
        "logging.every_steps=1",
        "device=cpu",
        "mixed_precision=no",
    ]
    paths = [f"train_dataset_path={tmp_path / 'songs'}", f"hydra.run.dir={tmp_path / 'run'}"]
    done = command("-cn", "starter", *paths, *few)
    assert done.returncode == 0, done.stderr
    assert "step 2/2" in done.stdout
    assert "leaves no map" in done.stdout  # the hash of the one song puts it into the training split
    assert (tmp_path / "run" / "checkpoints" / "checkpoint_0" / "model.safetensors").is_file()
