"""osu!: hidden and unreadable sliders (O15 to O17 of spec 08 section 7)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from osuT5.beatmap import Slider, Spinner
from osuT5.beatmap.path import Path

from .context import BEAT_AT_180, Facts, Place
from .finding import Finding, Severity
from .level import Level
from .osu_places import Box, box_of
from .osu_sliders import sliders
from .osu_spacing import MAX_NEIGHBOURS

HIDDEN_BEATS = {Level.E: 4.0, Level.N: 3.0, Level.H: 2.0, Level.I: 0.5}
STEP = 5.0  # px between samples of a path
MAX_SAMPLES = 2000
OPPOSITE = -0.7  # largest product of directions that run against each other
COILED = 3.0  # length over the diagonal of the box
NO_TURN_BACK = 0.75 * math.pi  # a path that turns less never runs against itself


def covered(facts: Facts) -> Iterator[Finding]:
    """O15. Earlier objects lie on top until they end."""
    level = facts.level
    if level is None or level not in HIDDEN_BEATS:
        return
    for index, slider in sliders(facts):
        window = HIDDEN_BEATS[level] * BEAT_AT_180
        span = (facts.ends[index] - slider.time) / slider.slides
        arrow = slider.time + span if slider.slides > 1 else None
        for other in range(index - 1, max(index - 1 - MAX_NEIGHBOURS, -1), -1):
            if facts.running_ends[other] <= (arrow or slider.time) - window:
                break
            if isinstance(facts.objects[other], Spinner):
                continue
            what = _hides(facts, other, index, slider, arrow, window)
            if what:
                times = facts.starts[other], slider.time
                yield facts.finding("O15", *times, (other, index), part=what, what=what)
                break


def _hides(facts: Facts, other: int, index: int, slider: Slider, arrow: float | None, window: float) -> str:
    end = facts.ends[other]
    if arrow is not None and end > arrow - window:
        move = facts.offsets[index]
        x, y = facts.play.slider(slider).place(1)
        place = (x + move, y + move)
        if math.dist(place, facts.heads[other]) <= facts.radius or math.dist(place, facts.tails[other]) <= facts.radius:
            return "reverse arrow"
    if isinstance(facts.objects[other], Slider) and end > slider.time - window and _body_hidden(facts, other, index):
        return "slider body"
    return ""


def _body_hidden(facts: Facts, other: int, index: int) -> bool:
    """Whether every vertex of one body is within R of the other's polyline."""
    first, second = facts.objects[other], facts.objects[index]
    move = facts.offsets[index] - facts.offsets[other]
    left, top, right, bottom = box_of(facts, first)
    inner = _moved(box_of(facts, second), move)
    r = facts.radius
    if inner[0] < left - r or inner[1] < top - r or inner[2] > right + r or inner[3] > bottom + r:
        return False
    assert isinstance(first, Slider) and isinstance(second, Slider)
    own = samples(facts.play.slider(second).path)
    cover = samples(facts.play.slider(first).path)
    dx, dy = second.x + move - first.x, second.y + move - first.y
    return all(any(math.hypot(x + dx - a, y + dy - b) <= r for a, b in cover) for x, y in own)


def _moved(box: Box, move: float) -> Box:
    left, top, right, bottom = box
    return left + move, top + move, right + move, bottom + move


