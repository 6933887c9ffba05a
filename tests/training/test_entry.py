"""The training entry: short keys, recipes as published, help without torch, and a run from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from osuT5.capabilities import VERSIONS
from osuT5.training.entry import CONFIGS, ROOT, all_groups, expand, options_of, resolve
from osuT5.training.errors import TrainingError
from osuT5.training.loop import data_of
from osuT5.training.options import TrainOptions

RECIPES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


def composed(name: str, *overrides: str) -> TrainOptions:
    OmegaConf.register_new_resolver("context_type", lambda kind: str(kind).lower(), replace=True)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose(name, overrides=expand(overrides))
    values = OmegaConf.to_container(config, resolve=True)
    assert isinstance(values, dict)
    return options_of({str(key): value for key, value in values.items()}, "run")


def test_the_published_recipes_are_there() -> None:
    wanted = {"default", "v28", "v29", "train_v29", "v30", "v31", "v32", "v32-mini", "lora", "lora_v32", "starter"}
    assert wanted | {"debug"} <= set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_the_layout_of_its_version(name: str) -> None:
    options = composed(name)
    layout, data = data_of(options)
    expected = VERSIONS[options.version].layout
    if name in ("lora", "lora_v32"):
        assert layout.gamemodes == (0,)
    elif name != "debug":
        different = [f.name for f in fields(layout) if getattr(layout, f.name) != getattr(expected, f.name)]
        assert not different
    assert name == "debug" or data.path("train")


# (batch, grad_acc, optimiser, base_lr, total, warm-up, sustain, weight decay), spec 05 section 10
TABLE: dict[str, tuple[Any, ...]] = {
    "v28": (128, 8, "adamwscale", 1e-2, 65536, 10000, 0, 0.0),
    "v29": (128, 32, "adamwscale", 1e-2, 65536, 10000, 0, 0.0),
    "train_v29": (128, 32, "adamwscale", 1e-2, 65536, 10000, 0, 0.0),
    "v30": (64, 4, "muon", 4e-3, 50000, 0, 10000, 0.01),
    "v31": (32, 1, "muon", 1e-2, 65536, 0, 0, 0.0),
    "v32": (32, 2, "muon", 2e-3, 700000, 0, 20000, 0.01),
    "v32_ft": (32, 2, "muon", 5e-4, 140000, 0, 20000, 0.01),
    "v32-mini": (32, 2, "muon", 4e-3, 350000, 0, 20000, 0.01),
    "v32-mini_ft": (32, 2, "muon", 1e-3, 70000, 0, 20000, 0.01),
    "lora": (32, 16, "muon", 4e-4, 1000, 0, 0, 0.01),
}


@pytest.mark.parametrize("name", TABLE)
def test_optimiser_settings_of_the_recipes(name: str) -> None:
    optim = composed(name).optim
    found = (
        optim.batch_size,
        optim.grad_acc,
        optim.name,
        optim.base_lr,
        optim.total_steps,
        optim.warmup_steps,
        optim.sustain_steps,
        optim.weight_decay,
    )
    assert found == TABLE[name]
    assert optim.muon_adam_lr == ("legacy" if optim.name == "muon" else "separate")


# (model, workers, cycle, balancer, speed probability, offset probability, lookback, rhythm weight)
DATA: dict[str, tuple[Any, ...]] = {
    "v28": ("openai/whisper-base", 8, 16, 0, 0.5, 1.0, 0.0, 3.0),
    "v29": ("openai/whisper-small", 4, 16, 0, 0.5, 1.0, 0.0, 3.0),
    "v30": ("Tiger14n/ropewhisper-small", 4, 1, 0, 0.3, 0.5, 0.2, 1.0),
    "v31": ("Tiger14n/ropewhisper-small", 32, 16, 0, 0.5, 1.0, 0.0, 1.0),
    "v32": ("OliBomby/varwhisper-small", 8, 1, 2048, 0.3, 0.5, 0.2, 1.0),
    "v32-mini": ("OliBomby/varwhisper-base", 8, 1, 2048, 0.3, 0.5, 0.2, 1.0),
}


@pytest.mark.parametrize("name", DATA)
def test_model_and_data_settings_of_the_recipes(name: str) -> None:
    options = composed(name)
    _, data = data_of(options)
    found = (
        options.model.name,
        options.dataloader.num_workers,
        data.cycle_length,
        data.balancer_buffer_size,
        data.dt_augment_prob,
        data.frame_offset_augment_prob,
        data.lookback,
        options.model.rhythm_weight,
    )
    assert found == DATA[name]


def test_the_published_commands_compose() -> None:
    short = ["train_dataset_path=/d", "test_dataset_path=/d", "train_dataset_end=90"]
    short += ["test_dataset_start=90", "test_dataset_end=100"]
    for name in ("v29", "train_v29", "lora"):
        for arguments in (short, [f"data.{argument}" for argument in short]):
            _, data = data_of(composed(name, *arguments))
            assert (data.train_dataset_path, data.train_dataset_end) == ("/d", 90)
            assert data.span("test") == (90, 100)


def test_short_keys() -> None:
    assert expand(["-cn", "v29", "seed=1", "total_steps=5", "+dt_augment_prob=0", "r=8", "hydra.run.dir=x"]) == [
        "-cn",
        "v29",
        "seed=1",
        "optim.total_steps=5",
        "+data.dt_augment_prob=0",
        "lora.r=8",
        "hydra.run.dir=x",
    ]
    with pytest.raises(TrainingError, match="every_steps: several groups .* eval.every_steps, checkpoint.every_steps"):
        expand(["every_steps=5"])
    with pytest.raises(TrainingError, match="trian_dataset_end: no such option; did you mean train_dataset_end"):
        expand(["trian_dataset_end=5"])


def test_the_base_recipe_lists_every_option() -> None:
    content = yaml.safe_load((CONFIGS / "default.yaml").read_text(encoding="utf-8"))
    for group, keys in all_groups().items():
        if group == "model":
            continue
        found = set(content[group]) if group else set(content) - {"defaults", "hydra"} - set(all_groups())
        assert found == set(keys) - set(all_groups()), group


def test_model_presets_list_every_option() -> None:
    for path in (CONFIGS.parent / "model").glob("*.yaml"):
        assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) == set(all_groups()["model"]), path.name


def test_context_names_may_be_written_as_published() -> None:
    options = composed("debug", "data.context_types=[{in: [], out: ['${context_type:map}']}]")
    assert data_of(options)[0].templates[0].outputs == ("map",)


def test_relative_paths(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    assert resolve("set", tmp_path) == str(tmp_path / "set")
    assert resolve("configs", tmp_path) == str(ROOT / "configs")
    assert resolve("owner/name", tmp_path) == "owner/name"


def test_help_needs_no_torch() -> None:
    code = (
        "import sys, runpy; sys.modules['torch'] = None; sys.argv = ['train.py', '--help'];"
        "sys.path.insert(0, ''); runpy.run_path('osuT5/train.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "torchrun" in done.stdout and "train_dataset_end" in done.stdout and "v32-mini" in done.stdout


SMALL = ["src_seq_len=128", "tgt_seq_len=256", "test_dataset_end=2", "total_steps=4", "eval.every_steps=2"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "osuT5/train.py", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_debug_run_from_the_command_line(small_set: Path, tmp_path: Path) -> None:
    arguments = ["-cn", "debug", f"train_dataset_path={small_set}", f"hydra.run.dir={tmp_path}", *SMALL]
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "checkpoints" / "checkpoint_0" / "model.safetensors").is_file()
    assert "test/timing_acc" in json.loads((tmp_path / "log.jsonl").read_text().splitlines()[2])
    again = command(*arguments, "total_steps=5")
    assert "going on from" in again.stdout and "step 5/5" in again.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-cn", "debug"], 1, "error: train_dataset_path: not set"),
        (["-cn", "debug", "base_lr=fast"], 2, "error: optim.base_lr: 'fast' is not a number"),
        (["-cn", "debug", "base_rl=1"], 2, "error: base_rl: no such option; did you mean"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    done = command(*arguments, f"hydra.run.dir={tmp_path}")
    assert done.returncode == code
    assert done.stderr.strip().startswith(message) and len(done.stderr.strip().splitlines()) == 1
