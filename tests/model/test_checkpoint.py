"""Finding, reading and writing bundles; every bad one gives one line."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from osuT5.model import locate
from osuT5.model.checkpoint import CheckpointError, load_model, save_model
from osuT5.model.config import ConfigError, MapperatorinatorConfig, new_config
from osuT5.model.locate import Location, locate_checkpoint
from osuT5.model.lora import allowed_subfolders, merge_lora, normalised
from osuT5.model.modeling import Mapperatorinator
from tests.model.tiny import FAMILIES, audio, tiny_bundle, tiny_config, tiny_model


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach the hub fails the test."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def one_line(error: pytest.ExceptionInfo[BaseException], *parts: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    for part in parts:
        assert part in text


@pytest.mark.parametrize("family", FAMILIES)
def test_round_trip_in_the_published_layout(family: str, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "first", family)
    loaded = load_model(bundle).model
    save_model(loaded, tmp_path / "second", bundle / "tokenizer.json")
    first, second = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "second"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    stored = json.loads((tmp_path / "second" / "config.json").read_text())
    assert stored == json.loads((bundle / "config.json").read_text())
    assert stored["vocab_size"] == 60 and "vocab_size_out" not in stored
    assert stored["model_type"] == "mapperatorinator" and stored["architectures"] == ["Mapperatorinator"]
    assert not {"do_sample", "top_k", "max_length", "tie_word_embeddings"} & stored.keys()
    if family == FAMILIES[2]:
        assert stored["backbone_config"]["rope_scaling"] == {"rope_type": "default", "factor": 1.0}
    assert json.loads((tmp_path / "second" / "generation_config.json").read_text())["max_length"] == 48
    assert (tmp_path / "second" / "tokenizer.json").read_text() == "{}"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_library_reads_and_writes_the_same_bundle(family: str, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "ours", family)
    theirs, report = Mapperatorinator.from_pretrained(bundle, output_loading_info=True, local_files_only=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_file(bundle / "model.safetensors")
    written = load_file(tmp_path / "theirs" / "model.safetensors")
    assert ours.keys() == written.keys()
    assert all(torch.equal(ours[name], written[name]) for name in ours)
    (tmp_path / "theirs" / "tokenizer.json").write_text("{}")
    load_model(tmp_path / "theirs")


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_keeps_the_spectrogram(precision: str, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path, FAMILIES[0])
    model = load_model(bundle, precision=precision).model
    stored = load_file(bundle / "model.safetensors")
    for name, buffer in model.spectrogram.named_buffers():
        assert buffer.dtype == torch.float32
        assert torch.equal(buffer, stored[f"spectrogram.{name}"])
    assert model.transformer.proj_out.weight.dtype in (torch.bfloat16, torch.float16)
    by_library = Mapperatorinator.from_pretrained(bundle, dtype=torch.bfloat16, local_files_only=True)
    assert all(buffer.dtype == torch.float32 for buffer in by_library.spectrogram.buffers())


def test_precision_names(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    assert load_model(bundle, precision="amp").model.amp
    with pytest.raises(CheckpointError) as error:
        load_model(bundle, precision="int8")
    one_line(error, "precision", "int8", "fp32, amp, bf16, fp16")
    with pytest.raises(CheckpointError) as error:
        load_model(bundle, attn_implementation="magic")
    one_line(error, "attn_implementation", "sdpa")
    assert load_model(bundle, attn_implementation="eager").model.decoder.layers[0].self_attn.eager


def test_gamemode_folder_is_chosen_when_it_exists(tmp_path: Path) -> None:
    tiny_bundle(tmp_path, seed=1)
    tiny_bundle(tmp_path / "gamemode=3", seed=2)
    root, taiko, mania = (load_model(tmp_path, gamemode=mode) for mode in (None, 1, 3))
    assert [root.subfolder, taiko.subfolder, mania.subfolder] == ["", "", "gamemode=3"]
    assert mania.folder == tmp_path / "gamemode=3"
    name = "transformer.proj_out.weight"
    assert torch.equal(root.model.state_dict()[name], taiko.model.state_dict()[name])
    assert not torch.equal(root.model.state_dict()[name], mania.model.state_dict()[name])


def test_the_file_may_change_after_loading(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    model = load_model(bundle).model
    before = model.transformer.proj_out.weight.detach().clone()
    (bundle / "model.safetensors").write_bytes(b"\0" * (bundle / "model.safetensors").stat().st_size)
    assert torch.equal(model.transformer.proj_out.weight, before)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_missing_file(missing: str, tmp_path: Path) -> None:
    (tiny_bundle(tmp_path) / missing).unlink()
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, str(tmp_path), missing, "missing")


@pytest.mark.parametrize("source", ["./nothing", "/nothing/here", "a/b/c", "~/nothing"])
def test_missing_folder_never_asks_the_hub(source: str) -> None:
    with pytest.raises(CheckpointError) as error:
        load_model(source)
    one_line(error, source, "no such folder")


@pytest.mark.parametrize("kept", [0, 4, 100, 5000])
def test_truncated_weights(kept: int, tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "model.safetensors", "damaged or cut off", f"{kept} bytes")


def change_weights(folder: Path, change: Any) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")


def test_weights_must_fit_the_config(tmp_path: Path) -> None:
    tiny_bundle(tmp_path)
    change_weights(tmp_path, lambda weights: weights.pop("transformer.proj_out.weight"))
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "lacks 1 weights", "transformer.proj_out.weight")
    tiny_bundle(tmp_path)
    change_weights(tmp_path, lambda weights: weights.update({"surplus": torch.zeros(1)}))
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "unknown", "surplus")
    tiny_bundle(tmp_path)
    change_weights(tmp_path, lambda weights: weights.update({"transformer.proj_out.weight": torch.zeros(3, 32)}))
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "transformer.proj_out.weight", "(3, 32)", "(60, 32)")


def test_buffers_may_be_absent(tmp_path: Path) -> None:
    expected = dict(load_model(tiny_bundle(tmp_path)).model.state_dict())

    def drop(weights: dict[str, torch.Tensor]) -> None:
        for name in [name for name in weights if name.startswith(("spectrogram", "loss_fn"))]:
            del weights[name]

    change_weights(tmp_path, drop)
    found = load_model(tmp_path).model.state_dict()
    assert found["loss_fn.weight"][5] == 3 and found["loss_fn.weight"][4] == 1
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backbone_model_name": "google/t5-v1_1-small"}, "t5-v1_1-small"),
        ({"backbone_model_name": "UsefulSensors/moonshine-tiny", "input_raw_wave": True}, "moonshine-tiny"),
        ({"backbone_model_name": "OliBomby/nwhisper-small"}, "nwhisper-small"),
        ({"model_type": "whisper"}, "model_type is 'whisper'"),
        ({"spectrogram_implementation": "librosa"}, "librosa"),
    ],
)
def test_unsupported_models(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path) / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises((CheckpointError, ConfigError)) as error:
        load_model(tmp_path)
    one_line(error, message)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_broken_config(text: str, tmp_path: Path) -> None:
    (tiny_bundle(tmp_path) / "config.json").write_text(text)
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "config.json")


def test_old_training_format_is_refused(tmp_path: Path) -> None:
    for name in ("pytorch_model.bin", "custom_checkpoint_0.pkl"):
        (tmp_path / name).touch()
    with pytest.raises(CheckpointError) as error:
        load_model(tmp_path)
    one_line(error, "old training format", "pickle")


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(CheckpointError, match="is a file"):
        load_model(tmp_path / "x")


def test_hub_files_come_from_the_cache_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    asked: list[str] = []

    def cached(repository: str, name: str) -> str | None:
        asked.append(name)
        return str(bundle / name) if (bundle / name).exists() else None

    def offline(repository: str, name: str) -> str:
        raise OSError("offline\nwith more lines")

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", cached)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", offline)
    location = locate_checkpoint("someone/model", gamemode=2)
    assert location.folder == bundle and location.subfolder == ""
    assert asked[0] == "gamemode=2/tokenizer.json"
    (bundle / "model.safetensors").unlink()
    with pytest.raises(CheckpointError) as error:
        locate_checkpoint("someone/model")
    one_line(error, "someone/model", "model.safetensors", "offline")


def test_effective_subfolder() -> None:
    assert Location("x", Path("x"), "gamemode=1").effective_subfolder == "gamemode=1"
    assert Location("someone/gamemode=2", Path("/cache"), "").effective_subfolder == "gamemode=2"
    assert Location("someone/model", Path("/cache"), "").effective_subfolder == ""


def test_effective_subfolder_of_a_folder_named_so(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "gamemode=3")
    assert locate_checkpoint(bundle).effective_subfolder == "gamemode=3"


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ('{"ckpt_subfolders": null}', None),
        ('{"ckpt_subfolders": [" gamemode=1/ ", "", "gamemode=1"]}', ["", "gamemode=1"]),
        ('{"ckpt_subfolders": ["\\\\gamemode=0\\\\"]}', ["gamemode=0"]),
        ('{"ckpt_subfolders": []}', []),
        ('{"ckpt_subfolders": "gamemode=0"}', None),
        ('{"ckpt_subfolders": [1]}', None),
        ("[]", None),
        ("not json", None),
    ],
)
def test_lora_metadata(stored: str, expected: list[str] | None, tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_text(stored)
    assert allowed_subfolders(path) == expected
    assert allowed_subfolders(None) is None
    assert normalised(["/a/", "a", "b\\c"]) == ["a", "b/c"]


def test_lora_that_is_not_there(tmp_path: Path) -> None:
    model = tiny_model(FAMILIES[0])
    for source, part in ((tmp_path, "adapter_config.json is missing"), (tmp_path / "no" / "lora", "no such folder")):
        with pytest.raises(CheckpointError) as error:
            merge_lora(model, source, "")
        one_line(error, part)


def make_adapter(folder: Path, init: bool | str, base: str = FAMILIES[0], **target: Any) -> None:
    from peft import LoraConfig, get_peft_model

    names = ["Wqkv", "Wo"] if base == FAMILIES[2] else ["q_proj", "v_proj"]
    settings = LoraConfig(r=2, lora_alpha=4, target_modules=names, init_lora_weights=init)
    adapted = get_peft_model(tiny_model(base, seed=5), settings)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    adapted.save_pretrained(folder, save_embedding_layers=False)


@pytest.mark.parametrize("init", [True, "pissa"])
@pytest.mark.filterwarnings("ignore")
def test_merging_follows_the_formula(init: bool | str, tmp_path: Path) -> None:
    make_adapter(tmp_path, init)
    model = tiny_model(FAMILIES[0], seed=5)
    name = "transformer.model.decoder.layers.0.self_attn.q_proj"
    weight = model.get_submodule(name).weight.detach().clone()
    merge_lora(model, tmp_path, "")
    stored = load_file(tmp_path / "adapter_model.safetensors")
    down, up = (stored[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
    expected = weight + 2 * up @ down
    if init == "pissa":
        u, s, v = torch.linalg.svd(weight, full_matrices=False)
        expected = expected - u[:, :2] @ torch.diag(s[:2]) @ v[:2]
    torch.testing.assert_close(model.get_submodule(name).weight.detach(), expected, atol=1e-5, rtol=0)


@pytest.mark.filterwarnings("ignore")
def test_adapter_of_another_family(tmp_path: Path) -> None:
    make_adapter(tmp_path, True, FAMILIES[2])
    with pytest.raises(CheckpointError) as error:
        merge_lora(tiny_model(FAMILIES[0]), tmp_path, "")
    one_line(error, "doesn't fit")


def test_config_defaults_and_aliases() -> None:
    config = MapperatorinatorConfig.from_dict(
        {"backbone_model_name": "openai/whisper-tiny", "vocab_size": 7, "backbone_config": {"encoder_layers": 3}}
    )
    assert (config.backbone.encoder_layers, config.backbone.decoder_layers) == (3, 4)
    assert config.backbone.d_model == 384 and config.vocab_size == 7 and config.label_smoothing == 0.0
    stale = tiny_config(FAMILIES[0])
    stale.backbone_config["num_hidden_layers"] = 12
    assert stale.backbone.encoder_layers == 2 and len(Mapperatorinator(stale).encoder.layers) == 2


def test_config_refuses_unknown_keys() -> None:
    sizes = {"vocab_size_in": 9, "vocab_size_out": 9, "src_seq_len": 8, "tgt_seq_len": 8}
    with pytest.raises(ConfigError, match="unknown size 'huge'"):
        new_config("openai/whisper-huge", **sizes)
    with pytest.raises(ConfigError, match="unknown key 'depth'"):
        new_config("openai/whisper-tiny", overwrite={"depth": 3}, **sizes)
    with pytest.raises(ConfigError, match="exists already"):
        new_config("openai/whisper-tiny", add_config={"d_model": 3}, **sizes)
    with pytest.raises(ConfigError, match="rope_type"):
        new_config("openai/whisper-tiny", rope={"rope_type": "default"}, **sizes)


def test_loaded_model_equals_the_saved_one(tmp_path: Path) -> None:
    for family in FAMILIES:
        model = tiny_model(family)
        save_model(model, tmp_path)
        (tmp_path / "tokenizer.json").write_text("{}")
        ids = torch.tensor([[4, 9, 33]])
        with torch.no_grad():
            expected = model(frames=audio(), decoder_input_ids=ids).logits
            found = load_model(tmp_path).model(frames=audio(), decoder_input_ids=ids).logits
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_hub_ids_look_like_hub_ids() -> None:
    assert locate.is_hub_id("OliBomby/Mapperatorinator-v29.1") and locate.is_hub_id("gpt2")
    assert not any(locate.is_hub_id(text) for text in ("./x", "/x", "x/", "a/b/c", "~/x", "..", "a b", ""))
