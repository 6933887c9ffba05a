"""Published quirks by name: what the published system does, what this project does instead, and where it is specified.

Code asks a :class:`Compat` object, never a version string::

    if compat.published("reversed_guidance"): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PUBLISHED, CORRECTED = "published", "corrected"


@dataclass(frozen=True)
class Quirk:
    """One point where the published system and this project differ."""

    spec: str
    published: str
    corrected: str


QUIRKS: dict[str, Quirk] = {
    "reversed_guidance": Quirk(
        "03 9.1", "guidance pushes towards the negative prompt", "guidance pushes away from the negative prompt"
    ),
    "row0_temperature": Quirk(
        "03 9.4", "row 0 of a batch picks the temperature of all rows", "every row picks its own temperature"
    ),
    "guidance_mask": Quirk(
        "03 7.4",
        "the negative prompt is masked like the positive one, so padding of the shorter one is read or tokens are hidden",
        "each prompt has its own mask",
    ),
    "padded_limit": Quirk(
        "03 18, W9", "padding counts towards the length limit of a row", "a row's limit counts its own tokens"
    ),
    "packed_masks": Quirk(
        "02 5, 6.2",
        "V32-type models: local layers see everything, an uncached pass without padding is not causal",
        "local layers see their window, every pass is causal",
    ),
    "beam_state": Quirk(
        "03 9.8, W6",
        "guidance rows and remembered scores are not re-indexed with the beams",
        "cache and remembered scores follow the beams",
    ),
    "single_pending_hold": Quirk(
        "03 14, W2", "one hold note can be open at a time", "one hold note a column can be open; objects sorted by time"
    ),
    "parallel_given_contexts": Quirk(
        "03 10, W20",
        "parallel decoding shows only the first context and appends what it generates to given ones",
        "given contexts are shown and kept as they are",
    ),
    "unused_contexts": Quirk(
        "03 6.1",
        "in contexts that no fitting template shows are ignored",
        "they are an error that lists the possible ones",
    ),
    "float32_window_times": Quirk(
        "03 5, W24", "window starts pass through binary32 and drift by 1 ms on long songs", "they are exact"
    ),
    "super_timing_iterations": Quirk(
        "03 11, W21",
        "iterations run one by one, start and end limits apply to the shifted audio",
        "all iterations share batches, limits apply to the song",
    ),
    "timing_conditions": Quirk(
        "03 6.3",
        "the timing pass is asked for the timing of this map: stars, hold ratio and all",
        "it is asked for the timing of the song in this mode and style, so all difficulties have the same one",
    ),
    "add_to_beatmap_rewrites": Quirk(
        "03 15.2, W13",
        "the combined map is written anew and loses breaks, storyboard and colours",
        "only the lines in the range change; the rest of the file survives byte for byte",
    ),
    "output_names": Quirk("03 15.3", "beatmap<uuid>.osu", "Artist - Title (Creator) [Version].osu, never overwriting"),
    "osz_stored": Quirk(
        "03 15.3, W25",
        "an .osz holds one map, not compressed, files by their base names",
        "maps are compressed, and names are safe on every system",
    ),
    "map_repairs": Quirk(
        "08 10", "maps are written as they come", "repairs of the rules are done, with check_rules, as map_repairs says"
    ),
    "disclosure_tag": Quirk("03 3.5", "tags list the options only", "tags also disclose that the map was generated"),
    "inherit_creator_version": Quirk(
        "03 3.3", "creator and version never come from the reference map", "they do, unless given"
    ),
    "song_tags": Quirk(
        "03 3.4", "title and artist of a song are unknown", "they come from the song's tags, unless given"
    ),
    "unknown_descriptors": Quirk(
        "03 7.1",
        "descriptors that the checkpoint does not know are skipped",
        "they are an error that names the nearest",
    ),
    "given_tempo": Quirk(
        "03 2.4", "bpm and offset only stand in where nothing else gives the timing", "both given, they are the timing"
    ),
    "osu_template": Quirk(
        "03 15.1, W25",
        "byte order mark, SampleSet All, a bookmark, combining character in [Colours], objects in order of completion",
        "plain UTF-8, SampleSet Soft as in the timing lines, no bookmark, clean colours, objects sorted by time",
    ),
    "mania_combo_links": Quirk(
        "06 1.9", "editor links select by combo number in every mode", "links in mania select by time and column"
    ),
    "modding_report": Quirk(
        "06 1.10",
        "only the first ten suggestions of a category are printed",
        "all are, or with limit the most surprising ones; findings and summary stand beside them",
    ),
    "refiner_short_maps": Quirk(
        "04 13 Q-1", "maps of at most 2 * overlap_buffer elements are not refined", "every map is refined"
    ),
    "refiner_zero_position": Quirk(
        "04 13 Q-2", "an x or y of 0 puts the element at the centre", "only a missing axis takes the centre's"
    ),
    "refiner_mapper_lookup": Quirk(
        "04 13 Q-3", "mapper_id is looked up as a map id by the refiner", "mapper_id is a user id everywhere"
    ),
    "refiner_polish_model": Quirk(
        "04 13 Q-4", "the extra passes use the main model", "the extra passes use the model of diff_refine_ckpt"
    ),
    "refiner_padding": Quirk(
        "04 13 Q-5", "padding takes part in attention", "padding is blocked and changes no result"
    ),
    "refiner_sorted_times": Quirk(
        "04 13 Q-6", "start_time and end_time are found by binary search", "every element's time is compared"
    ),
    "refiner_split_last_anchor": Quirk(
        "04 2.1",
        "the timed half of a last anchor (slider layout 2) is an element of its own at the centre",
        "both halves are one element",
    ),
    "refiner_moves_fixed_ends": Quirk(
        "04 8", "ends of sliders that lie outside the range move too", "sliders without a free element stay"
    ),
    "refiner_leaves_playfield": Quirk(
        "04 2.2", "positions may leave the playfield", "refined positions keep to the rules of the playfield"
    ),
    "refiner_precision": Quirk(
        "04 7, 13",
        "the refiner multiplies in float32",
        "precision auto multiplies in bfloat16 where the CPU does so faster (positions within 1 px)",
    ),
    "refiner_doubled_positions": Quirk(
        "04 2.2", "a group with distance and position gets its new position twice", "it gets it once"
    ),
    "data_false_ends": Quirk(
        "05 5.5", "a context that is cut off for length is taught a false end", "what follows the cut is not trained"
    ),
    "data_window_state": Quirk(
        "05 5.3", "last kiai and scroll speed count the events of earlier windows only", "they count all earlier events"
    ),
    "data_guest_template": Quirk(
        "05 4",
        "a set without a second difficulty takes the guest out of its template for good",
        "only that set goes without",
    ),
    "data_first_audio": Quirk("05 4", "the audio of a set's first row serves all its rows", "every row has its own"),
    "data_test_templates": Quirk("05 5.1", "test windows draw their template", "each template in turn"),
    "data_generators": Quirk(
        "05 4",
        "draws come from the generators of the process and go on over epochs",
        "from seed, epoch and scope alone",
    ),
    "data_empty_windows": Quirk(
        "05 5.5", "windows with brackets never count as empty", "a window without trained events is empty"
    ),
    "schedule_past_end": Quirk(
        "05 6", "the cosine rate rises again after the last step", "it stays at its final value"
    ),
}


class Compat:
    """Answers whether a quirk follows the published system.

    ``choice`` is ``"corrected"``, ``"published"``, or a mapping from quirk name to one of the two
    (quirks that it leaves out are corrected). Unknown names or choices raise ``ValueError``.
    """

    def __init__(self, choice: str | Mapping[str, str] = CORRECTED) -> None:
        if isinstance(choice, str):
            self._published = set(QUIRKS) if _checked("compat", choice) == PUBLISHED else set()
            return
        unknown = sorted(set(choice) - set(QUIRKS))
        if unknown:
            raise ValueError(f"compat: unknown quirk {unknown[0]!r}; known: {', '.join(QUIRKS)}")
        self._published = {name for name, value in choice.items() if _checked(f"compat.{name}", value) == PUBLISHED}

    def published(self, quirk: str) -> bool:
        """True where the published behaviour of ``quirk`` is wanted. Raises ``KeyError`` for a name not in QUIRKS."""
        if quirk not in QUIRKS:
            raise KeyError(quirk)
        return quirk in self._published


def _checked(where: str, value: str) -> str:
    if value not in (PUBLISHED, CORRECTED):
        raise ValueError(f"{where}: {value!r} is not one of {CORRECTED}, {PUBLISHED}")
    return value
