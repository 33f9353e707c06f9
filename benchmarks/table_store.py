"""A large database and its index for `benchmarks.table`, made and changed by processes of their own.

`python -m benchmarks.table_store FOLDER 100000` records representations of one file that are on both sites,
each hundredth wanted and missing. `--files 2000` publishes real files that are to be moved. `--updates 5000
--of 100000` edits so many of the representations, whereby state and place of each row change.
"""

from __future__ import annotations

import argparse
import random
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson import ObjectId

from syncgui.application import Application, Options
from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.representation import FileRef

PROJECT = "Bench"
_WHEN = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
_AT_ONCE = 5_000
_EDITED_AT_ONCE = 100
_BETWEEN_S = 0.1


def main() -> None:
    """Record, and bring the index up to it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int, nargs="?", default=0)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--size", type=int, default=2_048)
    parser.add_argument("--updates", type=int, default=0)
    parser.add_argument("--of", type=int, default=0, help="how many rows there are")
    parser.add_argument("--but", default="", help="the representation to leave as it is")
    options = parser.parse_args()
    application = open_application(options.folder)
    try:
        if options.rows:
            _record(application, options.rows)
        if options.files:
            numbers = range(options.first, options.first + options.files)
            _publish(application, options.folder / "studio", numbers, options.size)
        if options.updates:
            _edit(application, options.updates, options.of, options.but)
    finally:
        application.close()


def _record(application: Application, rows: int) -> None:
    for start in range(0, rows, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, rows))
        application.store.insert(PROJECT, [_recorded(number) for number in numbers])
    application.catch_up(application.projects())


def _publish(application: Application, root: Path, numbers: range, size: int) -> None:
    for number in numbers:
        _write(root, number, size)
    application.store.insert(PROJECT, [_published(number, size) for number in numbers])


def _edit(application: Application, updates: int, of: int, but: str) -> None:
    """Half are asked for again and paused, which shows another state; half fail, and go to the front."""
    numbers = random.Random(7).sample(range(of), updates + 1)
    edited = [number for number in numbers if str(_id(number)) != but][:updates]
    pace = threading.Event()  # never set: others get their turn in between
    for start in range(0, updates, _EDITED_AT_ONCE):
        part = edited[start : start + _EDITED_AT_ONCE]
        half = len(part) // 2
        targets = [Target(str(_id(one)), FileRef(str(_id(one)), ""), "backup") for one in part[:half]]
        wishes = [(one, wish) for one in targets for wish in (Wish.SYNC_AGAIN, Wish.PAUSE)]
        application.store.edit(PROJECT, [Edit(one, wish, "ben") for one, wish in wishes])
        application.store.delete(PROJECT, [str(_id(one)) for one in part[half:]])
        application.store.insert(PROJECT, [_failed(one) for one in part[half:]])
        pace.wait(_BETWEEN_S)


def open_application(folder: Path) -> Application:
    """The parts over the folder's settings and database, as `two_sites` lays them out."""
    return Application(Options(folder / "home", folder / "settings", f"sqlite:///{folder / 'db.sqlite'}"), {})


def _recorded(number: int) -> dict[str, object]:
    """On both sites; each hundredth is wanted by the backup, and paused so that it stays so.

    Their root is not the one below which files are moved: these files need not be there.
    """
    created = _WHEN + timedelta(seconds=number % 1_000_000)
    wish: dict[str, object] = {"name": "backup", "paused": True, "paused_by": "anna"}
    there: dict[str, object] = {"name": "backup", "created_dt": created}
    remote = wish if number % 100 == 0 else there
    return _document(_id(number), number, "archive", 1_000 + number, created, remote)


def _failed(number: int) -> dict[str, object]:
    failed: dict[str, object] = {"name": "backup", "tries": 99, "error": "source file is gone"}
    return _document(_id(number), number, "archive", 1_000 + number, _WHEN, failed)


def _published(number: int, size: int) -> dict[str, object]:
    return _document(ObjectId(), number, "work", size, _WHEN + timedelta(days=30), {"name": "backup"})


def _id(number: int) -> ObjectId:
    """The same number has the same id, of a document and of its file."""
    return ObjectId(f"{int(_WHEN.timestamp()):08x}{number:016x}")


def _document(
    key: ObjectId, number: int, root: str, size: int, created: datetime, remote: dict[str, object]
) -> dict[str, object]:
    asset = f"sh{number % 977:03d}"
    return {
        "_id": key,
        "type": "representation",
        "parent": ObjectId(),
        "name": ("exr", "abc", "usd")[number % 3],
        "context": {
            "asset": asset,
            "subset": f"render{'ABCDEFG'[number % 7]}",
            "version": number % 13,
            "hierarchy": f"shots/sq{number % 31:02d}",
            "username": "anna",
        },
        "files": [
            {
                "_id": key,
                "path": f"{{root[{root}]}}/new/{number % 50}/{asset}.{number}.exr",
                "size": size,
                "sites": [{"name": "studio", "created_dt": created}, remote],
            }
        ],
    }


def _write(root: Path, number: int, size: int) -> None:
    path = root / "new" / str(number % 50) / f"sh{number % 977:03d}.{number}.exr"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(number.to_bytes(8, "little") * (size // 8))


if __name__ == "__main__":
    main()
