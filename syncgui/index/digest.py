"""One representation document, digested into what the index keeps of it.

Pure. All statuses come from `model.status`; nothing here decides what a record means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from syncgui.index.columns import (
    CODES,
    NO_STATUS,
    Flow,
    OpenColumns,
    Place,
    PlaceTally,
    RepColumns,
    pack,
    rank,
)
from syncgui.index.marks import backoff_end
from syncgui.index.open_rows import Circumstances, SeenBefore, believed_size, mark_wishes, open_rows
from syncgui.index.search_text import fold_names, search_text
from syncgui.index.values import View
from syncgui.model.errors import PathRefusedError
from syncgui.model.paths import place
from syncgui.model.representation import File, Representation
from syncgui.model.sites import DEFAULT_PRIORITY
from syncgui.model.status import FileState, Status, file_states, nobody_holds, representation_state

_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Digest:
    """What the index should hold of one representation. `strangers`: entries seen moving right now."""

    columns: RepColumns
    search: str
    places: dict[Place, PlaceTally]
    open: dict[tuple[int, Flow], OpenColumns]
    strangers: int


class _PlacedFile(NamedTuple):
    key: str
    root: str | None


def digest(
    representation: Representation, circumstances: Circumstances, *, hero: bool, seen: SeenBefore
) -> Digest:
    """Everything that the index keeps of one representation.

    Args:
        representation: as read from its document.
        circumstances: view, time, who lives.
        hero: whether its parent is a hero version.
        seen: what the index knew of its open entries.
    """
    files = representation.files
    placed = [_place(file.path, circumstances.view) for file in files]
    opened: dict[tuple[int, Flow], OpenColumns] = {}
    held: set[int] = set()
    strangers = 0
    since = representation.published.timestamp() if representation.published else 0.0
    for position, file in enumerate(files):
        wishes = mark_wishes(position, file, circumstances, seen)
        if not wishes:
            continue
        for flow, row in open_rows(file, placed[position].key, since, wishes).items():
            opened[position, flow] = row
        held.update(id(entry) for entry, marked in wishes if marked.held)
        strangers += sum(marked.moved_at == circumstances.now for _, marked in wishes)
    view = circumstances.view
    states = file_states(
        files,
        view.pair,
        retry_cnt=view.retry_cnt,
        is_held=(lambda entry: id(entry) in held) if held else nobody_holds,
    )
    sizes = [believed_size(file) or 0 for file in files]
    places = _places(files, placed, sizes)
    columns = _columns(representation, circumstances, hero=hero, states=states, sizes=sizes, places=places)
    return Digest(columns, _search(representation, placed, columns, places), places, opened, strangers)


def _place(path: str, view: View) -> _PlacedFile:
    try:
        placed = place(path, view.known_roots)
    except PathRefusedError:
        return _PlacedFile(path, None)
    return _PlacedFile(placed.key, placed.root_name)


def _places(
    files: Sequence[File], placed: Sequence[_PlacedFile], sizes: Sequence[int]
) -> dict[Place, PlaceTally]:
    tallies: dict[str, PlaceTally] = {}
    roots: dict[str, set[str]] = {}
    for file, where, size in zip(files, placed, sizes, strict=True):
        for name, entry in file.entries.items():
            number, total, newest = tallies.get(name, (0, 0, None))
            if entry.present:
                number, total = number + 1, total + size
                newest = _later(newest, entry.created_dt)
                if where.root is not None:
                    roots.setdefault(name, set()).add(f"{{{where.root}}}")
            tallies[name] = (number, total, newest)
    return {(name, "\n".join(sorted(roots.get(name, ())))): tally for name, tally in tallies.items()}


def _later(known: float | None, time: datetime | None) -> float | None:
    if time is None:
        return known
    seconds = time.timestamp()
    return seconds if known is None or seconds > known else known


def _columns(
    representation: Representation,
    circumstances: Circumstances,
    *,
    hero: bool,
    states: Sequence[FileState],
    sizes: Sequence[int],
    places: dict[Place, PlaceTally],
) -> RepColumns:
    view = circumstances.view
    size = sum(sizes)
    statuses = [state.status for state in states]
    wishes = [state for state in states if state.wish is not None]  # of most representations none
    shown = representation_state(statuses)
    first = _first(wishes, shown.status) if shown and wishes else None
    wish = first.wish if first else None
    return RepColumns(
        key=representation.id,
        parent=representation.parent,
        name=representation.name,
        asset=representation.asset,
        subset=representation.subset,
        version=representation.version,
        hero=int(hero),
        hierarchy=representation.hierarchy,
        task=representation.task,
        username=representation.username,
        files=len(representation.files),
        size=size,
        changed=_changed(representation, places),
        status=CODES[shown.status] if shown else NO_STATUS,
        rank=rank(shown.status if shown else None),
        shown=shown.count if shown else 0,
        among=shown.of if shown else 0,
        packed=_packed(sizes, statuses),
        available=statuses.count(Status.NOT_REQUESTED),
        active_share=_share(view.pair.active, places, len(states), size),
        remote_share=_share(view.pair.remote, places, len(states), size),
        priority=max((one.wish.priority for one in wishes if one.wish), default=DEFAULT_PRIORITY),
        error=_first_error(first, wishes) if wishes else None,
        direction=first.direction if first else None,
        paused_by=wish.paused_by if wish else None,
        waits_for="\n".join(first.waits_for) if first and first.waits_for else None,
        next_try=backoff_end(wish, circumstances.now) if wish else None,
        notes="\n".join(representation.notes) if representation.notes else None,
    )


def _first(states: Iterable[FileState], status: Status | None) -> FileState | None:
    return next((state for state in states if state.status is status), None)


def _first_error(first: FileState | None, states: Iterable[FileState]) -> str | None:
    if first is not None and first.wish is not None and first.wish.error:
        return first.wish.error[:_LONGEST_ERROR]
    errors = (state.wish.error for state in states if state.wish and state.wish.error)
    error = next(errors, None)
    return error[:_LONGEST_ERROR] if error is not None else None


def _changed(representation: Representation, places: dict[Place, PlaceTally]) -> float:
    """When something came or failed last; when files came, the places know."""
    newest = representation.published.timestamp() if representation.published else 0.0
    for _, _, came in places.values():
        newest = newest if came is None else max(newest, came)
    for file in representation.files:
        for entry in file.entries.values():
            if entry.last_failed_dt is not None:
                newest = max(newest, entry.last_failed_dt.timestamp())
    return newest


def _packed(sizes: Sequence[int], statuses: Sequence[Status]) -> bytes:
    counts: dict[Status, tuple[int, int]] = {}
    for size, status in zip(sizes, statuses, strict=True):
        number, total = counts.get(status, (0, 0))
        counts[status] = (number + 1, total + size)
    return pack(counts)


def _share(site: str | None, places: dict[Place, PlaceTally], files: int, size: int) -> float:
    for (name, _), (number, total, _newest) in places.items():
        if name == site:
            return total / size if size else number / files
    return 0.0


def _search(
    representation: Representation,
    placed: Sequence[_PlacedFile],
    columns: RepColumns,
    places: Iterable[Place],
) -> str:
    folders = dict.fromkeys(where.key.replace("\\", "/").rpartition("/")[0] for where in placed)
    names = fold_names([where.key.replace("\\", "/").rpartition("/")[2] for where in placed])
    version = "" if columns.version is None else f"v{columns.version:03d}"
    return search_text(
        (
            representation.asset,
            representation.subset,
            "hero" if columns.hero else version,
            representation.name,
            representation.family,
            representation.hierarchy,
            representation.task,
            representation.username,
            *folders,
            *names,
            *representation.notes,
            *(site for site, _ in places),
            columns.error or "",
        )
    )
