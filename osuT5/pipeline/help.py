"""Help of the inference entry, from the options themselves. Loads neither torch nor hydra."""

from __future__ import annotations

from ..options import GROUPS, option_rows

_HEAD = """\
python inference.py [-cn CONFIG] [option=value ...]

Makes an osu! beatmap for a song. Maps made with this tool are AI generated: say so wherever you share them;
osu! does not accept them for ranking.

  python inference.py audio_path=song.mp3 difficulty=5
  python inference.py -cn inference_v32 audio_path=song.mp3 gamemode=3 keycount=7
  python inference.py beatmap_path="'C:\\My Songs\\map.osu'" in_context=[TIMING,KIAI]

Configurations: inference (the model that comes with the project), inference_v28, inference_v29, inference_v30,
inference_v31, inference_v32, inference_v32-mini. Edit those files in configs/ to keep settings.
--cfg job prints the composed configuration; -m runs every combination of comma separated values.
"""


def help_text() -> str:
    """Usage and every option with its schema default."""
    lines, group = [_HEAD], ""
    for name_of_group, name, default, text in option_rows():
        if name_of_group != group:
            group = name_of_group
            lines.append(f"\n{GROUPS[group]}")
        lines.append(f"  {name}={_shown(default)}".ljust(40) + f" {text}")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace(" ", "").replace("'", "")
