"""The top of the picture: what map this is, with its numbers; and the legend at the bottom."""

from __future__ import annotations

from PIL import Image

from osuT5.beatmap.timing import most_common_beat_length

from .canvas import Canvas, text_width
from .scene import Scene
from .theme import DIM, KINDS, MARGIN, MODE_NAMES, TEXT, WIDTH, Rgb, clock, mix, star_colour

_HEIGHT = 112
_LEGEND_HEIGHT = 40


def draw_header(scene: Scene) -> Image.Image:
    canvas = Canvas(WIDTH, _HEIGHT)
    meta = scene.beatmap.metadata
    badge = _badge(canvas, scene)
    room = badge - MARGIN - 20
    canvas.text((MARGIN, 16), _fit(f"{meta.artist} - {meta.title}", 26, room), 26, TEXT)
    canvas.text((MARGIN, 50), _fit(f"[{meta.version}]  mapped by {meta.creator}", 17, room), 17, DIM)
    canvas.text((MARGIN, 80), "     ".join(_numbers(scene)), 15, TEXT)
    return canvas.image()


def _badge(canvas: Canvas, scene: Scene) -> float:
    """Stars and mode at the right; returns where they begin."""
    mode = MODE_NAMES[scene.beatmap.mode]
    label = "no rating" if scene.stars is None else f"{scene.stars:.2f} stars"
    colour = DIM if scene.stars is None else star_colour(scene.stars)
    width = text_width(label, 20) + 36
    left = WIDTH - MARGIN - width
    canvas.box(left, 16, WIDTH - MARGIN, 50, fill=colour, radius=17)
    bright = sum(colour) > 330
    canvas.text((left + width / 2, 33), label, 20, (20, 20, 26) if bright else TEXT, "mm")
    canvas.text((WIDTH - MARGIN - width / 2, 64), mode, 15, DIM, "mm")
    return left


def _numbers(scene: Scene) -> list[str]:
    beatmap = scene.beatmap
    difficulty = beatmap.difficulty
    counts = [0] * len(KINDS[beatmap.mode])
    for thing in scene.things:
        counts[thing.kind] += 1
    objects = ", ".join(f"{n} {name}" for (name, _), n in zip(KINDS[beatmap.mode], counts, strict=True) if n)
    size = {1: "", 3: f"{difficulty.key_count}K  "}.get(beatmap.mode, f"CS {difficulty.circle_size:g}  ")
    reach = "" if beatmap.mode in (1, 3) else f"AR {difficulty.approach_rate:g}  "
    return [
        f"{clock(scene.last - scene.first)} long, {clock(max(0, scene.play.drain_time))} of play",
        _tempo(scene),
        objects,
        f"{size}{reach}OD {difficulty.overall_difficulty:g}  HP {difficulty.hp_drain_rate:g}",
        f"SV {difficulty.slider_multiplier:g}  tick rate {difficulty.slider_tick_rate:g}",
    ]


def _tempo(scene: Scene) -> str:
    tempos = [60000 / point.beat_length for point in scene.timing.beats.points] or [60.0]
    usual = 60000 / most_common_beat_length(scene.beatmap, scene.last)
    low, high = min(tempos), max(tempos)
    return f"{usual:.4g} BPM" if high - low < 0.05 else f"{usual:.4g} BPM ({low:.4g} to {high:.4g})"


def _fit(text: str, size: float, room: float) -> str:
    text = " ".join(text.split())[:300]
    while text_width(text, size) > room and len(text) > 4:
        text = text[:-4] + "..."
    return text


def draw_legend(scene: Scene, entries: list[tuple[str, Rgb]]) -> Image.Image:
    """Colours of the object plots, in words."""
    canvas = Canvas(WIDTH, _LEGEND_HEIGHT)
    x = float(MARGIN)
    for name, colour in entries:
        canvas.circle((x + 6, 16), 6, fill=colour, outline=mix(colour, TEXT, 0.4))
        canvas.text((x + 18, 16), name, 13, DIM, "lm")
        x += text_width(name, 13) + 48
    return canvas.image()
