"""Numbers of .osu text, read and written (spec 07 sections 1 and 12). Text that is refused raises ``ValueError``."""

from __future__ import annotations

import math
from decimal import Decimal

INT_LIMIT = 2147483647
COORDINATE_LIMIT = 131072


def integer(text: str) -> int:
    """Sign and digits, white space around allowed, within +-2147483647."""
    value = int(_plain(text))
    if -INT_LIMIT <= value <= INT_LIMIT:
        return value
    raise ValueError(f"{value} is out of range")


def real(text: str, limit: float = INT_LIMIT) -> float:
    """A finite number within +-``limit``; never -0."""
    value = float(_plain(text))
    if -limit <= value <= limit:
        return value or 0.0
    raise ValueError(f"{value} is out of range")


def coordinate(text: str) -> float:
    return real(text, COORDINATE_LIMIT)


def time_of(text: str, offset: float) -> float:
    """A time in ms moved by ``offset``, still in range."""
    value = real(text) + offset
    if value > INT_LIMIT:
        raise ValueError(f"{value} is out of range")
    return value or 0.0


def beat_length(text: str) -> float:
    """As :func:`real`, but NaN is allowed."""
    value = float(_plain(text))
    return value if value != value else real(text)


def plain_number(value: float) -> str:
    """The shortest text that reads back to ``value``: no exponent, no ``-0``, whole numbers without ``.0``."""
    if value != value:
        return "NaN"
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    text = repr(float(value))
    return format(Decimal(text), "f") if "e" in text else text


def _plain(text: str) -> str:
    # Python also reads underscores and the digits of other scripts
    if "_" in text or not text.isascii():
        raise ValueError(f"{text[:40]!r} is not a number")
    return text
