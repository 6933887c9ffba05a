"""Cases for taiko, catch and mania."""

from __future__ import annotations

from collections.abc import Sequence

from osuT5.beatmap import Beatmap

from .maps import RED, Case, circle, circles, green, hold, note, slider, song, spinner


def drum(notes: str, gap: int = 100, points: Sequence[str] = (RED,), extra: Sequence[str] = ()) -> Beatmap:
    """d, k, D, K are notes, a dot a rest; ``gap`` ms apart."""
    sounds = {"d": 0, "k": 8, "D": 4, "K": 12}
    objects = [circle(i * gap, sound=sounds[kind]) for i, kind in enumerate(notes) if kind != "."]
    return song([*objects, *extra], points, mode=1)


TAIKO = [
    Case("K01", song(circles([0, 50]), mode=1), song(circles([0, 67]), mode=1), {"level": "H"}, "problem"),
    Case("K01", song(circles([0, 100]), mode=1), song(circles([0, 133]), mode=1), {"level": "E"}, note="swing"),
    Case("K02", drum("ddk....k", 200), drum("ddd....k", 200), {"level": "E"}, "problem"),
    Case("K02", drum("dD", 200), drum("dD", 400), {"level": "E"}, note="big note"),
    Case("K03", drum("d" * 8, 200), drum("d" * 7, 200), {"level": "N"}),
    Case("K03", drum("d" * 6, 200), drum("d" * 5, 200), {"level": "N", "lowest": True}),
    Case("K04", drum("d" * 6), drum("d" * 5), {"level": "H"}, "problem"),
    Case("K05", drum("dDd"), drum("ddd"), {"level": "H"}, "problem"),
    Case("K05", drum("ddD"), drum("ddK"), {"level": "I"}, note="last note of other colour"),
    Case("K06", drum("d" * 38, 400), drum("d" * 33, 400), {"level": "E"}, "warning"),
    Case("K06", drum("d" * 35, 400), drum("d" * 33, 400), {"level": "E"}, "minor"),
    Case(
        "K07",
        song([circle(0), spinner(150, 1600)], mode=1),
        song([circle(0), spinner(200, 1600)], mode=1),
        {"level": "H"},
    ),
    Case(
        "K07",
        song([spinner(0, 1600), circle(1700)], mode=1),
        song([spinner(0, 1600), circle(1800)], mode=1),
        {"level": "X"},
    ),
    Case("K08", drum("dkdd"), drum("dkkk"), {"level": "H"}),
    Case("K08", drum("dkdkdd"), drum("dkdddd"), {"level": "I"}),
    Case(
        "K09",
        drum("d.d.d", 400, (RED, "1700,400,4,2,0,70,1,0")),
        drum("d.d.d", 400, (RED, "1700,400,4,2,0,70,1,8")),
        severity="problem",
    ),
    Case("K09", drum("d.d", 400, (RED, "1700,400,4,2,0,70,1,0")), drum("d.d", 400, (RED, "1800,400,4,2,0,70,1,0"))),
    Case(
        "K10", drum("d" * 8, 400, (RED, green(2400, 1.2))), drum("d" * 8, 400, (RED, green(2400, 1.1))), {"level": "E"}
    ),
    Case("K11", drum("dddd", 100, (RED, green(200, 1.3))), drum("dddd", 100, (RED, green(200, 1.2)))),
    Case("K12", song([slider(0, 103)], mode=1), song([slider(0, 140)], mode=1), severity="problem"),
]


def fruits(*places: tuple[int, int], extra: Sequence[str] = ()) -> Beatmap:
    """Time and x."""
    return song([*(circle(time, x) for time, x in places), *extra], mode=2)


FAST = (RED, green(0, 10))
SLOW = (RED, green(0, 1))

