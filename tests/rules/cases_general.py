"""Cases for timing, objects, length, settings and sounds."""

from __future__ import annotations

from .maps import COLOURS, RED, Case, circle, circles, green, hold, note, slider, song, spinner

TWO = [circle(0), circle(400)]
STEADY = circles(range(0, 40_000, 400))


def timed(*points: str, objects: list[str] | None = None, mode: int = 0):  # type: ignore[no-untyped-def]
    return song(objects or TWO, points, mode=mode)


TIMING = [
    Case("T01", song([circle(0), circle(1002)]), song([circle(0), circle(1001)]), severity="problem"),
    Case("T01", song([spinner(0, 2003)]), song([spinner(0, 2000)]), note="spinner end"),
    Case("T01", song([slider(0, 143)]), song([slider(0, 140)]), note="slider end"),
    Case("T01", song([slider(0, 143, slides=3)]), song([slider(0, 140, slides=3)]), note="slider reverse"),
    Case("T01", song([hold(0, 402)], mode=3), song([hold(0, 400)], mode=3), note="hold end"),
    Case("T02", song([circle(1001)]), song([circle(1000)]), severity="minor"),
    Case("T03", song([*STEADY, circle(4080)]), song([*STEADY, circle(4080), circle(4160)])),
    Case("T04", timed(RED, green(800, 1.2), green(800, 1.5)), timed(RED, green(0, 1.2))),
    Case("T04", timed(RED, RED), timed(RED), note="red"),
    Case("T05", timed(green(300, 1.2), "400,400,4,2,0,70,1,0"), timed(green(400, 1.2), "400,400,4,2,0,70,1,0")),
    Case("T06", timed("0,400,4,2,0,70,1,1"), timed(RED, green(0, kiai=1))),
    Case("T07", timed(RED, "1600,400,4,2,0,70,1,0"), timed(RED, "6400,400,4,2,0,70,1,0")),
    Case("T07", timed(RED, "1600,400,4,2,0,70,1,0"), timed(RED, "1600,400,4,2,0,70,1,8"), note="omit bit"),
    Case("T07", timed(RED, "1600,400,4,2,0,70,1,0"), timed(RED, "1602,400,4,2,0,70,1,0"), note="phase"),
    Case("T08", timed(green(0)), timed(RED), severity="problem", note="no red"),
    Case("T08", timed("0,5.9,4,2,0,70,1,0"), timed("0,6,4,2,0,70,1,0"), note="beat length"),
    Case("T08", timed(RED, "800,NaN,4,2,0,70,1,0"), timed(RED, "800,NaN,4,2,0,70,0,0"), note="NaN"),
    Case("T08", timed(RED, "800,400,-1,2,0,70,1,0"), timed(RED, "800,400,0,2,0,70,1,0"), note="meter"),
    Case("T09", timed(RED, green(800)), timed(RED, green(800, volume=60)), severity="minor"),
    Case("T10", timed(RED, green(1003, 2), objects=[slider(1000)]), timed(RED, green(1006, 2), objects=[slider(1000)])),
    Case(
        "T10",
        timed(RED, green(1003, volume=50), objects=circles([0, 1000])),
        timed(RED, green(1003, 2), objects=circles([0, 1000])),
        note="circles have no velocity",
    ),
    Case("T12", timed("0,149,4,2,0,70,1,0"), timed("0,150,4,2,0,70,1,0"), note="402 BPM"),
    Case(
        "T12",
        timed(*(f"{time},400,4,2,0,70,1,0" for time in range(0, 4000, 200)), objects=circles(range(0, 4000, 400))),
        timed(*(f"{time},400,4,2,0,70,1,0" for time in range(0, 4000, 450)), objects=circles(range(0, 4000, 400))),
        note="many reds",
    ),
    Case("T13", timed("400,400,4,2,0,70,1,0"), timed(RED)),
    Case("T13", song([circle(-400), circle(0)]), song([circle(0), circle(400)]), note="below 0"),
    Case(
        "T14",
        timed(RED, "1570,400,4,2,0,70,1,0", objects=[spinner(800, 1600)]),
        timed(RED, "1570,400,4,2,0,70,1,0", objects=[spinner(800, 1570)]),
        severity="warning",
    ),
]

