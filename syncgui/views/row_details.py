"""What the detail shows of one representation, read from its document: lines, problem, other places, notes.

Runs in the reader thread and knows no Qt. The document in the store is what counts here, the index only
has sums of it. A line is a file or a folded run of a sequence, so that ten thousand frames stay a few lines;
odd documents raise nothing, what is odd about them comes out as notes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import PathRefusedError
from syncgui.model.leases import worker_of
from syncgui.model.paths import PlacedPath
from syncgui.model.representation import File, Representation, read_representation
from syncgui.model.sites import SiteEntry
from syncgui.model.status import FileState, Pair, Status, file_states
from syncgui.state import Attempt
from syncgui.views.file_lines import FileFacts, Line, Side, fold
from syncgui.views.row_places import placed_path

MOST_NOTES = 20
MOST_ATTEMPTS = 20
_LONGEST_ERROR = 2000
_BELIEVED_BYTES = 2**50


@dataclass(frozen=True, slots=True)
class Problem:
    """The error to tell about: that of the first failed file, else of the first that tries again.

    Args:
        sentence: as recorded.
        path: of the file, as recorded.
        site: the site that waits for the file.
        tries: so far.
        of: tries at which it rests.
        when: epoch seconds of the last try, None where the record has none.
        next_try: epoch seconds before which nothing is tried, None for at once.
        rests: its tries are used up.
        others: how many more files of the representation have an error.
    """

    sentence: str
    path: str
    site: str
    tries: int
    of: int
    when: float | None
    next_try: float | None
    rests: bool
    others: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A site outside the pair that has `files` of the files, the newest since then (epoch seconds)."""

    site: str
    files: int
    newest: float | None


@dataclass(frozen=True, slots=True)
class Details:
    """One representation, as its document is now.

    Args:
        lines: failed first, then moving, retrying, queued, paused, waiting, then the rest.
        recorded: epoch seconds of the newest record on a site of the pair, None without one.
        notes: what is odd about the document.
        names_roots: its project has several roots, so that a path says little without its root.
        history: what this machine did for it lately, the newest first.
    """

    project: str
    representation: str
    pair: Pair
    files: int
    lines: tuple[Line, ...]
    problem: Problem | None
    also_on: tuple[Elsewhere, ...]
    recorded: float | None
    notes: tuple[str, ...]
    names_roots: bool
    history: tuple[Attempt, ...] = ()


def read_details(application: Application, project: SyncedProject, representation_id: str) -> Details | None:
    """Read one representation; None when it is gone.

    Raises:
        DatabaseUnreachableError: the store does not answer.
    """
    documents = application.store.read(project.name, [representation_id])
    if not documents:
        return None
    is_alive = functools.cache(application.store.is_alive)
    details = details_of(project, read_representation(documents[0]), is_alive)
    history = application.state.attempts(representation=representation_id, limit=MOST_ATTEMPTS)
    return replace(details, history=tuple(history))


def details_of(
    project: SyncedProject, representation: Representation, is_alive: Callable[[str], bool]
) -> Details:
    """Everything there is to show of a representation that was read."""
    view = project.view
    states = file_states(
        representation.files,
        view.pair,
        retry_cnt=view.retry_cnt,
        is_held=lambda entry: _is_held(entry, is_alive),
    )
    placed = [placed_path(file.path, view) for file in representation.files]
    facts = [
        _facts(file, state, where, view.pair)
        for file, state, where in zip(representation.files, states, placed, strict=True)
    ]
    return Details(
        project=project.name,
        representation=representation.id,
        pair=view.pair,
        files=len(facts),
        lines=fold(facts),
        problem=_problem(representation.files, states, view.retry_cnt),
        also_on=_also_on(representation.files, view.pair),
        recorded=_newest(representation.files, {view.pair.active, view.pair.remote}),
        notes=_notes(representation.notes, facts),
        names_roots=len(view.known_roots) > 1,
    )


def _is_held(entry: SiteEntry, is_alive: Callable[[str], bool]) -> bool:
    worker = worker_of(entry.lease) if entry.lease is not None else None
    return worker is not None and is_alive(worker)


def _facts(file: File, state: FileState, where: PlacedPath | PathRefusedError, pair: Pair) -> FileFacts:
    folder, _, name = file.path.replace("\\", "/").rpartition("/")
    refused = ""
    if isinstance(where, PathRefusedError):
        refused = where.sentence
    else:
        folder, _, name = where.key.rpartition("/")
    size = file.size_bytes
    return FileFacts(
        name=name,
        folder=folder,
        path=file.path,
        size_bytes=size if size is not None and size <= _BELIEVED_BYTES else None,
        status=state.status,
        direction=state.direction,
        active=_side(file.entries.get(pair.active)),
        remote=_side(file.entries.get(pair.remote)) if pair.remote else Side.ABSENT,
        error=(state.wish.error or "")[:_LONGEST_ERROR] if state.wish else "",
        refused=refused,
    )


def _side(entry: SiteEntry | None) -> Side:
    if entry is None:
        return Side.ABSENT
    return Side.PRESENT if entry.present else Side.WANTED


def _problem(files: Sequence[File], states: Sequence[FileState], retry_cnt: int) -> Problem | None:
    failing = [
        (state.status is not Status.FAILED, position)
        for position, state in enumerate(states)
        if state.status in (Status.FAILED, Status.RETRYING) and state.wish is not None
    ]
    if not failing:
        return None
    # An error that is told before one that was lost: somebody may have deleted the sentence only.
    _, position = min(failing, key=lambda one: (one[0], not _error(states[one[1]]), one[1]))
    wish = states[position].wish
    assert wish is not None
    return Problem(
        sentence=_error(states[position]),
        path=files[position].path,
        site=wish.name,
        tries=wish.tries,
        of=retry_cnt,
        when=wish.last_failed_dt.timestamp() if wish.last_failed_dt else None,
        next_try=wish.retry_at.timestamp() if wish.retry_at else None,
        rests=states[position].status is Status.FAILED,
        others=len(failing) - 1,
    )


def _error(state: FileState) -> str:
    return (state.wish.error or "")[:_LONGEST_ERROR] if state.wish else ""


def _also_on(files: Iterable[File], pair: Pair) -> tuple[Elsewhere, ...]:
    counts: dict[str, int] = {}
    newest: dict[str, float] = {}
    for file in files:
        for name, entry in file.entries.items():
            if not entry.present or name in (pair.active, pair.remote):
                continue
            counts[name] = counts.get(name, 0) + 1
            if entry.created_dt is not None:
                newest[name] = max(newest.get(name, 0.0), entry.created_dt.timestamp())
    return tuple(Elsewhere(name, count, newest.get(name)) for name, count in sorted(counts.items()))


def _newest(files: Iterable[File], sites: set[str | None]) -> float | None:
    return max(
        (
            entry.created_dt.timestamp()
            for file in files
            for name, entry in file.entries.items()
            if name in sites and entry.present and entry.created_dt is not None
        ),
        default=None,
    )


def _notes(odd: Sequence[str], facts: Iterable[FileFacts]) -> tuple[str, ...]:
    found = list(dict.fromkeys((*odd, *(one.refused for one in facts if one.refused))))
    left_out = len(found) - MOST_NOTES
    return tuple(found) if left_out <= 0 else (*found[:MOST_NOTES], f"and {left_out:,} more")
