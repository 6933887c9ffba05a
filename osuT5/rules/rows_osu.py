"""Rules of osu! (spec 08 section 7)."""

from __future__ import annotations

from .rule import CRITERIA, EDITOR, MINOR, OSU, OWN, PROBLEM, WARNING, Rule

_BOTH = f"{CRITERIA}; numbers: {EDITOR}"
_OWN = f"{CRITERIA}; numbers: {OWN}"

ROWS = (
    Rule("O01", PROBLEM, OSU, "all", "A", "{what} leaves the screen by {value} px",
         "Every part of circles and slider bodies must be visible in a 4:3 window: x from -67 to 579, y from -60 to 428.", _BOTH),
    Rule("O02", WARNING, OSU, "all", "A", "{what} lies {value} px outside the playfield",
         "Heads belong inside 512 x 384 px; the editor places them there.", OWN),
    Rule("O03", PROBLEM, OSU, "all", "A", "spinner of {value} ms, {limit} ms needed",
         "A spinner must be long enough for a perfect player to get a bonus; how long depends on OD. A warning when it is only just so.", _BOTH),
    Rule("O04", WARNING, OSU, "E, N, H", "A", "spinner of {value} ms, about {limit} ms recommended at this level",
         "Beginners need time to spin: 4 beats (Easy), 3 (Normal), 2 (Hard) of a 180 BPM song.", _OWN),
    Rule("O05", WARNING, OSU, "E, N, H", "A", "{value} ms after a spinner, about {limit} ms recommended at this level",
         "After a spinner players need time to find the next object: 4 beats (Easy), 2 (Normal), 1 (Hard) of a 180 BPM song.", _OWN),
    Rule("O06", PROBLEM, OSU, "E, N, H, I", "P", "{what} fully overlap, {value} ms apart",
         "Objects close in time must not lie exactly on each other, unless stacked: 1 beat (Easy, Normal), 1/2 (Hard), 1/4 (Insane, a warning)."),
    Rule("O07", WARNING, OSU, "E, N", "P", "{what} overlap, {value} ms apart",
         "At low levels objects about a beat apart or closer should not overlap (Normal: except 1/2)."),
    Rule("O08", WARNING, OSU, "E, N", "P", "distance {value} px, {limit} px usual for this gap",
         "At low levels equal gaps in time have equal gaps in space.", _BOTH),
    Rule("O09", WARNING, OSU, "E, N", "P", "{value} % of spacings are far from the slider velocity",
         "At low levels the spacing should match the slider velocity: 0.8 to 1.2 (Easy) or 1.3 (Normal) times.", _OWN),
    Rule("O10", WARNING, OSU, "E, lowest N", "A", "slider velocity {value}, at most {limit} recommended at this level",
         "Fast sliders are too much for beginners: SliderMultiplier times velocity at most 1.3."),
    Rule("O11", WARNING, OSU, "E", "P", "slider span of {value} ms, {limit} ms recommended",
         "In an Easy, slider spans below half a beat are too short; a problem below 125 ms.", _BOTH),
    Rule("O12", WARNING, OSU, "E, N", "P", "short slider with {value} reverses",
         "Short sliders (span of a beat in Easy, half a beat in Normal) should reverse at most once."),
    Rule("O13", WARNING, OSU, "E, N", "A", "slider velocity {what}",
         "At low levels the velocity should stay the same for long, and change little.", _OWN),
    Rule("O14", WARNING, OSU, "E, N", "P", "{value} sliders in a row", "Beginners need a rest now and then: a circle or a gap of a beat.", _OWN),
    Rule("O15", WARNING, OSU, "E, N, H, I", "P", "{what} is covered by an earlier object",
         "Reverse arrows and slider bodies must be seen in time: 4 beats before (Easy), 3 (Normal), 2 (Hard), 1/2 (Insane)."),
    Rule("O16", PROBLEM, OSU, "E, N, H, I; warning for X", "P", "slider path {what}",
         "A path that runs back along itself, or coils up, can't be read.", _OWN),
    Rule("O17", PROBLEM, OSU, "E, N, H; warning for I, X", "P", "a reverse arrow points {value} degrees off the path",
         "The arrow must point along the path; a hook at the end turns it away."),
    Rule("O18", WARNING, OSU, "E, N, H", "P", "{value} % of gaps below {what}",
         "Rhythm too dense for the level: Easy uses few gaps below a beat, Normal below 1/2, Hard below 1/4.", _OWN),
    Rule("O19", WARNING, OSU, "lowest N", "P", "{what}", "A Normal that is the lowest of its set needs simple rhythms and rests."),
    Rule("O20", WARNING, OSU, "H", "P", "stream of {value} circles, at most {limit} at this level", "Long streams are for Insane and up."),
    Rule("O21", WARNING, OSU, "I", "P", "{what}", "Spaced streams and cross-screen jumps are for Expert."),
    Rule("O22", MINOR, OSU, "all", "P", "{value} times as fast as nearly all like gaps",
         "A lone very fast movement is a difficulty spike: above 3 times the 95th percentile; a warning above 8 times.", OWN),
    Rule("O23", WARNING, OSU, "E, N; minor for others", "A", "{what}", "Combos follow the music: neither endless nor of single objects.", OWN),
)  # fmt: skip
