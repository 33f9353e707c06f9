"""The small studio that every run begins with: always the same files, records and ids.

Uploads and a download, a path that two representations list, a target file with other content of the same
size, a zero-byte file, a file of several blocks, folders that are still to be made, the partial of a large
file that a worker had begun before it died. What both sites hold in the end is `CONTENTS`; what they hold
at first is `BEFORE`; what `backup` keeps in its trash is `REPLACED`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import apsw
from bson import ObjectId

from syncgui.engine.environment import Worth
from syncgui.providers.partial_names import partial_name
from syncgui.state import Partial
from syncgui.store.schema import ADD_WORKER
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
_MOVIE = "movies/sh010.mov"

_SIZES = {
    **dict.fromkeys(_FRAMES, 20_000),
    _EMPTY: 0,
    _CACHE: 2_500_000,  # three blocks: there is a moment with a part of it
    _TEXTURE: 5_000,
    _HERO: 1_500_000,
    _PLATE: 30_000,
    _MOVIE: 3_300_000,
}

WORTH = Worth(file_bytes=_SIZES[_MOVIE], written_bytes=1)
"""Only the one large file is gone on with."""

BEGUN_BYTES = 1_200_000
_BEFORE_US = "w-before"


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
    _Published((_MOVIE,)),
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
        _begin_a_movie(studio)
    finally:
        studio.close()


def _begin_a_movie(studio: Studio) -> None:
    """What a worker of this machine that is gone has sent of a large file already."""
    store, state = studio.app.store, studio.app.state
    begun = partial_name(_MOVIE.rpartition("/")[2], _BEFORE_US, 1)
    studio.write(f"movies/{begun}", CONTENTS[_MOVIE][:BEGUN_BYTES], "backup")
    found = (studio.root("studio") / _MOVIE).stat()
    source = f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"
    root = str(studio.root("backup"))
    state.note_worker(_BEFORE_US, store.identity)
    state.note_partials(_BEFORE_US, [Partial("backup", root, _MOVIE, begun, source, time.time())])
    database = apsw.Connection(str(studio.folder / DATABASE))
    database.execute(ADD_WORKER, (_BEFORE_US, "host", "user", "local", 1, "", "2026-01-01"))
    database.close()


def _identifier(number: int) -> ObjectId:
    """Always the same id: the order of work must be the same in every run."""
    return ObjectId(f"6627d1f0{number:016x}")
