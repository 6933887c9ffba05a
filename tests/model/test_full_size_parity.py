"""Names and shapes of the full-size models, built without memory (golden/model/state_dict_*, full_config_*)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from osuT5.model.checkpoint import empty_model
from osuT5.model.config import MapperatorinatorConfig, new_config
from osuT5.model.modeling import Mapperatorinator
from tests.shared_data import cases, load_json

pytestmark = pytest.mark.parity


def full_size(path: Path) -> Mapperatorinator:
    config = path.with_name(path.name.replace("state_dict_", "full_config_"))
    return empty_model(MapperatorinatorConfig.from_dict(load_json(config)))


@pytest.mark.parametrize("path", cases("golden/model/state_dict_*.json"))
def test_names_shapes_and_parameter_count(path: Path) -> None:
    expected = load_json(path)
    model = full_size(path)
    parameters = dict(model.named_parameters())
    found = {
        name: {"shape": list(tensor.shape), "kind": "parameter" if name in parameters else "buffer"}
        for name, tensor in model.state_dict().items()
    }
    assert found == expected["keys"]
    assert sum(parameter.numel() for parameter in parameters.values()) == expected["parameters"]


def rebuilt(stored: dict[str, Any]) -> MapperatorinatorConfig:
    """The same configuration derived from the arguments that a training preset gives."""
    backbone = stored["backbone_config"]
    keys = ("rope_type", "rope_encoder_scaling_factor", "rope_decoder_scaling_factor")
    keys += ("rope_scaling", "deterministic_flash_attn", "attention_bias", "global_attn_every_n_layers")
    keys += ("local_attention", "local_rope_theta", "global_rope_theta")
    derived = {"backbone_config", "backbone_model_name", "vocab_size", "vocab_size_in", "max_source_positions"}
    derived |= {"max_target_positions", "hidden_size", "num_attention_heads", "num_hidden_layers"}
    own = MapperatorinatorConfig().to_diff_dict().keys() - derived - {"architectures", "dtype", "model_type"}
    return new_config(
        stored["backbone_model_name"],
        vocab_size_in=stored["vocab_size_in"],
        vocab_size_out=stored["vocab_size"],
        src_seq_len=2 * stored["max_source_positions"],
        tgt_seq_len=stored["max_target_positions"],
        rope={key: backbone[key] for key in keys if key in backbone},
        **{key: stored[key] for key in own - {"transformers_version"} if key in stored},
    )


@pytest.mark.parametrize("path", cases("golden/model/full_config_*.json"))
def test_config_is_derived_as_published(path: Path) -> None:
    stored = load_json(path)
    found = rebuilt(stored).to_diff_dict()
    assert found.pop("backbone_config").items() <= stored["backbone_config"].items()
    for key in ("architectures", "transformers_version", "dtype"):
        found.pop(key, None)
    assert found == {key: stored[key] for key in found}


@pytest.mark.parametrize("path", cases("golden/model/state_dict_*.json"))
def test_spectrogram_of_an_empty_model_is_complete(path: Path) -> None:
    devices = {buffer.device.type for buffer in full_size(path).spectrogram.buffers()}
    assert devices == {"cpu"}
    assert not any(torch.isnan(buffer).any() for buffer in full_size(path).spectrogram.buffers())