def samples(path: Path, step: float = STEP) -> list[Place]:
    """Places every ``step`` px of a path, and its end."""
    count = min(max(int(path.length / step), 1), MAX_SAMPLES)
    vertices, lengths = path.vertices, path.lengths
    if len(vertices) < 2:
        return list(vertices) or [(0.0, 0.0)]
    result: list[Place] = []
    leg = 0
    for number in range(count + 1):
        at = path.length * number / count
        while leg + 2 < len(lengths) and lengths[leg + 1] < at:
            leg += 1
        (x0, y0), (x1, y1) = vertices[leg], vertices[leg + 1]
        size = lengths[leg + 1] - lengths[leg]
        part = (at - lengths[leg]) / size if size > 1e-9 else 0.0
        result.append((x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
    return result


def unreadable(facts: Facts) -> Iterator[Finding]:
    """O16."""
    strict = facts.level is not None and facts.level is not Level.X
    severity = Severity.PROBLEM if strict else Severity.WARNING
    for index, slider in sliders(facts):
        part = unreadable_part(slider, facts.play.slider(slider).path, facts.radius)
        if part is not None:
            value, limit, what = part
            yield facts.finding("O16", slider.time, facts.ends[index], (index,), value, limit, severity, what=what)


def unreadable_part(slider: Slider, path: Path, radius: float) -> tuple[float, float, str] | None:
    """What is measured, what is accepted, and in words what is wrong with a path; None where it can be read."""
    if len(slider.points) < 2:
        return None
    value = _coil(path)
    if value > COILED:
        return value, COILED, f"is {value:.1f} times as long as its box"
    if _turning(slider) > NO_TURN_BACK:
        value = run_back(path, radius)
        if value > radius:
            return value, radius, f"runs back along itself for {value:.0f} px"
    return None


def _coil(path: Path) -> float:
    xs, ys = [x for x, _ in path.vertices], [y for _, y in path.vertices]
    diagonal = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) if xs else 0.0
    return path.length / diagonal if diagonal > 1 else 0.0


def _turning(slider: Slider) -> float:
    """At least the total turning of a Bezier or linear path in radians; infinite for the other kinds that may turn back."""
    if slider.curve == "P" and len(slider.points) == 2:
        return 0.0  # an arc's parts of opposite direction are a diameter apart
    if any(letter[0] not in "BL" for _, letter in slider.curves):
        return math.inf
    total, before = 0.0, None
    x0, y0 = slider.x, slider.y
    for x, y in slider.points:
        if (x, y) != (x0, y0):
            angle = math.atan2(y - y0, x - x0)
            if before is not None:
                turn = abs(angle - before)
                total += min(turn, 2 * math.pi - turn)
            before = angle
        x0, y0 = x, y
    return total


def run_back(path: Path, radius: float) -> float:
    """The longest stretch in px that lies within R/2 of an earlier part, at least 2R before it, of opposite direction."""
    places = samples(path)
    if len(places) < 3:
        return 0.0
    step = path.length / (len(places) - 1)
    reach = max(radius / 2, 1.0)  # side of a grid cell: what is near lies in this cell or beside it
    cells: dict[tuple[int, int], list[int]] = {}
    directions = [_direction(places, i) for i in range(len(places))]
    longest = run = 0.0
    for i, (x, y) in enumerate(places):
        run = run + step if _meets(places, directions, cells, i, reach, radius, step) else 0.0
        longest = max(longest, run)
        cells.setdefault((int(x // reach), int(y // reach)), []).append(i)
    return longest


def _direction(places: list[Place], index: int) -> Place:
    (x0, y0), (x1, y1) = places[max(index - 1, 0)], places[min(index + 1, len(places) - 1)]
    size = math.hypot(x1 - x0, y1 - y0)
    return ((x1 - x0) / size, (y1 - y0) / size) if size else (0.0, 0.0)


def _meets(
    places: list[Place],
    directions: list[Place],
    cells: dict[tuple[int, int], list[int]],
    i: int,
    reach: float,
    radius: float,
    step: float,
) -> bool:
    x, y = places[i]
    dx, dy = directions[i]
    column, row = int(x // reach), int(y // reach)
    for near in ((column + a, row + b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
        for j in cells.get(near, ()):
            if (i - j) * step > 2 * radius and math.hypot(places[j][0] - x, places[j][1] - y) <= radius / 2:
                if dx * directions[j][0] + dy * directions[j][1] < OPPOSITE:
                    return True
    return False


def arrows(facts: Facts) -> Iterator[Finding]:
    """O17: the end's direction against the chord of the last R of the path; the head's too where it reverses."""
    strict = facts.level in (Level.E, Level.N, Level.H)
    severity = Severity.PROBLEM if strict else Severity.WARNING
    for index, slider in sliders(facts):
        angle = arrow_angle(slider, facts.play.slider(slider).path, facts.radius)
        if angle > 90:
            times = slider.time, facts.ends[index]
            yield facts.finding("O17", *times, (index,), round(angle), 90.0, severity)


def arrow_angle(slider: Slider, path: Path, radius: float) -> float:
    """How many degrees a reverse arrow points off the path, at most; 0 without one."""
    if slider.slides < 2 or len(path.vertices) < 3:
        return 0.0
    ends = [path.vertices] if slider.slides == 2 else [path.vertices, path.vertices[::-1]]
    chords = [path.at_distance(path.length - radius), path.at_distance(radius)]
    return max(_off_path(places, chord) for places, chord in zip(ends, chords, strict=False))


def _off_path(vertices: list[Place], chord_start: Place) -> float:
    """Degrees between the last leg and the chord from ``chord_start`` to the end; 0 where either has no length."""
    end = vertices[-1]
    before = next((place for place in reversed(vertices) if place != end), end)
    leg = (end[0] - before[0], end[1] - before[1])
    chord = (end[0] - chord_start[0], end[1] - chord_start[1])
    if not any(leg) or math.hypot(*chord) < 1e-6:
        return 0.0
    cross, dot = leg[0] * chord[1] - leg[1] * chord[0], leg[0] * chord[0] + leg[1] * chord[1]
    return math.degrees(abs(math.atan2(cross, dot)))


CHECKS = (covered, unreadable, arrows)