OBJECTS = [
    Case("G01", song([spinner(0, 2000), circle(1500)]), song([spinner(0, 2000), circle(2010)]), severity="problem"),
    Case("G01", song([circle(0), circle(2)]), song([circle(0), circle(3)])),
    Case(
        "G01",
        song([spinner(0, 2000), circle(1500)], mode=2),
        song([hold(0, 2000), note(1500, 1)], mode=3),
        note="columns of mania may overlap",
    ),
    Case("G02", song([circle(0), circle(9)]), song([circle(0), circle(10)]), severity="problem"),
    Case("G02", song([slider(0), circle(419)]), song([slider(0), circle(420)])),
    Case("G02", song([circle(0), circle(9)], mode=1), song([circle(0), circle(9)], mode=2), note="not in catch"),
    Case("G03", song([spinner(800, 800)]), song([spinner(800, 801)]), severity="problem"),
    Case("G03", song([slider(0, 0, path="L|200:100")]), song([slider(0, 1, path="L|200:100")]), note="length 0"),
    Case("G03", song([hold(0, 0)], mode=3), song([hold(0, 1)], mode=3)),
    Case("G04", song(["256,192,0,3,0,0:0:0:0:"]), song(["256,192,0,5,0,0:0:0:0:"]), severity="problem"),
    Case("G04", song([circle(0), "256,192,400,1,0,bad"]), song(TWO), note="dropped line"),
    Case("G05", song([circle(0)]), song(TWO), severity="problem"),
    Case("G06", song([slider(0, slides=21)]), song([slider(0, slides=20)]), note="reverses"),
    Case(
        "G06",
        song([slider(0, 9, path="B|103:100|106:100|109:100")]),
        song([slider(0, 12, path="B|104:100|108:100|112:100")]),
        note="anchors",
    ),
    Case(
        "G07",
        song([circle(0), circle(4000)], events=["2,190,2500"]),
        song([circle(0), circle(4000)], events=["2,200,2500"]),
        severity="problem",
    ),
    Case(
        "G07",
        song([circle(0), circle(4000)], events=["2,200,3552"], mode=3),
        song([circle(0), circle(4000)], events=["2,200,3550"], mode=3),
        note="before an object",
    ),
    Case(
        "G07",
        song([circle(0), circle(4000)], events=["2,200,3000"]),
        song([circle(0), circle(4000)], events=["2,200,2800"]),
        severity="warning",
        note="visible for 1200 ms",
    ),
    Case("G07", song([*TWO, circle(4000)], events=["2,200,2500"]), song(TWO), note="contains an object"),
    Case(
        "G08",
        song([circle(0), circle(4000)], events=["2,200,849"]),
        song([circle(0), circle(4000)], events=["2,200,850"]),
    ),
    Case(
        "G09",
        song([circle(0), circle(12_800)]),
        song([circle(0), circle(12_800)], events=["2,200,11600"]),
        severity="minor",
    ),
    Case("G09", song([circle(0), circle(12_800)]), song([circle(0), circle(12_700)]), {"level": "E"}, "warning"),
    Case("G10", song([spinner(0, 800)], mode=3), song([hold(0, 800)], mode=3), severity="problem"),
    Case("G10", song([hold(0, 800)]), song([spinner(0, 800)])),
    Case(
        "G11",
        song([slider(time, 20, slides=9000) for time in range(0, 8_000_000, 1_000_000)]),
        song([slider(time, 20, slides=900) for time in range(0, 8_000_000, 1_000_000)]),
        note="combo",
    ),
    Case("S01", song(circles([0, 29_999])), song(circles([0, 30_000])), severity="problem"),
    Case("S05", song(TWO, metadata="Version:Ann's Easy"), song(TWO, metadata="Version:Ann's Normal"), {"stars": 3.0}),
    Case("S06", song(circles([0, 7900])), song(circles([0, 8000])), {"audio_ms": 10_000.0}),
]

