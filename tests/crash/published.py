"""The small studio that every run begins with: always the same files, records and ids.

Uploads and a download, a path that two representations list, a target file with other content of the same
size, a zero-byte file, a file of several blocks, folders that are still to be made. What both sites hold
in the end is `CONTENTS`; what they hold at first is `BEFORE`; what `backup` keeps in its trash is `REPLACED`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bson import ObjectId

from tests.engine.studio import Studio

SITES = ("studio", "backup")
DATABASE = "db.sqlite"

_VERSION = "shots/sh010/v001"
_FRAMES = (f"{_VERSION}/beauty.1001.exr", f"{_VERSION}/beauty.1002.exr")
_EMPTY = f"{_VERSION}/empty.txt"
_CACHE = f"{_VERSION}/cache.abc"
_TEXTURE = "assets/wood.tx"
_HERO = "hero/model.abc"
_PLATE = "plates/sh010/plate.exr"

_SIZES = {
    **dict.fromkeys(_FRAMES, 20_000),
    _EMPTY: 0,
    _CACHE: 2_500_000,  # three blocks: there is a moment with a part of it
    _TEXTURE: 5_000,
    _HERO: 1_500_000,
    _PLATE: 30_000,
}


def _content(name: str, size_bytes: int) -> bytes:
    return random.Random(name).randbytes(size_bytes)


CONTENTS: Mapping[str, bytes] = {path: _content(path, size) for path, size in _SIZES.items()}
BEFORE: Mapping[str, Mapping[str, bytes]] = {
    "studio": {path: content for path, content in CONTENTS.items() if path != _PLATE},
    "backup": {_PLATE: CONTENTS[_PLATE], _HERO: _content("the version before", _SIZES[_HERO])},
}

REPLACED = (_HERO,)


@dataclass(frozen=True, slots=True)
class _Published:
    """One representation: its files, the site that has them, the site that asks for them."""

    files: tuple[str, ...]
    present: str = "studio"
    wanted: str = "backup"


_PUBLISHED = (
    _Published((*_FRAMES, _EMPTY, _TEXTURE)),
    _Published((_CACHE, _TEXTURE)),
    _Published((_HERO,)),
    _Published((_PLATE,), present="backup", wanted="studio"),
)


def publish(folder: Path, provider: str = "local_drive") -> None:
    """Make the studio in an empty folder.

    Args:
        provider: code of the provider of `backup`; `studio` is always a local drive.
    """
    root = str(folder / "sites" / "backup")
    backup: dict[str, object] = {"provider": provider, "root": {"work": root}, "trash_days": 7}
    studio = Studio(folder, sites={"backup": backup})
    try:
        for site, contents in BEFORE.items():
            for path, content in contents.items():
                studio.write(path, content, site)
        for number, one in enumerate(_PUBLISHED, 1):
            files = [
                {
                    **studio.file(path, len(CONTENTS[path]), present=one.present, wanted=one.wanted),
                    "_id": _identifier(1000 * number + position),
                }
                for position, path in enumerate(one.files)
            ]
            studio.insert({"_id": _identifier(number), "parent": _identifier(0), "files": files})
    finally:
        studio.close()


def _identifier(number: int) -> ObjectId:
    """Always the same id: the order of work must be the same in every run."""
    return ObjectId(f"6627d1f0{number:016x}")
