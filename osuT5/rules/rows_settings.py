"""Rules for all modes: spread, settings, sounds (spec 08 sections 4 to 6)."""

from __future__ import annotations

from .rule import ALL, CATCH, CRITERIA, EDITOR, MANIA, MINOR, OSU, OWN, PROBLEM, TAIKO, WARNING, Rule

_HIT = OSU + TAIKO + CATCH
_BOTH = f"{CRITERIA}; numbers: {EDITOR}"
_OWN = f"{CRITERIA}; numbers: {OWN}"

SPREAD = (
    Rule(
        "S01",
        PROBLEM,
        ALL,
        "all",
        "-",
        "drain time of {value} s, at least {limit} s needed",
        "Maps need 30 seconds of drain time: from the first start to the last end without breaks.",
    ),
    Rule(
        "S02",
        PROBLEM,
        ALL,
        "all",
        "P",
        "lowest difficulty is {what}; a set of this length needs {need} or lower",
        "The shorter the song, the lower the lowest difficulty must be; in catch and mania enough difficulties with even steps also do.",
    ),
    Rule(
        "S03",
        PROBLEM,
        ALL,
        "all",
        "P",
        "no {what} between the lowest and the highest difficulty",
        "A spread may not skip a level between the lowest required and its highest.",
    ),
    Rule(
        "S04",
        WARNING,
        ALL,
        "all",
        "-",
        "step of {value} stars between {what}, above {limit}",
        "Neighbouring difficulties should not be too far apart.",
        OWN,
    ),
    Rule(
        "S05",
        WARNING,
        ALL,
        "all",
        "A",
        "{what}",
        "A difficulty's name should tell its level: two levels off, or names that don't rise with the stars, mislead players.",
    ),
    Rule(
        "S06",
        WARNING,
        ALL,
        "all",
        "-",
        "last object at {value} % of the audio, below {limit} %",
        "Audio that goes on long after the map should be cut, or the map should go on.",
    ),
    Rule(
        "S07",
        PROBLEM,
        ALL,
        "all",
        "A",
        "{what} differs from {other}",
        "Audio, title, artist, source, tags and preview time are the same for all difficulties of a set.",
    ),
)

SETTINGS = (
    Rule(
        "D01",
        PROBLEM,
        ALL,
        "all",
        "A",
        "{what} {value} has more than {limit} decimal(s)",
        "HP, CS, OD and AR take one decimal, SliderMultiplier two; the editor can't say more.",
    ),
    Rule(
        "D02",
        PROBLEM,
        ALL,
        "all",
        "A",
        "{what} {value} is outside {range}",
        "Settings outside their range are clamped in play, by each client in its way. Key counts are reported only.",
    ),
    Rule(
        "D03",
        WARNING,
        OSU + CATCH,
        "all",
        "A",
        "slider tick rate {value}",
        "Tick rates other than 1, 2, 3 and 4 seldom fit a song; 0.5, 1.333 and 1.5 are accepted when every tick is snapped.",
    ),
    Rule(
        "D04",
        WARNING,
        ALL,
        "all",
        "A",
        "{what} {value}, {range} recommended for this level",
        "Each level has its recommended range of settings; set them before mapping rather than after, when spacing already follows from them.",
    ),
    Rule(
        "D05",
        WARNING,
        OSU + CATCH,
        "all",
        "A",
        "{what}",
        "A map needs two combo colours or more, neither too dark to see nor, with kiai, too bright.",
        _OWN,
    ),
    Rule(
        "D06",
        WARNING,
        ALL,
        "all",
        "A",
        "{what} differs from {other}",
        "Countdown, letterbox, widescreen and epilepsy settings should agree within a mode of a set.",
    ),
    Rule(
        "D07",
        WARNING,
        TAIKO,
        "all",
        "A",
        "{what} {value}, {limit} expected",
        "Taiko scrolls as players expect with SliderMultiplier 1.4; the tick rate is 1, or 3 for triplet songs.",
    ),
    Rule(
        "D08",
        WARNING,
        CATCH,
        "all",
        "A",
        "OD {value} differs from AR {limit}",
        "In catch OD only affects the score and equals AR by habit; lower only to keep the score in range.",
    ),
)

SOUNDS = (
    Rule("H01", PROBLEM, ALL, "all", "A", "clicked at volume {value} %",
         "The player must hear what they click: 5 % or less is silent.", _BOTH),
    Rule("H02", WARNING, ALL, "all", "A", "{what} at volume {value} %",
         "Clicks at 20 % or less and ends, reverses and spinner ends at 5 % or less are hard to hear; minor where a held sound ends.", _BOTH),
    Rule("H03", PROBLEM, ALL, "all", "A", "{what} {value} is outside {range}",
         "Volumes run from 0 to 100, sample indices from 0, banks from 0 to 3; other values act differently in each client. Volumes below 5 act as 5 in stable."),
    Rule("H04", PROBLEM, _HIT, "all", "P", "{what} in the whole map",
         "A map needs hit sounds: whistles, finishes or claps; in taiko kats.", _BOTH),
    Rule("H05", WARNING, OSU + CATCH, "all", "P", "{value} s and {number} objects without an addition",
         "Long parts without a whistle, finish or clap feel empty: above 8 s and 4 objects; a problem above 24 s and 16.", _BOTH),
    Rule("H06", WARNING, ALL, "all", "A", "volume jumps by {value} for less than 1/4 beat",
         "A short dip or peak of the volume is heard as flicker.", OWN),
    Rule("H07", WARNING, ALL, "all", "A", "kiai starts {what}",
         "Kiai starts on a sound: on a tick, with an object within half a beat.", _OWN),
    Rule("H08", WARNING, ALL, "all", "A", "{what}",
         "Kiai shorter than a beat is a flash; below 4 bars it is worth a look, and so is switching it more than once a minute.", _OWN),
    Rule("H09", MINOR, ALL, "all", "-", "no kiai in a map of {value} s", "Longer maps usually mark their climax with kiai.", OWN),
    Rule("H10", PROBLEM, ALL, "all", "A", "preview time {what}", "Song selection plays from the preview time; it must be set and inside the audio."),
    Rule("H11", WARNING, MANIA, "all", "A", "the same addition {value} times in one chord", "Equal sounds at one moment add up and get too loud."),
    Rule("H12", WARNING, OSU, "H, I, X", "-", "slider ticks sound at volume {value} %", "Loud custom slider ticks are discouraged."),
    Rule("H13", PROBLEM, ALL, "all", "A", "{what}",
         "Named sounds must be in the set, as wav or ogg, at least 25 ms long and at their peak within 5 ms."),
)  # fmt: skip

ROWS = (*SPREAD, *SETTINGS, *SOUNDS)