EASY = "HPDrainRate:2\nCircleSize:4\nOverallDifficulty:2\nApproachRate:"

SETTINGS = [
    Case("D01", song(TWO, difficulty="OverallDifficulty:5.25"), song(TWO, difficulty="OverallDifficulty:5.20")),
    Case("D01", song(TWO, difficulty="SliderMultiplier:1.405"), song(TWO, difficulty="SliderMultiplier:1.45")),
    Case("D02", song(TWO, difficulty="HPDrainRate:10.5"), song(TWO, difficulty="HPDrainRate:10")),
    Case("D02", song(TWO, difficulty="SliderMultiplier:0.3"), song(TWO, difficulty="SliderMultiplier:0.4")),
    Case("D02", song(TWO, difficulty="CircleSize:11", mode=3), song(TWO, difficulty="CircleSize:12", mode=3)),
    Case("D03", song(TWO, difficulty="SliderTickRate:2.5"), song(TWO, difficulty="SliderTickRate:4")),
    Case(
        "D03",
        song([slider(0, 420), slider(4019, 420)], difficulty="SliderTickRate:1.5"),
        song([slider(0, 420), slider(4000, 420)], difficulty="SliderTickRate:1.5"),
        note="ticks off the snap",
    ),
    Case("D04", song(TWO, difficulty=f"{EASY}5.1"), song(TWO, difficulty=f"{EASY}5"), {"level": "E"}),
    Case(
        "D04",
        song(TWO, mode=1, difficulty="HPDrainRate:7.9\nOverallDifficulty:3"),
        song(TWO, mode=1, difficulty="HPDrainRate:8\nOverallDifficulty:3"),
        {"level": "E"},
    ),
    Case("D05", song(TWO, colours=COLOURS[:1]), song(TWO)),
    Case("D05", song(TWO, colours=()), song(TWO, colours=(), general="SkinPreference: Default")),
    Case(
        "D05",
        song(TWO, colours=(COLOURS[0], "Combo2 : 40,40,40")),
        song(TWO, colours=(COLOURS[0], "Combo2 : 60,60,60")),
    ),
    Case(
        "D05",
        song(TWO, (RED, green(0, kiai=1)), colours=(COLOURS[0], "Combo2 : 240,240,240")),
        song(TWO, colours=(COLOURS[0], "Combo2 : 240,240,240")),
        note="bright with kiai",
    ),
    Case("D07", song(TWO, mode=1, difficulty="SliderMultiplier:1.6"), song(TWO, mode=1)),
    Case("D07", song(TWO, mode=1, difficulty="SliderTickRate:2"), song(TWO, mode=1)),
    Case("D08", song(TWO, mode=2, difficulty="OverallDifficulty:4"), song(TWO, mode=2)),
]


def volume(percent: int) -> str:
    return f"0,400,4,2,0,{percent},1,0"


CLAPS = [circle(0, sound=8), *circles(range(400, 10_000, 400))]
LONG = [circle(0, sound=8), *circles(range(400, 26_000, 400))]

