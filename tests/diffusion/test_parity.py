"""The refiner against recorded runs of the published system, one case a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from osu_diffusion.checkpoint import load_published
from osu_diffusion.classes import class_vectors
from osu_diffusion.coordinates import context_of_elements, normalised
from osu_diffusion.elements import elements_of
from osu_diffusion.guides import slider_guides
from osu_diffusion.model import DiT, sinusoid, variant
from osu_diffusion.refine import refine_positions
from osu_diffusion.reverse import ReverseProcess
from osu_diffusion.schedule import make_schedule
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.events.event import EventType
from tests.shared_data import cases, load_json, need

from . import golden

pytestmark = pytest.mark.parity

_CURVES = {"B": "Bezier", "P": "PerfectCurve", "C": "Catmull"}
_SECTIONS = {
    "v29_100": ("squaredcos_cap_v2", [100] + [0] * 9),
    "v30_10": ("squaredcos_cap_v2", [10] + [0] * 99),
    "uniform_250": ("squaredcos_cap_v2", "250"),
    "full": ("squaredcos_cap_v2", ""),
    "linear_20": ("linear", "20"),
}


@pytest.mark.parametrize("path", cases("golden/diffusion/schedules.npz"))
def test_schedules(path: Path) -> None:
    data = np.load(need(path))
    for name in data:
        run = next(key for key in _SECTIONS if name.startswith(f"{key}_"))
        schedule = make_schedule(_SECTIONS[run][0], 1000, _SECTIONS[run][1])
        ours = getattr(schedule, name.removeprefix(f"{run}_"))
        np.testing.assert_allclose(ours, data[name], rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("path", cases("golden/diffusion/forward.npz"))
def test_forward(path: Path) -> None:
    data = {name: torch.from_numpy(value) for name, value in np.load(need(path)).items()}
    model, mask = golden.tiny().model, data["attn_mask"]
    x, t, c, y = (data[name] for name in "xtcy")
    with torch.no_grad():
        found = {
            "out_no_mask": model(x, t, c, y),
            "out_mask": model(x, t, c, y, mask),
            "out_cfg1": model.guided(x[:1], t[:1], model.context(c), y, 1.0, mask),
            "out_cfg2_5": model.guided(x[:1], t[:1], model.context(c), y, 2.5, mask),
        }
    embedded = sinusoid(x[:1] * 512, 128)
    found["position_sequence_embedding_128"] = torch.cat([embedded[:, 0], embedded[:, 1]], dim=-1)
    for name, ours in found.items():
        torch.testing.assert_close(ours, data[name], rtol=0, atol=1e-5, msg=name)


@pytest.mark.parametrize("path", cases("golden/diffusion/sample25.npz"))
def test_sample25(path: Path) -> None:
    data = np.load(need(path))
    steps = _sampled(data, float(data["cfg_scale"]))
    for index, ours in enumerate(steps):
        np.testing.assert_allclose(ours, data["samples"][index, 0], rtol=0, atol=1e-4, err_msg=f"step {index}")


def _sampled(data: np.lib.npyio.NpzFile, scale: float) -> list[np.ndarray]:
    inputs = {name: torch.from_numpy(value) for name, value in np.load(golden.GOLDEN / "forward.npz").items()}
    model = golden.tiny().model
    process = ReverseProcess(make_schedule(sections=[25] + [0] * 9), (-2, 2))
    x, steps, mask = torch.from_numpy(data["start"])[:1], [], inputs["attn_mask"]
    with torch.no_grad():
        context = model.context(inputs["c"])
        for index, step in enumerate(reversed(range(25))):
            noise = torch.from_numpy(data["noise"][index])[:1]
            x = process.step(
                x, step, lambda x, t: model.guided(x, t, context, inputs["y"], scale, mask)[:1], None, noise
            )
            steps.append(x[0].numpy())
    return steps


@pytest.mark.parametrize("path", cases("golden/diffusion/pipeline_*.json.gz"))
def test_pipeline(path: Path) -> None:
    case = load_json(path)
    arrays = path.with_name(path.name.replace(".json.gz", ".npz"))
    noise, compat = golden.RecordedNoise(need(arrays)), Compat("published")
    layout, facts = VERSIONS[case["config"]].layout, golden.facts(case)
    stream = golden.stream(case["events_in"])
    polish = golden.tiny() if case["settings"].get("refine_with_same_model") else None
    result = refine_positions(
        stream, golden.tiny(), facts, layout, golden.settings(case), compat, noise=noise, polish=polish
    )
    assert noise.left == 0
    wanted = golden.stream(case["events_out"]).events
    assert [event.type for event in result.events] == [event.type for event in wanted]
    for ours, theirs in zip(result.events, wanted, strict=True):
        position = ours.type in (EventType.POS_X, EventType.POS_Y)
        assert abs(ours.value - theirs.value) <= (1 if position else 0), (ours, theirs)
    assert len(result.times) == len(result.events)


@pytest.mark.parametrize("path", cases("golden/diffusion/pipeline_*.json.gz"))
def test_sequence(path: Path) -> None:
    case, compat = load_json(path), Compat("published")
    data = np.load(need(path.with_name(path.name.replace(".json.gz", ".npz"))))
    layout, facts = VERSIONS[case["config"]].layout, golden.facts(case)
    found = elements_of(golden.stream(case["events_in"]), layout.types_first, compat)
    assert len(found.elements) == case["seq_len"]
    assert dict(enumerate(found.of_event)) == {int(key): value for key, value in case["seq_indices"].items()}
    np.testing.assert_array_equal(found.elements.times, data["seq_o"])
    np.testing.assert_allclose(normalised(found.elements.positions), data["seq_x"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(context_of_elements(found.elements), data["seq_c"], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(
        class_vectors(golden.tiny().classes, facts.conditions, compat)[0], data["class_vector"]
    )
    guides = slider_guides(found.groups, facts.timing or (), facts.conditions.slider_multiplier or 1.4)
    ours = [(list(g.entries), g.end, _CURVES[g.kind], g.length) for g in guides] if layout.add_sv else []
    wanted = [(s["seq_indices"], s["end_index"], s["curve_type"], s["length"]) for s in case["sliders"]]
    assert ours == wanted


@pytest.mark.parametrize("path", cases("golden/diffusion/tokenizer_summary.json"))
def test_class_table(path: Path) -> None:
    wanted = load_json(path)
    folder = need(golden.GOLDEN / "model")
    for table in (golden.tiny().classes, load_published(folder).classes):
        for name, value in table.to_dict().items():
            assert (len(value) if isinstance(value, dict) else value) == wanted[name], name
        assert table.width == wanted["num_tokens"]
        blocks = {"diff": "difficulty", "mapper": "mapper", "descriptor": "descriptor", "cs": "circle_size"}
        assert {f"{short}_unk": table.unknown(name) for short, name in blocks.items()}.items() <= wanted.items()
        assert {key: table.difficulty(float(key)) for key in wanted["encode_diff"]} == wanted["encode_diff"]
        assert {key: table.circle_size(float(key)) for key in wanted["encode_cs"]} == wanted["encode_cs"]
        users = table.beatmap_mapper
        assert {k: table.mapper(users.get(int(k), -1)) for k in wanted["encode_mapper"]} == wanted["encode_mapper"]
        assert {k: table.mapper(int(k)) for k in wanted["encode_mapper_id"]} == wanted["encode_mapper_id"]


@pytest.mark.parametrize("path", cases("golden/diffusion/model/model_ema.pkl"))
def test_published_files(path: Path) -> None:
    published, own = load_published(need(path).parent), golden.tiny()
    assert published.classes == own.classes
    for name, value in own.model.state_dict().items():
        assert torch.equal(published.model.state_dict()[name], value), name


@pytest.mark.parametrize("path", cases("golden/diffusion/state_dict_DiT-B.json"))
def test_shapes_of_dit_b(path: Path) -> None:
    wanted = load_json(path)
    with torch.device("meta"):
        state = DiT(variant("DiT-B", wanted["y_embedder.class_embedding.0.weight"][1])).state_dict()
    assert [(name, list(value.shape)) for name, value in state.items()] == list(wanted.items())


@pytest.mark.parametrize("path", cases("golden/diffusion/tiny_state_dict_shapes.json"))
def test_shapes_of_tiny(path: Path) -> None:
    state = golden.tiny().model.state_dict()
    assert [(name, list(value.shape)) for name, value in state.items()] == list(load_json(path).items())
