"""Cases for osu!."""

from __future__ import annotations

from .maps import RED, Case, circle, circles, green, slider, song, spinner

FLAT = "StackLeniency: 0"  # nothing stacks


def line(distances: list[int], gap: int = 400) -> list[str]:
    """Circles at those distances, to and fro along x."""
    x, direction, result = 50, 1, [circle(0, 50)]
    for number, distance in enumerate(distances, 1):
        if not 0 <= x + direction * distance <= 512:
            direction = -direction
        x += direction * distance
        result.append(circle(number * gap, x))
    return result


def zigzag(far: int) -> list[str]:
    """40 moves of 50 px, but two of ``far`` px."""
    places = [100 + 50 * (number % 2) for number in range(41)]
    places[20] = places[19] + far
    places[21] = places[20] - far
    return [circle(400 * number, x) for number, x in enumerate(places)]


CASES = [
    Case("O01", song([circle(0, y=-29), circle(800)]), song([circle(0, y=-28), circle(800)]), severity="problem"),
    Case("O01", song([slider(0, 280, x=270)]), song([slider(0, 276, x=270)]), note="slider end past 547"),
    Case("O02", song([circle(0, x=513), circle(800)]), song([circle(0, x=512), circle(800)]), severity="warning"),
    Case("O03", song([spinner(0, 449)]), song([spinner(0, 500)]), severity="problem"),
    Case("O03", song([spinner(0, 499)]), song([spinner(0, 500)]), severity="warning"),
    Case(
        "O03",
        song([spinner(0, 431)], difficulty="OverallDifficulty:4"),
        song([spinner(0, 479)], difficulty="OverallDifficulty:4"),
    ),
    Case("O04", song([spinner(0, 999)]), song([spinner(0, 1200)]), {"level": "E"}, "warning"),
    Case("O04", song([spinner(0, 1199)]), song([spinner(0, 1200)]), {"level": "E"}, "minor"),
    Case(
        "O05", song([spinner(0, 2000), circle(2200)]), song([spinner(0, 2000), circle(2300)]), {"level": "H"}, "warning"
    ),
    Case(
        "O06",
        song([circle(0, 100), circle(400, 102)], general=FLAT),
        song([circle(0, 100), circle(400, 103)], general=FLAT),
        {"level": "N"},
        "problem",
    ),
    Case(
        "O06",
        song([circle(0), circle(100)], general=FLAT),
        song([circle(0), circle(200)], general=FLAT),
        {"level": "I"},
        "warning",
    ),
    Case(
        "O06",
        song([circle(0), circle(400)], general=FLAT),
        song([circle(0), circle(400)]),
        {"level": "E"},
        note="stacked",
    ),
    Case(
        "O06",
        song([circle(0, 240, 100), circle(200, 240, 100)], general=FLAT),
        song([slider(0), circle(600, 240, 100)], general=FLAT),
        {"level": "H"},
        note="under a slider's tail",
    ),
    Case(
        "O07",
        song([circle(0, 100), circle(400, 163)], general=FLAT),
        song([circle(0, 100), circle(400, 164)], general=FLAT),
        {"level": "E"},
    ),
    Case(
        "O07",
        song([circle(0, 100), circle(400, 150)], general=FLAT),
        song([circle(0, 100), circle(200, 150)], general=FLAT),
        {"level": "N"},
        note="1/2 in Normal",
    ),
    Case("O08", song(line([100, 100, 126])), song(line([100, 100, 125])), {"level": "N"}, "warning"),
    Case("O08", song(line([100, 100, 151])), song(line([100, 100, 125])), {"level": "E"}, "problem"),
    Case("O09", song(line([169] * 10), general=FLAT), song(line([167] * 10), general=FLAT), {"level": "E"}),
    Case("O10", song([slider(0)]), song([slider(0, 130)], difficulty="SliderMultiplier:1.3"), {"level": "E"}),
    Case("O10", song([slider(0)]), song([slider(0)]), {"level": "N", "lowest": True}, quiet_options={"level": "N"}),
    Case("O11", song([slider(0, 66)]), song([slider(0, 70)]), {"level": "E"}, "warning"),
    Case("O11", song([slider(0, 43)]), song([slider(0, 70)]), {"level": "E"}, "problem"),
    Case("O12", song([slider(0, slides=3)]), song([slider(0, slides=2)]), {"level": "E"}),
    Case("O12", song([slider(0, 70, slides=3)]), song([slider(0, 140, slides=3)]), {"level": "N"}),
    Case(
        "O13",
        song([slider(0), slider(8000)], (RED, green(8000, 1.6))),
        song([slider(0), slider(8000)], (RED, green(8000, 1.4))),
        {"level": "N"},
    ),
    Case(
        "O13",
        song([slider(0), slider(800), slider(4000)], (RED, green(800, 1.2), green(4000))),
        song([slider(0), slider(800), slider(7200)], (RED, green(800, 1.2), green(7200))),
        {"level": "E"},
        note="again within 4 bars",
    ),
    Case(
        "O14",
        song([slider(time, 210) for time in range(0, 7200, 800)]),
        song([*(slider(time, 210) for time in range(0, 7200, 800) if time != 3200), circle(3200)]),
        {"level": "N"},
    ),
    Case(
        "O15",
        song([circle(0, 240, 100), slider(400, slides=2)]),
        song([circle(0, 240, 133), slider(400, slides=2)]),
        {"level": "E"},
    ),
    Case(
        "O15",
        song([slider(0, 280), slider(1200, 100, x=150)]),
        song([slider(0, 280), slider(1200, 100, x=150, y=140)]),
        {"level": "E"},
        note="body",
    ),
    Case(
        "O16",
        song([slider(0, 280, path="L|240:100|100:100")]),
        song([slider(0, 280, path="L|240:100|240:240")]),
        {"level": "H"},
        "problem",
    ),
    Case(
        "O16",
        song([slider(0, 280, path="L|240:100|100:100")]),
        song([slider(0, 280, path="L|240:100|100:200")]),
        {"level": "X"},
        "warning",
        note="opens up",
    ),
    Case(
        "O16",
        song([slider(0, 350, path="B|200:100|200:100|100:110|100:110|200:120|200:120|100:130")]),
        song([slider(0, 280, path="B|200:100|200:100|200:200|200:200|300:200")]),
        {"level": "I"},
        "problem",
        note="coiled",
    ),
    Case(
        "O17",
        song([slider(0, 110, slides=2, path="L|200:100|190:100")]),
        song([slider(0, 110, slides=2, path="L|200:100|200:110")]),
        {"level": "H"},
        "problem",
    ),
    Case("O18", song(circles(range(0, 4000, 200))), song(circles(range(0, 8000, 400))), {"level": "E"}),
    Case("O18", song(circles(range(0, 2000, 100))), song(circles(range(0, 4000, 200))), {"level": "N"}),
    Case(
        "O19",
        song(circles([*range(0, 1000, 200), 1600])),
        song(circles([*range(0, 800, 200), 1600])),
        {"level": "N", "lowest": True},
    ),
    Case(
        "O19",
        song([slider(time, 70) for time in range(0, 2000, 400)]),
        song([slider(time, 70) for time in range(0, 1600, 400)]),
        {"level": "N", "lowest": True},
        note="sliders of 1/2",
    ),
    Case("O20", song(circles(range(0, 600, 100))), song(circles(range(0, 500, 100))), {"level": "H"}),
    Case("O21", song([circle(0, 50), circle(200, 451)]), song([circle(0, 50), circle(200, 450)]), {"level": "I"}),
    Case(
        "O21",
        song([circle(0, 50), circle(100, 115)], general=FLAT),
        song([circle(0, 50), circle(100, 114)], general=FLAT),
        {"level": "I"},
        note="spaced stream",
    ),
    Case("O22", song(zigzag(160), general=FLAT), song(zigzag(140), general=FLAT), severity="minor"),
    Case(
        "O23", song(circles(range(0, 13 * 400, 400))), song(circles(range(0, 12 * 400, 400))), {"level": "E"}, "warning"
    ),
    Case(
        "O23",
        song([circle(time, new=time < 1600) for time in range(0, 2400, 400)]),
        song([circle(time, new=time < 1200) for time in range(0, 2400, 400)]),
        severity="minor",
        note="single combos: the third one has company",
        options={"level": "H"},
    ),
]
