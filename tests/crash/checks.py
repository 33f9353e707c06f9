"""What must hold after a crash (P1, P2) and after the run that follows it (P3).

Nothing of the studio is touched: the database and its log are read as a copy, as the crash left them.
Each violation is a sentence that names the promise.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from syncgui.model.representation import File, read_representation
from syncgui.providers.local_folder import read_partial_name
from syncgui.providers.trash_names import TRASH
from syncgui.state import StateFile
from syncgui.store.sqlite_store import SqliteStore
from tests.crash.published import BEFORE, CONTENTS, DATABASE, REPLACED, SITES
from tests.engine.studio import PROJECT

LOCKS_LEFT = "locks of workers were left"


def violations_of_crash(folder: Path) -> list[str]:
    """What is wrong in the state that a crash left."""
    return [
        *_recorded_too_early(folder),
        *_names_with_wrong_content(folder),
        *_trash_with_wrong_content(folder),
    ]


def violations_of_end(folder: Path) -> list[str]:
    """What is wrong after the program ran again to its end."""
    return [
        *_recorded_too_early(folder),
        *_names_with_wrong_content(folder),
        *_trash_with_wrong_content(folder),
        *_old_versions_missing(folder),
        *_files_missing_or_left(folder),
        *_entries_not_done(folder),
        *_state_left(folder),
    ]


def _recorded_too_early(folder: Path) -> Iterator[str]:
    for file in _files(folder):
        for site, entry in file.entries.items():
            if entry.present and _content(folder, site, _name(file)) != CONTENTS[_name(file)]:
                yield f"P1: {_name(file)} is recorded on {site} and is not there as it should be"


def _names_with_wrong_content(folder: Path) -> Iterator[str]:
    for site in SITES:
        for name in sorted({*_tree(folder, site), *BEFORE[site]}):
            content = _content(folder, site, name)
            if content is None or content not in (BEFORE[site].get(name), CONTENTS.get(name)):
                size = "gone" if content is None else f"{len(content)} bytes"
                yield f"P2: {name} on {site} is neither the old nor the new file ({size})"


def _trash_with_wrong_content(folder: Path) -> Iterator[str]:
    for site in SITES:
        for name, old in _trash(folder, site).items():
            if old != BEFORE[site].get(name):
                yield f"P2: {name} in the trash of {site} is not the old file ({len(old)} bytes)"


def _old_versions_missing(folder: Path) -> Iterator[str]:
    kept = _trash(folder, "backup")
    for name in REPLACED:
        if name not in kept:
            yield f"P3: the old {name} is not in the trash of backup"


def _files_missing_or_left(folder: Path) -> Iterator[str]:
    for site in SITES:
        for name, content in CONTENTS.items():
            if _content(folder, site, name) != content:
                yield f"P3: {name} is not on {site}"
        for name in sorted(_partials(folder, site)):
            yield f"P3: {name} was left on {site}"


def _entries_not_done(folder: Path) -> Iterator[str]:
    for file in _files(folder):
        for site in SITES:
            entry = file.entries[site]
            if not entry.present:
                yield f"P3: {_name(file)} is not recorded on {site}"
            if entry.lease is not None:
                yield f"P3: {_name(file)} on {site} is still leased to {entry.lease}"
            if entry.tries or entry.error:
                yield f"P3: {_name(file)} on {site} has a failure: {entry.tries} tries, {entry.error}"


def _state_left(folder: Path) -> Iterator[str]:
    state = StateFile(folder / "home" / "state" / "state.sqlite")
    try:
        if state.partials() or state.kept_results():
            yield "P3: the state file still holds partials or results"
    finally:
        state.close()
    locks = sorted(path.name for path in (folder / f"{DATABASE}.workers").iterdir())
    if locks:
        yield f"P3: {LOCKS_LEFT}: {locks}"


def _files(folder: Path) -> list[File]:
    """Every file of every record, as the crash left them."""
    with tempfile.TemporaryDirectory(dir=folder) as copied:
        for name in (DATABASE, f"{DATABASE}-wal"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, Path(copied, name))
        store = SqliteStore(Path(copied, DATABASE))
        try:
            documents = [document for chunk in store.scan(PROJECT) for document in chunk]
        finally:
            store.close()
    return [file for document in documents for file in read_representation(document).files]


def _name(file: File) -> str:
    return file.path.removeprefix("{root[work]}/")


def _content(folder: Path, site: str, name: str) -> bytes | None:
    path = folder / "sites" / site / name
    return path.read_bytes() if path.is_file() else None


def _tree(folder: Path, site: str) -> set[str]:
    return {name for name in _all_files(folder, site) if not _is_partial(name)}


def _partials(folder: Path, site: str) -> set[str]:
    return {name for name in _all_files(folder, site) if _is_partial(name)}


def _trash(folder: Path, site: str) -> dict[str, bytes]:
    """What is kept of each name; of a day's folder nothing is left of the name but the path."""
    root = folder / "sites" / site / TRASH
    return {
        "/".join(path.relative_to(root).parts[1:]): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not _is_partial(path.name)
    }


def _is_partial(name: str) -> bool:
    return read_partial_name(name.rpartition("/")[2]) is not None


def _all_files(folder: Path, site: str) -> set[str]:
    root = folder / "sites" / site
    found = (path.relative_to(root) for path in root.rglob("*") if not path.is_dir())
    return {str(path) for path in found if path.parts[0] != TRASH}
