"""What the refiner promises besides equality: warnings, limits, playfield, in-painting, one null half less."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from osu_diffusion.checkpoint import Refiner
from osu_diffusion.classes import ClassTable
from osu_diffusion.elements import Elements, elements_of
from osu_diffusion.model import DiT, variant
from osu_diffusion.refine import SongFacts, applies, refine_positions
from osu_diffusion.sampler import free_elements
from osu_diffusion.settings import RefinerSettings
from osuT5.beatmap.timing_lines import parse_timing_lines
from osuT5.compat import Compat
from osuT5.config import Conditions, DataLayout
from osuT5.events.event import Event, EventStream, EventType

LAYOUT = DataLayout()
CORRECTED = Compat()
FACTS = SongFacts(parse_timing_lines(["0,500,4,2,0,50,1,0"]), Conditions(circle_size=4, slider_multiplier=1.4))
FEW = RefinerSettings(timesteps=[4] + [0] * 9, precision="fp32")
T = EventType


def refiner(scale: float = 1.0) -> Refiner:
    torch.manual_seed(0)
    table = ClassTable(num_diff_classes=26, num_cs_classes=22)
    model = DiT(variant("DiT-T", table.width)).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.mul_(scale)
    return Refiner(model, table)


def circles(positions: list[tuple[int, int]]) -> EventStream:
    events = []
    for index, (x, y) in enumerate(positions):
        events += [Event(T.CIRCLE), Event(T.TIME_SHIFT, 1000 + 200 * index), Event(T.DISTANCE, 50)]
        events += [Event(T.POS_X, x), Event(T.POS_Y, y)]
    return EventStream(events, [0] * len(events))


def slider(x: int, y: int, time: int, far: tuple[int, int], bend: tuple[int, int] | None = None) -> list[Event]:
    events = [Event(T.SLIDER_HEAD), Event(T.TIME_SHIFT, time), Event(T.POS_X, x), Event(T.POS_Y, y)]
    events += [Event(T.SCROLL_SPEED, 100)]
    if bend:
        events += [Event(T.PERFECT_ANCHOR), Event(T.POS_X, bend[0]), Event(T.POS_Y, bend[1])]
    for kind in (T.LAST_ANCHOR, T.SLIDER_END):
        events += [Event(kind), Event(T.TIME_SHIFT, time + 500), Event(T.POS_X, far[0]), Event(T.POS_Y, far[1])]
    return events


def positions(stream: EventStream) -> list[tuple[int, int]]:
    xs = [event.value for event in stream.events if event.type is T.POS_X]
    ys = [event.value for event in stream.events if event.type is T.POS_Y]
    return list(zip(xs, ys, strict=True))


def run(
    stream: EventStream, settings: RefinerSettings = FEW, compat: Compat = CORRECTED, **more: object
) -> EventStream:
    model = more.pop("refiner", None) or refiner()
    generator = torch.Generator().manual_seed(1)
    return refine_positions(stream, model, FACTS, LAYOUT, settings, compat, generator=generator, **more)  # type: ignore[arg-type]


def test_short_maps_are_refined_and_distances_become_positions() -> None:
    stream = circles([(100, 100), (200, 150), (300, 200)])
    result = run(stream)
    assert [event.type for event in result.events] == [T.CIRCLE, T.TIME_SHIFT, T.POS_X, T.POS_Y] * 3
    assert positions(result) != positions(stream)
    assert positions(run(stream, compat=Compat("published"))) == [p for p in positions(stream) for _ in range(2)]


def test_same_generator_same_positions() -> None:
    stream = circles([(100, 100), (200, 150), (300, 200)])
    assert run(stream) == run(stream)


@pytest.mark.parametrize(
    "stream",
    [
        EventStream(),
        EventStream([Event(T.BEAT), Event(T.TIME_SHIFT, 10)], [10, 10]),
        EventStream(
            [Event(T.SPINNER), Event(T.TIME_SHIFT, 10), Event(T.SPINNER_END), Event(T.TIME_SHIFT, 900)], [10] * 4
        ),
    ],
    ids=["empty", "no objects", "no positions"],
)
def test_maps_without_positions_stay(stream: EventStream, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert run(stream) is stream
    assert "positions are left as they are" in caplog.text


def test_results_that_are_not_finite_leave_the_events(caplog: pytest.LogCaptureFixture) -> None:
    stream = circles([(100, 100), (200, 150)])
    with caplog.at_level(logging.WARNING):
        assert run(stream, refiner=refiner(float("nan"))) is stream
    assert "not finite" in caplog.text


def test_input_that_is_not_finite_leaves_the_events(caplog: pytest.LogCaptureFixture) -> None:
    stream = circles([(100, 100), (200, 150)])
    stream.events[3] = Event(T.POS_X, float("nan"))  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        assert run(stream) is stream
    assert "its positions are not all finite" in caplog.text


def test_only_the_range_changes() -> None:
    stream = circles([(100, 100)] * 10)
    settings = replace(FEW, start_time=1400, end_time=2000)
    result = positions(run(stream, settings))
    moved = [index for index, position in enumerate(result) if position != (100, 100)]
    assert moved == [2, 3, 4, 5]
    assert run(stream, replace(FEW, start_time=99999)).events == [e for e in stream.events if e.type is not T.DISTANCE]


def test_times_out_of_order_are_compared_one_by_one() -> None:
    times, settings = np.array([0.0, 900.0, 100.0, 500.0]), replace(FEW, start_time=50, end_time=600)
    elements = Elements(np.zeros((4, 2)), times, np.zeros(4), np.array([0, 0, 4, 10]))
    assert free_elements(elements, settings, CORRECTED).tolist() == [False, False, True, True]
    assert free_elements(elements, settings, Compat("published")).tolist() != [False, False, True, True]
    assert free_elements(elements, replace(settings, heads=False), CORRECTED).tolist() == [False, False, False, True]


def test_without_heads_only_slider_paths_change() -> None:
    events = [*slider(100, 100, 1000, (150, 120)), *circles([(200, 150)]).events]
    stream = EventStream(events, [0] * len(events))
    before, after = positions(stream), positions(run(stream, replace(FEW, heads=False)))
    assert (after[0], after[-1]) == (before[0], before[-1])
    assert after[1] != before[1]


def test_sliders_outside_the_range_stay() -> None:
    far = slider(100, 100, 1000, (150, 100)) + slider(300, 300, 5000, (200, 300))
    stream = EventStream(far, [0] * len(far))
    settings = replace(FEW, start_time=4000)
    assert positions(run(stream, settings))[:3] == [(100, 100), (150, 100), (150, 100)]
    published = replace(settings, overlap_buffer=2, max_seq_len=64)
    assert positions(run(stream, published, Compat("published")))[:3] == [(100, 100), (150, 100), (150, 100)]


def test_slider_ends_lie_at_their_length() -> None:
    events = slider(100, 200, 1000, (300, 200))
    settings = replace(FEW, start_time=90000)  # nothing is free: published still moves the end
    result = positions(run(EventStream(events, [0] * len(events)), settings))
    assert result == [(100, 200), (300, 200), (300, 200)]
    moved = positions(run(EventStream(events, [0] * len(events))))
    length = 1.4 * 100  # one beat at velocity 1
    head, last, end = (np.array(point) for point in moved)
    reachable = min(length, float(np.linalg.norm(last - head)))
    assert np.linalg.norm(end - head) == pytest.approx(reachable, abs=1.5)


def test_positions_keep_to_the_playfield() -> None:
    stream = circles([(-200, -90), (700, 500), (512, 384), (0, 0)] * 8)
    for x, y in positions(run(stream, refiner=refiner(4.0))):
        assert 0 <= x <= 512 and 0 <= y <= 384
    published = positions(run(stream, compat=Compat({"refiner_leaves_playfield": "published"}), refiner=refiner(4.0)))
    assert any(not (0 <= x <= 512 and 0 <= y <= 384) for x, y in published)


def test_a_zero_coordinate_is_a_coordinate() -> None:
    stream = circles([(0, 100), (200, 0)])
    assert elements_of(stream, True, CORRECTED).elements.positions.tolist() == [[0, 100], [200, 0]]
    assert elements_of(stream, True, Compat("published")).elements.positions.tolist() == [[256, 192]] * 2


def test_split_last_anchor_is_one_element() -> None:
    events = [Event(T.TIME_SHIFT, 1000), Event(T.POS_X, 50), Event(T.POS_Y, 60), Event(T.SLIDER_HEAD)]
    events += [Event(T.POS_X, 90), Event(T.POS_Y, 60), Event(T.LAST_ANCHOR)]
    events += [Event(T.TIME_SHIFT, 1500), Event(T.LAST_ANCHOR), Event(T.TIME_SHIFT, 2000), Event(T.SLIDER_END)]
    stream = EventStream(events, [0] * len(events))
    found = elements_of(stream, False, CORRECTED)
    assert found.elements.types.tolist() == [4, 10, 12]
    assert found.elements.times.tolist() == [1000, 1500, 2000]
    assert found.of_event == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]
    assert len(elements_of(stream, False, Compat("published")).elements) == 4


def test_the_null_half_is_left_out_at_scale_1(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, rows = circles([(100, 100), (200, 150), (300, 200)]), []
    plain = DiT.denoise
    monkeypatch.setattr(
        DiT, "denoise", lambda self, x, t, c, y, mask=None: rows.append(len(y)) or plain(self, x, t, c, y, mask)
    )  # type: ignore[func-returns-value]
    run(stream)
    assert rows == [1] * 4
    rows.clear()
    run(stream, replace(FEW, cfg_scale=2.0))
    assert rows == [2] * 4


def test_padding_changes_nothing() -> None:
    stream = circles([(100 + 3 * i, 100 + i) for i in range(40)])
    padded = replace(FEW, pad_sequence=True, max_seq_len=64, overlap_buffer=8)
    assert _close(run(stream, padded, noise=_counted), run(stream, replace(padded, pad_sequence=False), noise=_counted))


def _counted(shape: tuple[int, ...]) -> torch.Tensor:
    """Noise by position alone, so that padding does not shift it."""
    return torch.sin(1.7 * torch.arange(shape[-1]) + torch.arange(2)[:, None]).expand(shape)


def _close(first: EventStream, second: EventStream) -> bool:
    return np.abs(np.array(positions(first)) - np.array(positions(second))).max() <= 1


def test_bf16_stays_within_a_pixel() -> None:
    stream = circles([(100 + 3 * i, 100 + i) for i in range(40)])
    assert _close(run(stream), run(stream, replace(FEW, precision="bf16")))


def test_progress_counts_all_steps() -> None:
    seen: list[tuple[int, int]] = []
    run(circles([(100, 100)] * 20), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_polish_uses_the_model_it_was_given() -> None:
    stream = circles([(100, 100), (200, 150), (300, 200)])
    other = refiner(3.0)
    corrected = run(stream, polish=other)
    published = run(stream, compat=Compat({"refiner_polish_model": "published"}), polish=other)
    assert positions(corrected) != positions(published)


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap_buffer: 512 must be"):
        RefinerSettings(overlap_buffer=512)
    with pytest.raises(ValueError, match="precision: 'fp8' is not one of"):
        RefinerSettings(precision="fp8")
    with pytest.raises(ValueError, match="200 steps asked of a section of 100"):
        run(circles([(1, 1)]), replace(FEW, timesteps=[200] + [0] * 9))


def test_applies_to_standard_and_catch_maps_only() -> None:
    assert [mode for mode in range(4) if applies(mode, ["timing", "map"])] == [0, 2]
    assert not applies(0, ["timing"])