CATCH = [
    Case("C02", fruits((0, 0), (200, 150)), fruits((0, 0), (200, 140)), {"level": "E"}, "problem"),
    Case("C02", fruits((0, 0), (100, 160)), fruits((0, 0), (100, 140)), {"level": "N"}, note="hyperdash"),
    Case("C03", fruits((0, 0), (100, 100)), fruits((0, 0), (133, 120)), {"level": "N"}, "problem"),
    Case("C03", fruits((0, 0), (100, 160)), fruits((0, 0), (133, 200)), {"level": "H"}, note="hyperdash"),
    Case(
        "C04",
        fruits((0, 50), (300, 250), (600, 50), (900, 250)),
        fruits((0, 50), (300, 250), (600, 50), (900, 100)),
        {"level": "N"},
        "problem",
    ),
    Case(
        "C04",
        fruits((0, 50), (200, 250), (400, 50)),
        fruits((0, 50), (300, 250), (600, 50)),
        {"level": "N"},
        note="faster than the basic snap",
    ),
    Case(
        "C04",
        fruits((0, 0), (250, 350), (500, 0), (750, 350)),
        fruits((0, 0), (250, 350), (500, 0), (750, 100)),
        {"level": "H"},
        note="hyperdashes",
    ),
    Case(
        "C05",
        song([slider(0, 300, slides=2)], FAST, mode=2),
        song([slider(0, 300, slides=2)], SLOW, mode=2),
        {"level": "H"},
        "problem",
    ),
    Case(
        "C05",
        song([slider(0, 300, slides=2)], FAST, mode=2),
        song([slider(0, 300)], FAST, mode=2),
        {"level": "I"},
        "warning",
    ),
    Case(
        "C05",
        fruits((0, 0), (150, 300), (250, 100)),
        fruits((0, 0), (150, 300), (300, 0)),
        {"level": "H"},
        note="snaps differ",
    ),
    Case("C06", fruits((0, 0), (100, 147)), fruits((0, 0), (100, 140)), {"level": "H"}, "problem"),
    Case("C06", fruits((0, 0), (100, 200), (200, 53)), fruits((0, 100), (100, 147)), {"level": "X"}, "warning"),
    Case(
        "C07",
        fruits((0, 0), extra=[spinner(100, 1600)]),
        fruits((0, 0), extra=[spinner(125, 1600)]),
        {"level": "H"},
        "problem",
    ),
    Case(
        "C07",
        fruits(extra=[spinner(0, 1600), circle(1800)]),
        fruits(extra=[spinner(0, 1600), circle(1850)]),
        {"level": "N"},
    ),
    Case(
        "C08",
        song(circles(range(0, 3600, 400)), mode=2),
        song(circles(range(0, 3200, 400)), mode=2),
        {"level": "E"},
        "warning",
    ),
    Case(
        "C08",
        song(circles(range(0, 8400, 400)), mode=2),
        song(circles(range(0, 8000, 400)), mode=2),
        {"level": "X"},
        "minor",
    ),
    Case("C09", fruits((0, 200), (200, 15)), fruits((0, 200), (200, 16))),
    Case("C09", fruits((0, 300), (200, 497)), fruits((0, 300), (200, 496))),
]

