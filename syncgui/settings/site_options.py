"""The options that every site has, whatever its provider."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncgui.settings import values

_SPEED = 'a size a second such as "20MB"'
_RESERVE = 'a size such as "5GiB"'
_MODE = 'an octal mode in quotes such as "0664"'
_COUNT = "a whole number, 1 or more"
_DAYS = "a whole number, 0 or more"
_PATHS = "a list of paths"


class Verify(StrEnum):
    """How a copy is checked before it counts."""

    SIZE = "size"
    XXH3 = "xxh3"
    READBACK = "readback"


def _slots(value: object) -> int:
    return values.whole_number(value, least=1, allowed=_COUNT)


def _days(value: object) -> int:
    return values.whole_number(value, least=0, allowed=_DAYS)


def _speed(value: object) -> int:
    return values.size_bytes(value, least=1, allowed=_SPEED)


def _reserve(value: object) -> int:
    return values.size_bytes(value, least=0, allowed=_RESERVE)


def _mode(value: object) -> int:
    return values.octal_mode(value, _MODE)


def _paths(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(_PATHS)
    paths = tuple(values.clean_text(item, _PATHS) for item in value)
    if not all(paths):
        raise ValueError(_PATHS)
    return paths


class SiteOptions(BaseModel):
    """Validated common options; each description says what is allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alternative_sites: Annotated[tuple[str, ...], BeforeValidator(values.site_names)] = Field(
        (), description=values.SITE_NAMES
    )
    verify: Verify = Field(default=Verify.XXH3, description='"size", "xxh3" or "readback"')
    slots: Annotated[int | None, BeforeValidator(_slots)] = Field(None, description=_COUNT)
    bandwidth: Annotated[int | None, BeforeValidator(_speed)] = Field(None, description=_SPEED)
    file_mode: Annotated[int | None, BeforeValidator(_mode)] = Field(None, description=_MODE)
    folder_mode: Annotated[int | None, BeforeValidator(_mode)] = Field(None, description=_MODE)
    allowed_link_targets: Annotated[tuple[str, ...], BeforeValidator(_paths)] = Field((), description=_PATHS)
    reserve: Annotated[int | None, BeforeValidator(_reserve)] = Field(None, description=_RESERVE)
    trash_days: Annotated[int | None, BeforeValidator(_days)] = Field(None, description=_DAYS)
    allow_remove: Annotated[bool, BeforeValidator(values.boolean)] = Field(False, description=values.BOOLEAN)
