"""Training: the loss against literal values, the recipe's numbers, data sets, a short run that learns and resumes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState

from osu_diffusion.checkpoint import load_refiner
from osu_diffusion.model import DiT, variant
from osu_diffusion.schedule import make_schedule
from osu_diffusion.training.cache import TrainingMap, build_cache
from osu_diffusion.training.collect import MapFile, class_table, map_files
from osu_diffusion.training.loop import learning_rate, train
from osu_diffusion.training.losses import DiffusionLoss
from osu_diffusion.training.options import (
    DataOptions,
    LoggingOptions,
    OptimOptions,
    TrainOptionError,
    TrainOptions,
    check,
)
from osu_diffusion.training.windows import WindowStream, augmented, class_vector
from osuT5.pipeline.presets import preset_options
from tests.shared_data import SHARED, need

from .maps import write_map
from .test_parts import toy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh_accelerator() -> Iterator[None]:
    """accelerate keeps the precision of a process's first run."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.mark.parametrize(("t", "mse", "vb"), [(0, 0.979150, 1.745566), (57, 0.764890, 0.0173109)])
def test_loss_of_the_toy_model(t: int, mse: float, vb: float) -> None:
    model, x, c, y = toy()
    loss, step = DiffusionLoss(make_schedule()), torch.tensor([t])
    noise = torch.sin(1.7 * torch.arange(24)).view(1, 2, 12)
    noised = loss.noised(x, step, noise)
    main, variational = loss(model(noised, step, c, y[:1]), x, noised, step, noise)
    assert float(main) == pytest.approx(mse, abs=2e-4)
    assert float(variational) == pytest.approx(vb, abs=2e-4)


def test_the_variance_term_does_not_train_the_noise() -> None:
    loss, out = DiffusionLoss(make_schedule()), torch.randn(2, 4, 6, requires_grad=True)
    start, t, noise = torch.randn(2, 2, 6), torch.tensor([0, 40]), torch.randn(2, 2, 6)
    loss(out, start, loss.noised(start, t, noise), t, noise)[1].sum().backward()
    assert out.grad is not None
    assert (out.grad[:, :2] == 0).all() and (out.grad[:, 2:] != 0).all()


def test_learning_rate() -> None:
    options = OptimOptions()
    assert learning_rate(options, 0) == pytest.approx(1e-4)
    assert learning_rate(options, 10000) == pytest.approx(2e-4)
    assert learning_rate(options, 205000) == pytest.approx((2e-4 + 1e-5) / 2)
    assert learning_rate(options, 400000) == learning_rate(options, 500000) == pytest.approx(1e-5)


def test_options_are_checked() -> None:
    good = TrainOptions(data=DataOptions(path="x"))
    check(good)
    with pytest.raises(TrainOptionError, match="precision: 'fp8' is not one of bf16, no"):
        check(replace(good, precision="fp8"))
    with pytest.raises(TrainOptionError, match="batch_size: 5 is no multiple"):
        check(replace(good, optim=OptimOptions(batch_size=5)))
    with pytest.raises(TrainOptionError, match="logging.tracker: 'comet' is not one of"):
        check(replace(good, logging=LoggingOptions(tracker="comet")))
    with pytest.raises(TrainOptionError, match="data.path: name the folder"):
        check(TrainOptions())


def folder(tmp_path: Path) -> DataOptions:
    for number in range(4):
        write_map(tmp_path / "maps" / f"{number}.osu", number)
    return DataOptions(path=str(tmp_path / "maps"), seq_len=16, stride=4, cycle_length=4, workers=0)


def test_windows_are_runs_of_one_map(tmp_path: Path) -> None:
    options = folder(tmp_path)
    files = map_files(options)
    cache = build_cache(files, tmp_path / "cache", options)
    assert build_cache(files, tmp_path / "cache", options).maps == cache.maps
    table = class_table(files, options)
    first = [window for window, _ in zip(WindowStream(cache, table, options, 7), range(30), strict=False)]
    again = [window for window, _ in zip(WindowStream(cache, table, options, 7), range(30), strict=False)]
    for one, two in zip(first, again, strict=True):
        assert {name: value.shape for name, value in one.items()} == {
            "x": (2, 16),
            "times": (16,),
            "distances": (16,),
            "types": (16,),
            "y": (table.width,),
        }
        assert all(torch.equal(one[name], two[name]) for name in one)
        assert (one["times"].diff() >= 0).all()


def test_processes_and_workers_share_no_map(tmp_path: Path) -> None:
    options = folder(tmp_path)
    cache = build_cache(map_files(options), tmp_path / "cache", options)
    table = class_table([], options)
    seen = []
    for shard in ((0, 2), (1, 2)):
        windows = zip(WindowStream(cache, table, options, 7, shard), range(40), strict=False)
        seen.append({tuple(window["types"].tolist()) for window, _ in windows})
    assert seen[0] and seen[1]


def test_augmentation() -> None:
    rows = np.array(
        [(100, 50, 1000, 0), (130, 90, 1300, 1)], dtype=[("x", "f4"), ("y", "f4"), ("time", "f8"), ("type", "u1")]
    )
    item = TrainingMap(0, 2, 5, (4.0, 6.0), 4.0)
    options = DataOptions(distance_std=0, flip=False, double_time=0, max_shift=0, dropout=0)
    table = class_table([MapFile("a", 5, 50, descriptors=("streams",))], options)
    plain = augmented(rows, item, table, options, np.random.default_rng(0))
    assert plain["times"].tolist() == [0, 300]
    assert plain["distances"].tolist() == pytest.approx([np.hypot(156, 142), 50])
    assert plain["x"][0].tolist() == pytest.approx([100 / 256 - 1, 130 / 256 - 1])
    fast = augmented(rows, item, table, replace(options, double_time=1), np.random.default_rng(0))
    assert fast["times"].tolist() == [0, 200]
    hot = lambda window: window["y"].nonzero().flatten().tolist()  # noqa: E731
    assert hot(plain) == [8, 26, 28, 30 + 8] and hot(fast) == [12, 26, 28, 38]
    dropped = class_vector(item, table, False, 1.0, np.random.default_rng(0))
    assert np.flatnonzero(dropped).tolist() == [25, 27, 29, 51]


