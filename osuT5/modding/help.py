"""Help of the MaiMod entry, from the options themselves. Loads neither torch nor hydra."""

from __future__ import annotations

from .options import GROUPS, option_rows

_HEAD = """\
python mai_mod.py beatmap_path=map.osu [option=value ...]

Tells where a map surprises the model and where it departs from the ranking criteria. Suggestions are the model's
opinions, findings are facts; neither replaces playing the map and reading the criteria.

  python mai_mod.py beatmap_path=map.osu
  python mai_mod.py beatmap_path=map.osu inference=v31 limit=20 category=[Rhythm,Timing]
  python mai_mod.py beatmap_path=set.osz format=json

Settings can be kept in configs/mai_mod.yaml.
"""


def help_text() -> str:
    """Usage and every option with its default."""
    lines, group = [_HEAD], ""
    for name_of_group, name, default, text in option_rows():
        if name_of_group != group:
            group = name_of_group
            lines.append(f"\n{GROUPS[group]}")
        lines.append(f"  {name}={_shown(default)}".ljust(28) + f" {text}")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