HALF = (RED, "6400,300,4,2,0,70,1,0")
BEATS = [note(time, column=(time // 400) % 4) for time in range(0, 6400, 400)]
AFTER = [note(6400 + 300 * number, column=number % 4) for number in range(8)]


def keys(*objects: str, points: Sequence[str] = (RED,), **more: str) -> Beatmap:
    return song(objects, points, mode=3, **more)


def stream(columns: str, gap: int = 100) -> Beatmap:
    return keys(*(note(number * gap, int(column)) for number, column in enumerate(columns)))


def wide(count: int) -> Beatmap:
    return keys(*(note(0, column, 7) for column in range(count)), difficulty="CircleSize:7")


MANIA = [
    Case("M01", keys(note(0, 1), note(2, 1)), keys(note(0, 1), note(2, 2)), severity="problem"),
    Case("M01", keys(hold(0, 400), note(419)), keys(hold(0, 400), note(420)), severity="warning"),
    Case("M02", stream("0120120", 400), stream("0123012", 400), severity="problem"),
    Case("M02", stream("012" * 6 + "3", 400), stream("0123012301201", 400), severity="warning"),
    Case("M03", wide(7), wide(6), {"level": "I"}, "problem"),
    Case(
        "M04", keys(*(note(0, c) for c in range(3))), keys(*(note(0, c) for c in range(2))), {"level": "E"}, "warning"
    ),
    Case(
        "M04",
        keys(hold(0, 800, 0), hold(0, 800, 1), note(400, 2)),
        keys(hold(0, 400, 0), hold(0, 400, 1), note(400, 2)),
        {"level": "N"},
        note="running holds, ends not counted",
    ),
    Case("M04", wide(4), wide(3), {"level": "N"}, note="7 keys"),
    Case("M05", keys(hold(0, 380)), keys(hold(0, 400)), {"level": "E"}),
    Case("M05", keys(hold(0, 25)), keys(hold(0, 33)), note="1/12 at any level"),
    Case("M06", keys(hold(0, 800, 0), hold(0, 1000, 1)), keys(hold(0, 800, 0), hold(0, 800, 1)), {"level": "E"}),
    Case("M07", keys(hold(0, 400, 0), note(200, 1)), keys(hold(0, 400, 0), note(400, 1)), {"level": "E"}),
    Case("M07", keys(hold(0, 400, 0), note(100, 1)), keys(hold(0, 400, 0), note(200, 1)), {"level": "N"}),
    Case("M08", stream("01", 100), stream("01", 200), {"level": "E"}),
    Case("M08", stream("0123", 50), stream("012", 50), {"level": "H"}, note="grace notes"),
    Case("M09", stream("012301", 200), stream("01230", 200), {"level": "E"}),
    Case(
        "M09",
        keys(note(0, 0), note(200, 1), note(200, 2), note(400, 3)),
        keys(note(0, 0), note(200, 1), note(400, 2), note(400, 3)),
        {"level": "E"},
        note="chord in the middle",
    ),
    Case("M10", stream("01020"), stream("01023"), {"level": "N"}),
    Case("M11", stream("00"), stream("01"), {"level": "N"}, note="minijack"),
    Case("M11", keys(hold(0, 400), note(500)), keys(hold(0, 400), note(600)), {"level": "N"}, note="shield"),
    Case("M11", stream("000"), stream("001"), {"level": "H"}),
    Case("M12", stream("0101010101"), stream("010101010"), {"level": "H"}, note="trill"),
    Case(
        "M12",
        keys(note(0, 0), note(0, 1), note(100, 2), note(200, 0), note(200, 1)),
        keys(note(0, 0), note(0, 1), note(100, 2), note(200, 0), note(300, 1), note(400, 2), note(400, 3)),
        {"level": "H"},
        note="chords of a stream",
    ),
    Case("M13", keys(*BEATS, points=(RED, green(800, 1.2))), keys(*BEATS), {"level": "E"}, "problem"),
    Case(
        "M13",
        keys(*BEATS, *AFTER, points=(RED, green(0, 1.2))),
        keys(*BEATS, *AFTER, points=(RED, green(0, 1.2), green(6000))),
        {"level": "H"},
        "warning",
        note="over 4 bars",
    ),
    Case(
        "M14",
        keys(*BEATS, *AFTER, points=HALF),
        keys(*BEATS, *AFTER, points=(*HALF, green(6400, 0.75))),
        severity="warning",
    ),
    Case("M14", keys(*BEATS, *AFTER, points=HALF), keys(*BEATS), {"level": "E"}, "problem"),
    Case("M15", keys(*BEATS, difficulty="CircleSize:11"), keys(*BEATS, difficulty="CircleSize:10"), severity="problem"),
    Case(
        "M15",
        keys(*BEATS, general="SpecialStyle: 1"),
        keys(*BEATS, general="SpecialStyle: 1", metadata="Tags:piano 3+1"),
        note="style tag",
    ),
    Case("M16", stream("0123010", 400), stream("01232", 400), severity="minor"),
]

CASES = [*TAIKO, *CATCH, *MANIA]