def test_data_sets_are_recognised(tmp_path: Path) -> None:
    track = tmp_path / "Track00000"
    write_map(track / "beatmaps" / "000000M000.osu", 0)
    entry = {"BeatmapId": 9, "Index": 3, "Ruleset": 0, "StandardStarRating": {"0": 2.5, "64": 3.5}}
    (track / "metadata.json").write_text(json.dumps({"Beatmaps": {"000000M000": entry}}))
    (file,) = map_files(DataOptions(path=str(tmp_path)))
    assert (file.beatmap_id, file.stars, file.style) == (9, (2.5, 3.5), 3)
    with pytest.raises(TrainOptionError, match="no maps in"):
        map_files(DataOptions(path=str(tmp_path), start=5))


@pytest.mark.parity
def test_mmrs() -> None:
    root = need(SHARED / "golden" / "training" / "dataset" / "mmrs")
    options = DataOptions(path=str(root))
    files = map_files(options)
    assert files and all(Path(file.path).is_file() and file.stars for file in files)
    table = class_table(files, options)
    assert list(table.mapper_idx) == sorted(table.mapper_idx)
    assert table.width == 26 + table.num_mapper_classes + table.num_descriptor_classes + 22


def debug(tmp_path: Path) -> TrainOptions:
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from omegaconf import OmegaConf

    ConfigStore.instance().store(name="schema", node=TrainOptions)
    data = folder(tmp_path)
    with initialize_config_dir(str(ROOT / "configs" / "diffusion"), version_base="1.3"):
        config = compose("debug", [f"data.path={data.path}", f"output={tmp_path / 'run'}"])
    options = OmegaConf.to_object(config)
    assert isinstance(options, TrainOptions)
    return options


def test_twenty_steps_lower_the_loss_and_resume(tmp_path: Path) -> None:
    options = debug(tmp_path)
    losses = train(options)
    assert len(losses) == 20 and np.mean(losses[-5:]) < np.mean(losses[:5])
    refiner = load_refiner(tmp_path / "run" / "checkpoint-20" / "refiner")
    assert refiner.model.config.max_diffusion_step == 100
    longer = replace(options, resume="latest", optim=replace(options.optim, total_steps=23))
    assert len(train(longer)) == 3
    assert json.loads((tmp_path / "run" / "checkpoint-23" / "progress.json").read_text()) == {"step": 23}
    with pytest.raises(ValueError, match="resume: .*nowhere holds no progress.json"):
        train(replace(options, resume=str(tmp_path / "nowhere")))


@pytest.mark.parametrize("name", ["v1", "full_noise", "starter", "debug"])
def test_configurations_compose(name: str) -> None:
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from omegaconf import OmegaConf

    ConfigStore.instance().store(name="schema", node=TrainOptions)
    with initialize_config_dir(str(ROOT / "configs" / "diffusion"), version_base="1.3"):
        check(OmegaConf.to_object(compose(name, ["data.path=x"])))  # type: ignore[arg-type]


@pytest.mark.parametrize("entry", ["train.py", "sample.py"])
def test_help_loads_no_torch(entry: str) -> None:
    code = (
        f"import sys, runpy; sys.argv = ['{entry}', '--help']; sys.path.insert(0, 'osu_diffusion')\n"
        f"runpy.run_path('osu_diffusion/{entry}', run_name='__main__')\n"
        "assert not {'torch', 'hydra'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "seed=0" in run.stdout


def test_bfloat16_trains_too(tmp_path: Path) -> None:
    options = debug(tmp_path)
    losses = train(replace(options, precision="bf16", optim=replace(options.optim, total_steps=2)))
    assert np.isfinite(losses).all()


def test_the_starter_is_small() -> None:
    table = class_table([], DataOptions(mapper_classes=False, descriptor_classes=False))
    with torch.device("meta"):
        count = sum(value.numel() for value in DiT(variant("DiT-XS", table.width)).parameters())
    assert 2 * count < 6_000_000  # bytes, stored in half the space


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path: Path) -> None:
    """Each takes half of a step's windows; one of them writes and reports."""
    folder(tmp_path)
    line = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    line += ["osu_diffusion/train.py", "-cn", "debug", f"data.path={tmp_path / 'maps'}", f"output={tmp_path / 'out'}"]
    run = subprocess.run(
        [*line, "optim.total_steps=3"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("3 steps, loss") == 1
    assert [path.name for path in (tmp_path / "out").glob("checkpoint-*")] == ["checkpoint-3"]


def test_the_shipped_refiner_loads_and_knows_its_steps() -> None:
    refiner = load_refiner("starter")
    assert refiner.model.config.timesteps.split(",")[1] == "1"
    schedule = make_schedule(sections=refiner.model.config.timesteps)
    assert schedule.timestep_map.tolist() == [20] and refiner.model.config.max_diffusion_step > 20
    assert preset_options("starter").timesteps == [int(part) for part in refiner.model.config.timesteps.split(",")]
