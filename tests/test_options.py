"""The configurations compose to typed options; documented overrides parse; mistakes fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf

from osuT5.capabilities import VERSIONS
from osuT5.options import GROUPS, InferenceOptions, option_rows
from osuT5.pipeline import presets
from osuT5.pipeline.presets import base_options, named_options, preset_options

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
PUBLISHED = [version for version in VERSIONS if version != "starter"]
NAMES = ["inference", *(f"inference_{version}" for version in PUBLISHED)]


@pytest.fixture(autouse=True)
def hydra_in_configs() -> Iterator[None]:
    ConfigStore.instance().store(name="inference_options", node=InferenceOptions)
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        yield


def options(name: str = "inference", *overrides: str) -> InferenceOptions:
    composed = OmegaConf.to_object(compose(name, overrides=list(overrides)))
    assert isinstance(composed, InferenceOptions)
    return composed


@pytest.mark.parametrize("name", NAMES)
def test_every_configuration_composes_to_its_preset(name: str) -> None:
    found = options(name)
    assert found == preset_options(found.model_version)
    assert found.model_version == name.removeprefix("inference_").replace("inference", "starter")


def test_base_has_the_schema_defaults() -> None:
    assert base_options() == InferenceOptions()


def test_every_option_has_help_and_a_known_group() -> None:
    for group, name, _, text in option_rows():
        assert group in GROUPS and text, name


# Spec 03 section 2.3 and 2.4: what the versions set, in the order v28, v29, v30, v31, v32, v32-mini.
FULL, SHORT = ["TIMING", "KIAI", "MAP", "SV"], ["TIMING", "MAP", "SV"]
PER_VERSION: dict[str, list[Any]] = {
    "model_path": [f"OliBomby/Mapperatorinator-{v}" for v in ("v28", "v29.1", "v30", "v31", "v32", "v32-mini")],
    "timing_leniency": [3, 3, 20, 20, 20, 20],
    "in_context": [["NONE"], ["NONE"], [], ["NONE"], [], []],
    "output_type": [FULL, FULL, ["MAP"], FULL, SHORT, SHORT],
    "temperature": [1.0, 0.9, 0.9, 0.9, 0.9, 0.9],
    "top_p": [0.95, 0.9, 0.9, 0.9, 0.9, 0.9],
    "super_timing": [True, True, False, False, False, False],
    "max_batch_size": [8, 8, 16, 8, 32, 32],
    "snap_near_perfect_overlaps": [True, True, False, False, False, False],
    "generate_positions": [True, True, False, False, False, False],
    "version": [f"Mapperatorinator {v}" for v in ("V28", "V29.1", "V30", "V31", "V32", "V32-mini")],
    "timesteps": [[100] + [0] * 9] * 2 + [[10] + [0] * 99] * 2 + [[100] + [0] * 9] * 2,
    "diff_ckpt": ["OliBomby/osu-diffusion-v2"] * 6,
    "creator": ["Mapperatorinator"] * 6,
}


@pytest.mark.parametrize("place, version", list(enumerate(PUBLISHED)))
def test_versions_set_what_is_published_and_nothing_else(place: int, version: str) -> None:
    found, base = asdict(preset_options(version)), asdict(base_options())
    for name, values in PER_VERSION.items():
        assert found.pop(name) == values[place], name
        base.pop(name)
    assert found.pop("model_version") == version
    base.pop("model_version")
    assert found == base


def test_schema_defaults_are_the_published_ones() -> None:
    base = InferenceOptions()
    assert (base.lookback, base.lookahead, base.timing_temperature, base.timeshift_bias) == (0.5, 0.4, 0.1, 0.0)
    assert (base.mania_column_temperature, base.taiko_hit_temperature) == (0.8, 0.8)
    assert (base.timer_num_beams, base.timer_bpm_threshold, base.timer_cfg_scale, base.timer_iterations) == (
        1,
        0.1,
        1.0,
        20,
    )
    assert (base.max_seq_len, base.overlap_buffer, base.refine_iters) == (1024, 128, 10)
    assert base.difficulty is None and base.tags is None and base.seed is None


DOCUMENTED: list[tuple[str, dict[str, Any]]] = [
    (r"beatmap_path='C:\Users\My Name\Songs\1 a\x.osu'", {"beatmap_path": r"C:\Users\My Name\Songs\1 a\x.osu"}),
    (r"audio_path=C:\Users\me\song.mp3", {"audio_path": r"C:\Users\me\song.mp3"}),
    ("audio_path='/home/me/my song (2).mp3'", {"audio_path": "/home/me/my song (2).mp3"}),
    ("descriptors=['jump aim','clean']", {"descriptors": ["jump aim", "clean"]}),
    ('descriptors=["skillset/jumps","style/clean"]', {"descriptors": ["skillset/jumps", "style/clean"]}),
    ("descriptors=[3,12]", {"descriptors": [3, 12]}),
    ("in_context=[TIMING,KIAI]", {"in_context": ["TIMING", "KIAI"]}),
    ("output_type=[TIMING]", {"output_type": ["TIMING"]}),
    ("gamemode=0", {"gamemode": 0}),
    ("difficulty=5.5", {"difficulty": 5.5}),
    ("hitsounded=true", {"hitsounded": True}),
    ("seed=7", {"seed": 7}),
    ("title='a: b'", {"title": "a: b"}),
    ("compat=published", {"compat": "published"}),
    ("compat={reversed_guidance:published}", {"compat": {"reversed_guidance": "published"}}),
    ("layout={add_kiai:true}", {"layout": {"add_kiai": True}}),
]


@pytest.mark.parametrize("override, expected", DOCUMENTED, ids=lambda value: value if isinstance(value, str) else "")
def test_documented_overrides_parse(override: str, expected: dict[str, Any]) -> None:
    found = options("inference_v29", override)
    assert {name: getattr(found, name) for name in expected} == expected


def test_what_the_user_has_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [
        "super_timing=true",
        "compat.reversed_guidance=published",
        "+layout={add_kiai:true}",
        "~seed",
        "title='a=b'",
    ]
    assert named_options("inference_v29", words) == {"super_timing", "compat", "layout", "title"}
    assert named_options("inference_v29", []) == named_options(None, []) == set()
    monkeypatch.setattr(presets, "CONFIGS", tmp_path)
    (tmp_path / "mine.yaml").write_text("defaults: [inference/v29, _self_]\nsuper_timing: true\n")
    assert named_options("mine", ["seed=1"]) == {"super_timing", "seed"}


@pytest.mark.parametrize("override", ["dificulty=5", "temperature=hot", "do_sample=perhaps", "in_context=TIMING"])
def test_mistakes_do_not_compose(override: str) -> None:
    with pytest.raises(ConfigCompositionException):
        options("inference", override)
