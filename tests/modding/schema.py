"""The part of JSON Schema that the report's schema uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "osuT5/modding/report.schema.json").read_text(encoding="utf-8")
)
_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}
_KNOWN = {"$schema", "title", "description", "type", "enum", "properties", "required", "additionalProperties", "items"}


def problems(value: Any, schema: dict[str, Any] = SCHEMA, where: str = "report") -> list[str]:
    """What in ``value`` departs from ``schema``; empty where nothing does."""
    assert not set(schema) - _KNOWN, f"keyword of the schema that this check does not know at {where}"
    types = schema.get("type", list(_TYPES))
    types = [types] if isinstance(types, str) else types
    if not any(isinstance(value, _TYPES[kind]) and not isinstance(value, bool) for kind in types):
        return [f"{where}: {value!r} is not {' or '.join(types)}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of {schema['enum']}"]
    if isinstance(value, dict):
        return _of_object(value, schema, where)
    if isinstance(value, list):
        return [
            line for number, item in enumerate(value) for line in problems(item, schema["items"], f"{where}[{number}]")
        ]
    return []


def _of_object(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, item in value.items():
        if name in known:
            found += problems(item, known[name], f"{where}.{name}")
        elif isinstance(other, dict):
            found += problems(item, other, f"{where}.{name}")
        elif not other:
            found.append(f"{where}: {name} is not known")
    return found
