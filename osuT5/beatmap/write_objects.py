"""Lines of [HitObjects] (spec 07 section 12)."""

from __future__ import annotations

import math

from osuT5.beatmap.flatten import Point, arc_through, is_collinear, spline_pieces
from osuT5.beatmap.model import LAZER_VERSION, Beatmap, Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.numbers import plain_number
from osuT5.beatmap.path import ControlPoint, Kind, control_points

NO_SAMPLE = "0:0:0:0:"
KIND_BITS = {Circle: 1, Slider: 2, Spinner: 8, Hold: 128}
ALL_KINDS = 1 | 2 | 8 | 128


def needs_lazer(beatmap: Beatmap) -> bool:
    """Whether something in ``beatmap`` cannot be said in version 14."""
    for item in beatmap.hit_objects:
        if not _whole((item.x, item.y)):
            return True
        if isinstance(item, Slider) and _slider_needs_lazer(item):
            return True
    return False


def _slider_needs_lazer(slider: Slider) -> bool:
    mixed = len(slider.curves) > 1 or any(letter[0] == "B" and len(letter) > 1 for _, letter in slider.curves)
    return (
        mixed
        or not all(_whole(point) for point in slider.points)
        or control_points(slider, LAZER_VERSION) != control_points(slider)
    )


def _whole(point: Point) -> bool:
    return all(value == int(value) for value in point)


def object_line(item: HitObject, beatmap: Beatmap, version: int) -> str:
    """The line of ``item``, all fields given; sliders without any sound of their own end after the length."""
    lazer = version >= LAZER_VERSION
    x, y = (item.x, item.y) if lazer else (round(item.x), round(item.y))
    head = f"{plain_number(x)},{plain_number(y)},{plain_number(item.time)},{_bits(item)},{item.hit_sound}"
    sample = full_sample(item.hit_sample)
    if isinstance(item, Slider):
        path = item.path_text if lazer else _stable_path(item, beatmap.format_version)
        return f"{head},{path},{item.slides}{_slider_tail(item, sample)}"
    if isinstance(item, Spinner):
        return f"{head},{plain_number(item.end_time)},{sample}"
    if isinstance(item, Hold):
        return f"{head},{plain_number(item.end_time)}:{sample}"
    return f"{head},{sample}"


def _slider_tail(slider: Slider, sample: str) -> str:
    length = None if slider.length is None else plain_number(slider.length)
    if not (slider.edge_sounds or slider.edge_sets or slider.hit_sample):
        return "" if length is None else f",{length}"
    sounds = "|".join(str(sound) for sound in slider.edge_sounds)
    return f",{length or 0},{sounds},{'|'.join(slider.edge_sets)},{sample}"


def full_sample(text: str) -> str:
    """A hit sample with all its parts; nothing given for an empty text."""
    given = text.split(":") if text else []
    return ":".join(given + NO_SAMPLE.split(":")[len(given) :])


def _bits(item: HitObject) -> int:
    """The type as written, unless it says another kind of object."""
    kind = KIND_BITS[type(item)]
    first = next((bit for bit in (1, 2, 8, 128) if item.type_bits & bit), 0)
    return item.type_bits if first == kind else item.type_bits & ~ALL_KINDS | kind


def _stable_path(slider: Slider, version: int) -> str:
    if version >= LAZER_VERSION and _slider_needs_lazer(slider) and slider.curves:
        points = bezier_points(control_points(slider, version))
        return "|".join(["B", *(f"{round(x + slider.x)}:{round(y + slider.y)}" for x, y in points[1:])])
    if all(_whole(point) for point in slider.points):
        return slider.path_text
    whole = [(float(round(x)), float(round(y))) for x, y in slider.points]
    return Slider(0, 0, 0, 2, 0, curves=slider.curves, points=whole).path_text


def bezier_points(points: list[ControlPoint]) -> list[Point]:
    """A path of any kinds as Bezier pieces, joined by doubled points; arcs are approximated by cubic curves."""
    result: list[Point] = []
    start = 0
    for index, point in enumerate(points):
        if index and (point.kind is not None or index + 1 == len(points)):
            piece = [(item.x, item.y) for item in points[start : index + 1]]
            for bezier in _beziers(piece, points[start]):
                result += bezier
            start = index
    return result or [(point.x, point.y) for point in points[:1]]


def _beziers(piece: list[Point], first: ControlPoint) -> list[list[Point]]:
    if first.kind is Kind.LINEAR:
        return [list(leg) for leg in zip(piece, piece[1:], strict=False)]
    if first.kind is Kind.CATMULL:
        return _catmull_beziers(piece)
    if first.kind is Kind.PERFECT and len(piece) == 3 and not is_collinear(*piece):
        return _arc_beziers(*piece)
    if first.degree:
        return spline_pieces(piece, first.degree)
    return [piece]


def _catmull_beziers(points: list[Point]) -> list[list[Point]]:
    result = []
    for i in range(len(points) - 1):
        v2, v3 = points[i], points[i + 1]
        v1 = points[i - 1] if i else v2
        v4 = points[i + 2] if i + 2 < len(points) else (2 * v3[0] - v2[0], 2 * v3[1] - v2[1])
        leave = (v2[0] + (v3[0] - v1[0]) / 6, v2[1] + (v3[1] - v1[1]) / 6)
        arrive = (v3[0] - (v4[0] - v2[0]) / 6, v3[1] - (v4[1] - v2[1]) / 6)
        result.append([v2, leave, arrive, v3])
    return result


def _arc_beziers(a: Point, b: Point, c: Point) -> list[list[Point]]:
    """Cubic curves of at most a quarter turn each."""
    arc = arc_through(a, b, c)
    parts = max(1, math.ceil(abs(arc.sweep) / (math.pi / 2)))
    step = arc.sweep / parts
    handle = 4 / 3 * math.tan(step / 4) * arc.radius
    result = []
    for part in range(parts):
        start, end = arc.start + part * step, arc.start + (part + 1) * step
        p, q = arc.at(start), arc.at(end)
        leave = (p[0] - math.sin(start) * handle, p[1] + math.cos(start) * handle)
        arrive = (q[0] + math.sin(end) * handle, q[1] - math.cos(end) * handle)
        result.append([p, leave, arrive, q])
    return result
