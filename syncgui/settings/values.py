"""Reading single values: numbers, sizes, modes, names.

Numbers come as numbers or as strings in the files that studios have. Each function returns the value
or raises `ValueError` with what is allowed.
"""

from __future__ import annotations

import math
import re

RETRY_COUNT = "a whole number, 1 or more"
DELAY = "a number of seconds above 0"
SITE_NAME = "the name of a site"
MACHINE_NAME = 'a name of its own for this machine, not "studio" and not "local"'
SITE_NAMES = "a list of names of sites"
BOOLEAN = "true or false"

_LARGEST_COUNT = 1_000_000
_LARGEST_SECONDS = 10_000_000.0
_WHOLE = re.compile(r"[+-]?\d{1,30}(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)\s*([kmgt]?)(i?)b?(?:/s)?", re.IGNORECASE)
_OCTAL = re.compile(r"(?:0o)?([0-7]{3,4})", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def whole_number(value: object, *, least: int, allowed: str) -> int:
    """A count, given as 3, 3.0 or "3"."""
    number: float | int
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        number = int(value.strip().partition(".")[0])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    else:
        raise ValueError(allowed)
    # the range first: it also turns away NaN and what int() can not take
    if not least <= number <= _LARGEST_COUNT or number != int(number):
        raise ValueError(allowed)
    return int(number)


def retry_count(value: object) -> int:
    """`retry_cnt`."""
    return whole_number(value, least=1, allowed=RETRY_COUNT)


def delay_s(value: object) -> float:
    """`loop_delay`, seconds."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        number = float(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # a whole number may be larger than any float
        number = float(value) if abs(value) <= _LARGEST_SECONDS else math.inf
    else:
        raise ValueError(DELAY)
    if not 0 < number <= _LARGEST_SECONDS:
        raise ValueError(DELAY)
    return number


def size_bytes(value: object, *, least: int, allowed: str) -> int:
    """A size such as "20MB", "5GiB", "1.5 G" or 4096; MB is 1000², MiB is 1024²."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or (match[3] and not match[2]):
        raise ValueError(allowed)
    unit = 1024 if match[3] else 1000
    size = float(match[1]) * unit ** " kmgt".index(match[2].lower() or " ")
    if not least <= size < 2**62:
        raise ValueError(allowed)
    return int(size)


def octal_mode(value: object, allowed: str) -> int:
    """A mode such as "0664"; only text, since the number 664 would be another mode."""
    match = _OCTAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(allowed)
    return int(match[1], 8)


def clean_text(value: object, allowed: str) -> str:
    """Text that file systems and databases can hold: no control characters, no half surrogates."""
    if not isinstance(value, str) or _CONTROL.search(value) or not _is_encodable(value):
        raise ValueError(allowed)
    return value


def site_name(value: object) -> str:
    """A site's name: any text but an empty one."""
    name = clean_text(value, SITE_NAME)
    if not name.strip():
        raise ValueError(SITE_NAME)
    return name


def site_names(value: object) -> tuple[str, ...]:
    """A list of sites."""
    if not isinstance(value, list):
        raise ValueError(SITE_NAMES)
    try:
        return tuple(site_name(item) for item in value)
    except ValueError as error:
        raise ValueError(SITE_NAMES) from error


def boolean(value: object) -> bool:
    """Only true and false: "yes" and "no" have been taken for true before."""
    if not isinstance(value, bool):
        raise ValueError(BOOLEAN)
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def machine_name(value: object) -> str:
    """A `local_id`: any site's name but the two that have a meaning."""
    try:
        name = site_name(value)
    except ValueError as error:
        raise ValueError(MACHINE_NAME) from error
    if name in ("studio", "local"):
        raise ValueError(MACHINE_NAME)
    return name
