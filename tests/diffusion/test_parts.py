"""Schedules, windows, paths, embeddings, masks and the toy model against literal values of the specification."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from osu_diffusion.attention import Band, band_mask
from osu_diffusion.coordinates import context_of, in_pixels, normalised
from osu_diffusion.elements import repeat_class
from osu_diffusion.model import DiT, DiTConfig, initialise, sinusoid, variant
from osu_diffusion.paths import ControlPoints, ends_at
from osu_diffusion.reverse import ReverseProcess
from osu_diffusion.schedule import kept_steps, make_schedule
from osu_diffusion.windows import window_bounds


def test_respacing() -> None:
    assert kept_steps(1000, [100] + [0] * 9) == list(range(100))
    assert kept_steps(1000, [10] + [0] * 99) == list(range(10))
    fifty = kept_steps(1000, [50] + [0] * 9)
    assert fifty[:6] == [0, 2, 4, 6, 8, 10] and fifty[-3:] == [95, 97, 99]
    assert kept_steps(10, [3, 2]) == [0, 2, 4, 5, 9]
    assert kept_steps(10, "3,2") == [0, 2, 4, 5, 9]
    assert kept_steps(1000, "250")[:4] == [0, 4, 8, 12] and kept_steps(1000, "250")[-2:] == [995, 999]
    assert kept_steps(1000, "ddim250") == list(range(0, 1000, 4))
    assert len(kept_steps(1000, None)) == 1000


@pytest.mark.parametrize("sections", ["ddim7000", [200] + [0] * 9, [-1, 5], [0, 0]])
def test_impossible_respacing(sections: str | list[int]) -> None:
    with pytest.raises(ValueError, match="timesteps"):
        kept_steps(1000, sections)


def test_unknown_schedule() -> None:
    with pytest.raises(ValueError, match="'cosine' is not one of squaredcos_cap_v2, linear"):
        make_schedule("cosine")


@pytest.mark.parametrize(
    ("t", "beta", "level", "floor", "c1", "c2"),
    [
        (0, 4.128422e-5, 0.9999587158, -10.73408253, 1, 0),
        (1, 4.614176e-5, 0.9999125759, -10.73408253, 0.5277814, 0.4722186),
        (50, 2.848710e-4, 0.9917246846, -8.19821997, 0.03428634, 0.9657134),
        (99, 5.269048e-4, 0.9720927371, -7.56702469, 0.01862015, 0.9813780),
    ],
)
def test_constants(t: int, beta: float, level: float, floor: float, c1: float, c2: float) -> None:
    schedule = make_schedule(sections=[100] + [0] * 9)
    assert schedule.betas[t] == pytest.approx(beta, rel=1e-6)
    assert schedule.alphas_cumprod[t] == pytest.approx(level, rel=1e-9)
    assert schedule.posterior_log_variance_clipped[t] == pytest.approx(floor, rel=1e-8)
    assert schedule.posterior_mean_coef1[t] == pytest.approx(c1, rel=1e-6)
    assert schedule.posterior_mean_coef2[t] == pytest.approx(c2, rel=1e-6, abs=1e-12)


def test_windows() -> None:
    assert window_bounds(257, 1024, 128) == [(0, 257)]
    assert window_bounds(1024, 1024, 128) == [(0, 1024)]
    assert window_bounds(1025, 1024, 128) == [(0, 1024), (768, 1025)]
    assert window_bounds(2000, 1024, 128) == [(0, 1024), (768, 1792), (1536, 2000)]
    assert window_bounds(256, 1024, 128) == [(0, 256)]
    assert window_bounds(256, 1024, 128, short_maps=False) == []
    assert window_bounds(0, 1024, 128) == []


_BEND = [(100, 100), (200, 200), (300, 100)]


@pytest.mark.parametrize(
    ("kind", "points", "length", "total", "end"),
    [
        ("B", _BEND, 150, 229.553, (234.548, 144.029)),
        ("B", [(100, 100), (200, 200), (200, 200), (300, 100)], 200, 282.843, (241.421, 158.579)),
        ("P", _BEND, 200, 314.054, (241.640, 190.827)),
        ("P", [(100, 100), (200, 100), (300, 100)], 150, 200, (250, 100)),
        ("C", _BEND, 150, 288.769, (205.640, 199.371)),
        ("P", [(100, 100), (150, 180), (220, 190), (300, 100)], 150, 246.160, (224.146, 157.610)),
        ("B", [(100, 100), (200, 100)], 500, 100, (200, 100)),
        ("B", [(50, 60), (50, 60)], 10, 0, (50, 60)),
    ],
)
def test_path_ends(kind: str, points: list, length: float, total: float, end: tuple[float, float]) -> None:
    control = ControlPoints(np.zeros(len(points), dtype=int), np.array([kind]))
    totals, ends = ends_at(control, np.array(points, dtype=float), np.array([length], dtype=float))
    assert totals[0] == pytest.approx(total, abs=1e-3)
    assert ends[0] == pytest.approx(end, abs=1e-3)


def test_many_paths_at_once_equal_single_ones() -> None:
    random = np.random.RandomState(3)
    sizes = random.randint(2, 9, size=60)
    kinds = np.array(["B", "P", "C"])[random.randint(3, size=60)]
    points = random.uniform(0, 512, size=(sizes.sum(), 2)).round(-2)  # coarse: equal neighbours split paths
    lengths = random.uniform(0, 900, size=60)
    owner = np.repeat(np.arange(60), sizes)
    totals, ends = ends_at(ControlPoints(owner, kinds), points, lengths)
    for index in range(60):
        own = points[owner == index]
        one = ControlPoints(np.zeros(len(own), dtype=int), kinds[index : index + 1])
        total, end = ends_at(one, own, lengths[index : index + 1])
        assert total[0] == pytest.approx(totals[index]) and end[0] == pytest.approx(ends[index])


def test_repeat_classes() -> None:
    assert [repeat_class(spans) for spans in (1, 2, 3, 4, 5, 6, 7, 8)] == [0, 1, 2, 3, 4, 3, 4, 3]


def test_sinusoids() -> None:
    row = sinusoid(torch.tensor([1000.0]), 128)[0]
    assert row[[0, 1, 63, 64, 127]].tolist() == pytest.approx(
        [0.5623791, 0.4399279, 0.9933398, 0.8268796, 0.1152217], abs=1e-5
    )
    row = sinusoid(torch.tensor([99]), 256)[0]
    assert row[[0, 1, 128, 255]].tolist() == pytest.approx([0.0398209, -0.5229861, -0.9992068, 0.0106384], abs=1e-5)


def test_coordinates_go_there_and_back() -> None:
    pixels = np.array([[0.0, 0.0], [256.0, 192.0], [512.0, 384.0]])
    assert normalised(pixels).tolist() == [[-1, 0, 1], [-1, 0, 1]]
    assert normalised(pixels, "v1").tolist() == [[0, 0.5, 1], [0, 0.5, 1]]
    for family in ("v1", "v2"):
        assert in_pixels(normalised(pixels, family), family).T.tolist() == pixels.tolist()


def test_band_is_lopsided() -> None:
    row = ~band_mask(12, 3)[5]
    assert row.nonzero().flatten().tolist() == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("size", [5, 24, 25, 50])
def test_blocks_equal_the_dense_mask(size: int) -> None:
    torch.manual_seed(0)
    model = DiT(variant("DiT-T", 4, band=8)).eval()
    x, c, y, t = torch.randn(2, 2, size), torch.randn(2, 272, size), torch.randn(2, 4), torch.tensor([3, 90])
    with torch.no_grad():
        plain = model(x, t, c, y, band_mask(size, 8))
        torch.testing.assert_close(model(x, t, c, y, Band(8)), plain, rtol=0, atol=1e-5)
        cut = size - 2
        padded = model(x, t, c, y, Band(8, cut))[..., :cut]
        alone = model(x[..., :cut], t, c[..., :cut], y, Band(8))
        torch.testing.assert_close(padded, alone, rtol=0, atol=1e-5)


def test_unknown_variant() -> None:
    with pytest.raises(ValueError, match="'DiT-Z' is not one of DiT-XL, DiT-L, DiT-B, DiT-S"):
        variant("DiT-Z", 3)


@pytest.mark.parametrize(
    ("name", "count"), [("DiT-S", 33198724), ("DiT-B", 131278084), ("DiT-L", 459385860), ("DiT-XL", 676720516)]
)
def test_sizes(name: str, count: int) -> None:
    with torch.device("meta"):
        assert sum(value.numel() for value in DiT(variant(name, 1000)).parameters()) == count


def test_training_starts_with_no_noise_predicted() -> None:
    model = DiT(variant("DiT-T", 4))
    initialise(model)
    out = model(torch.randn(1, 2, 6), torch.tensor([5]), torch.randn(1, 272, 6), torch.randn(1, 4))
    assert (out == 0).all()


def toy() -> tuple[DiT, Tensor, Tensor, Tensor]:
    """Model, x, c and the two class rows of section 12."""
    model = DiT(DiTConfig(2, 32, 4, 10, band=3)).eval().requires_grad_(False)
    for index, value in enumerate(model.state_dict().values()):
        value.copy_(
            (0.1 * torch.sin(0.37 * torch.arange(value.numel(), dtype=torch.float64) + index)).view(value.shape)
        )
    j = torch.arange(12)
    x = torch.stack([0.6 * torch.sin(0.9 * j), 0.6 * torch.cos(0.7 * j)])[None]
    c = context_of(1000 + 150.0 * j, 10.0 * j, j)[None]
    y = torch.zeros(2, 10)
    y[0, [2, 7]] = 1
    y[1, 9] = 1
    return model, x, c, y


def test_toy_forward() -> None:
    model, x, c, y = toy()
    out = model(x, torch.tensor([57]), c, y[:1], Band(3))[0]
    for column, wanted in {
        0: (-1.160711, -1.451405, -1.011096, -0.048600),
        5: (-0.566844, -0.543253, -0.247114, 0.185540),
        11: (-0.492161, -0.540054, -0.317013, 0.077828),
    }.items():
        assert out[:, column].tolist() == pytest.approx(wanted, abs=2e-4)
    assert float(out.sum()) == pytest.approx(-13.67992, abs=2e-3)
    free = model(x, torch.tensor([57]), c, y[:1])[0]
    assert free[:, 5].tolist() == pytest.approx((-0.570456, -0.543936, -0.244522, 0.190096), abs=2e-4)


@pytest.mark.parametrize(
    ("scale", "fixed", "wanted"),
    [
        (1.0, 0, {0: (0.291747, 0.832505), 5: (-0.457593, -0.413222), 11: (-0.065968, 0.228822)}),
        (2.0, 0, {0: (0.291737, 0.832501), 5: (-0.457584, -0.413205), 11: (-0.065962, 0.228824)}),
        (1.0, 4, {5: (-0.458087, -0.414054)}),
    ],
)
def test_toy_sampling(scale: float, fixed: int, wanted: dict[int, tuple[float, float]]) -> None:
    model, x, c, y = toy()
    process = ReverseProcess(make_schedule(sections=[100] + [0] * 9), (-2, 2))
    draws = iter(torch.sin(1.7 * torch.arange(48) + 0.3 * s).view(2, 2, 12) for s in range(100))
    context, free = model.context(c), torch.arange(12) >= fixed
    result = process.run(
        x,
        lambda x, t: model.guided(x, t, context, y, scale, Band(3))[:1],
        lambda shape: next(draws),
        lambda start: torch.where(free, start, x),
    )[0]
    for column, value in wanted.items():
        assert result[:, column].tolist() == pytest.approx(value, abs=2e-4)
    assert torch.allclose(result[:, :fixed], x[0, :, :fixed], atol=1e-6)