SOUNDS = [
    Case("H01", song(TWO, (volume(5),)), song(TWO, (volume(6),)), severity="problem"),
    Case(
        "H01",
        song([circle(0, sample="0:0:0:4:"), circle(400)]),
        song([circle(0, sample="0:0:0:40:"), circle(400)], (volume(4), green(400))),
        note="the object's own volume",
    ),
    Case("H02", song(TWO, (volume(20),)), song(TWO, (volume(21),)), severity="warning"),
    Case("H02", song([slider(0, 70)], (RED, green(200, volume=5))), song([slider(0, 70)], (RED, green(200, volume=6)))),
    Case(
        "H02",
        song([slider(0)], (RED, green(400, volume=5))),
        song([slider(0)], (RED, green(400, volume=6))),
        severity="minor",
        note="end of a held sound",
    ),
    Case(
        "H02",
        song([spinner(0, 800)], (RED, green(800, volume=5))),
        song([spinner(0, 800)], (RED, green(806, volume=5))),
    ),
    Case("H03", song(TWO, (volume(101),)), song(TWO, (volume(100),)), severity="problem"),
    Case("H03", song([circle(0, sample="4:0:0:0:"), circle(400)]), song([circle(0, sample="3:0:0:0:"), circle(400)])),
    Case("H04", song(TWO), song([circle(0, sound=8), circle(400)]), severity="problem"),
    Case("H04", song([circle(0, sound=4), circle(400)], mode=1), song([circle(0, sound=8), circle(400)], mode=1)),
    Case("H05", song(CLAPS), song(CLAPS[:20]), severity="warning"),
    Case("H05", song(LONG), song(LONG[:20]), severity="problem"),
    Case(
        "H06",
        song(TWO, (RED, green(800, volume=10), green(900))),
        song(TWO, (RED, green(800, volume=10), green(910))),
    ),
    Case(
        "H06", song(TWO, (RED, green(800, volume=10), green(900))), song(TWO, (RED, green(800, volume=25), green(900)))
    ),
    Case("H07", song(circles([0, 800]), (RED, green(803, kiai=1))), song(circles([0, 800]), (RED, green(802, kiai=1)))),
    Case("H07", song(circles([0, 400]), (RED, green(800, kiai=1))), song(circles([0, 600]), (RED, green(800, kiai=1)))),
    Case(
        "H08",
        song(circles(range(0, 8000, 400)), (RED, green(0, kiai=1), green(350))),
        song(circles(range(0, 8000, 400)), (RED, green(0, kiai=1), green(6400))),
    ),
    Case(
        "H08",
        song(circles(range(0, 8000, 400)), (RED, green(0, kiai=1), green(4800))),
        song(circles(range(0, 8000, 400)), (RED, green(0, kiai=1), green(6400))),
        severity="minor",
        note="3 bars",
    ),
    Case(
        "H08",
        song(circles(range(0, 60_000, 400)), (RED, *(green(t * 1600, kiai=1 - t % 2) for t in range(12)))),
        song(circles(range(0, 60_000, 400)), (RED, *(green(t * 6400, kiai=1 - t % 2) for t in range(8)))),
        severity="warning",
        note="toggles",
    ),
    Case("H09", song(circles([0, 90_001])), song(circles([0, 90_000])), severity="minor"),
    Case("H10", song(TWO, general="PreviewTime: -1"), song(TWO, general="PreviewTime: 0"), severity="problem"),
    Case("H10", song(TWO), song(TWO, general="PreviewTime: 900"), {"audio_ms": 999.0}),
    Case(
        "H11",
        song([note(0, 0, sound=8), note(0, 1, sound=8)], mode=3),
        song([note(0, 0, sound=8), note(0, 1, sound=2)], mode=3),
    ),
    Case(
        "H12",
        song([slider(0, 280)], ("0,400,4,2,2,70,1,0",)),
        song([slider(0, 280)], ("0,400,4,2,2,50,1,0",)),
        {"level": "H", "files": ["soft-slidertick2.wav"]},
    ),
    Case(
        "H13",
        song([circle(0, sample="0:0:0:0:x.wav"), circle(400)]),
        song([circle(0, sample="0:0:0:0:Kick.wav"), circle(400)]),
        {"files": ["kick.WAV"]},
        "problem",
    ),
    Case(
        "H13",
        song([circle(0, sample="0:0:0:0:a.mp3")]),
        song([circle(0, sample="0:0:0:0:a.ogg")]),
        {"files": ["a.mp3", "a.ogg"]},
    ),
]

CASES = [*TIMING, *OBJECTS, *SETTINGS, *SOUNDS]
