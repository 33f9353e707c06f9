"""A large database and its index for `benchmarks.table`, made in a process of its own.

`python -m benchmarks.table_store FOLDER 100000` records representations of one file that are on both sites,
each hundredth wanted and missing; `--files 2000` publishes real files that are to be moved.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson import ObjectId

from syncgui.application import Application, Options

PROJECT = "Bench"
_WHEN = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
_AT_ONCE = 5_000


def main() -> None:
    """Record, and bring the index up to it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int, nargs="?", default=0)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--size", type=int, default=2_048)
    options = parser.parse_args()
    application = open_application(options.folder)
    try:
        for start in range(0, options.rows, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, options.rows))
            application.store.insert(PROJECT, [_recorded(number) for number in numbers])
        for number in range(options.files):
            _write(options.folder / "studio", number, options.size)
        if options.files:
            numbers = range(options.files)
            application.store.insert(PROJECT, [_published(number, options.size) for number in numbers])
        else:
            application.catch_up(application.projects())
    finally:
        application.close()


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
    return _document(number, "archive", 1_000 + number, created, wish if number % 100 == 0 else there)


def _published(number: int, size: int) -> dict[str, object]:
    return _document(number, "work", size, _WHEN + timedelta(days=30), {"name": "backup"})


def _document(
    number: int, root: str, size: int, created: datetime, remote: dict[str, object]
) -> dict[str, object]:
    asset = f"sh{number % 977:03d}"
    return {
        "_id": ObjectId(),
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
                "_id": ObjectId(),
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
