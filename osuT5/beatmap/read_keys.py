"""The sections of ``key: value`` lines: General, Editor, Metadata, Difficulty, Colours (spec 07 sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from osuT5.beatmap.model import Beatmap, Difficulty
from osuT5.beatmap.numbers import integer, real

Parser = Callable[[str], Any]
Key = tuple[str, Parser]

BANKS = {"None": 0, "Normal": 1, "Soft": 2, "Drum": 3, "0": 0, "1": 1, "2": 2, "3": 3}
COUNTDOWNS = {"None": 0, "Normal": 1, "HalfSpeed": 2, "DoubleSpeed": 3, "0": 0, "1": 1, "2": 2, "3": 3}
MAX_COMBO_COLOURS = 8


def _flag(text: str) -> bool:
    return integer(text) == 1


def _text(text: str) -> str:
    return text


def _path(text: str) -> str:
    return text.replace("\\", "/")


def _word(accepted: dict[str, int]) -> Parser:
    def parse(text: str) -> int:
        if text not in accepted:
            raise ValueError(f"{text[:40]!r} is none of {', '.join(accepted)}")
        return accepted[text]

    return parse


def _mode(text: str) -> int:
    value = integer(text)
    if not 0 <= value <= 3:
        raise ValueError(f"mode {value} is none of 0, 1, 2, 3")
    return value


def _at_least_zero(text: str) -> float:
    return max(0.0, real(text))


def _list_of(parse: Parser) -> Parser:
    def parse_list(text: str) -> list[Any]:
        values = []
        for part in text.split(","):
            try:
                values.append(parse(part))
            except ValueError:
                continue
        return values

    return parse_list


GENERAL: dict[str, Key] = {
    "AudioFilename": ("audio_filename", _path),
    "AudioLeadIn": ("audio_lead_in", integer),
    "PreviewTime": ("preview_time", integer),
    "Countdown": ("countdown", _word(COUNTDOWNS)),
    "SampleSet": ("sample_set", _word(BANKS)),
    "SampleVolume": ("sample_volume", integer),
    "StackLeniency": ("stack_leniency", real),
    "Mode": ("mode", _mode),
    "LetterboxInBreaks": ("letterbox_in_breaks", _flag),
    "SpecialStyle": ("special_style", _flag),
    "WidescreenStoryboard": ("widescreen_storyboard", _flag),
    "EpilepsyWarning": ("epilepsy_warning", _flag),
    "SamplesMatchPlaybackRate": ("samples_match_playback_rate", _flag),
    "UseSkinSprites": ("use_skin_sprites", _flag),
    "OverlayPosition": ("overlay_position", _text),
    "SkinPreference": ("skin_preference", _text),
    "CountdownOffset": ("countdown_offset", integer),
}
EDITOR: dict[str, Key] = {
    "Bookmarks": ("bookmarks", _list_of(integer)),
    "DistanceSpacing": ("distance_spacing", _at_least_zero),
    "BeatDivisor": ("beat_divisor", lambda text: min(max(integer(text), 1), 64)),
    "GridSize": ("grid_size", integer),
    "TimelineZoom": ("timeline_zoom", _at_least_zero),
    "VelocityPresets": ("velocity_presets", _list_of(real)),
}
METADATA: dict[str, Key] = {
    "Title": ("title", _text),
    "TitleUnicode": ("title_unicode", _text),
    "Artist": ("artist", _text),
    "ArtistUnicode": ("artist_unicode", _text),
    "Creator": ("creator", _text),
    "Version": ("version", _text),
    "Source": ("source", _text),
    "Tags": ("tags", _text),
    "BeatmapID": ("beatmap_id", integer),
    "BeatmapSetID": ("beatmap_set_id", integer),
}
DIFFICULTY: dict[str, Key] = {
    "HPDrainRate": ("hp_drain_rate", real),
    "CircleSize": ("circle_size", real),
    "OverallDifficulty": ("overall_difficulty", real),
    "ApproachRate": ("approach_rate", real),
    "SliderMultiplier": ("slider_multiplier", real),
    "SliderTickRate": ("slider_tick_rate", real),
}


def split_key(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def read_key(target: Any, table: dict[str, Key], line: str) -> None:
    """Set what ``line`` says on ``target``. Raises ``ValueError`` when the value or the line is refused."""
    key, value = split_key(line)
    if key in table:
        target.written[key] = value
        name, parse = table[key]
        setattr(target, name, parse(value))
    elif ":" in line:
        target.written[key] = value
    else:
        raise ValueError("no key")


def read_colour(beatmap: Beatmap, line: str) -> None:
    key, value = split_key(line)
    parts = value.split(",")
    if len(parts) not in (3, 4):
        raise ValueError("a colour has 3 or 4 numbers")
    red, green, blue = (integer(part) for part in parts[:3])
    if len(parts) == 4:
        integer(parts[3])
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        raise ValueError("a colour is out of range")
    if key.startswith("Combo") and key[5:] in _COMBO_NUMBERS:
        beatmap.colours.combo.append((red, green, blue))
    else:
        beatmap.colours.named[key] = (red, green, blue)


_COMBO_NUMBERS = frozenset(str(number) for number in range(1, MAX_COMBO_COLOURS + 1))


def in_range(name: str, value: float, mode: int) -> float:
    """``value`` of the difficulty field ``name``, clamped to the range of play."""
    low, high = _MANIA_KEYS if name == "circle_size" and mode == 3 else _RANGES.get(name, (0.0, 10.0))
    return min(max(value, low), high)


_RANGES = {"slider_multiplier": (0.4, 3.6), "slider_tick_rate": (0.5, 8.0)}
_MANIA_KEYS = (1.0, 18.0)


def clamp_difficulty(difficulty: Difficulty, mode: int) -> bool:
    """Clamp to the ranges of play, after the whole file is read. True when something changed."""
    changed = False
    for name, _ in DIFFICULTY.values():
        value = getattr(difficulty, name)
        clamped = in_range(name, value, mode)
        if clamped != value:
            setattr(difficulty, name, clamped)
            changed = True
    return changed
