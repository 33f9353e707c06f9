"""What a person does with representations: retry, download, pause, resume; for windows and commands alike.

What is to be edited is decided by pure functions over one representation and one of its files. Applying
reads the store, never the index, edits in chunks and wakes the running loop. No Qt here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from syncgui.application import Application
from syncgui.engine.accepting import Accepting, Offer, Seen, waits_for_acceptance
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.edits import DOWNLOAD_PRIORITY, Edit, Target, Wish
from syncgui.model.errors import SizeDiffersError, recognise
from syncgui.model.representation import File, Representation, read_representation
from syncgui.model.sites import SiteEntry
from syncgui.model.status import OPEN, Direction, Pair, Status

_EDITS_AT_ONCE = 1_000
_READ_AT_ONCE = 100
_ASKS_FOR = (Wish.RETRY, Wish.SYNC_AGAIN, Wish.ADD, Wish.ACCEPT)  # of a first contact's old files, too

EditsOfFile = Callable[[Representation, File], Iterable[Edit]]
"""What is to be changed of one file: only edits that will change something."""


class Action(StrEnum):
    """What can be done with a row."""

    RETRY = "retry"
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"


# -- doing it ----------------------------------------------------------------------------------------


def act(application: Application, project: SyncedProject, ids: Sequence[str], action: Action) -> int:
    """Do it with representations; how many files were changed. Ids that are gone are left out.

    Raises:
        DatabaseUnreachableError: some may be done, and doing it again does the rest.
    """
    edits_of = edits(application, project, action)

    def groups() -> Iterator[list[Edit]]:
        for first in range(0, len(ids), _READ_AT_ONCE):
            for document in application.store.read(project.name, ids[first : first + _READ_AT_ONCE]):
                found = read_representation(document)
                yield [edit for file in found.files for edit in edits_of(found, file)]

    return apply_all(application, project.name, groups())


def retry_failed(application: Application, names: Sequence[str]) -> int:
    """Try every failed file of these projects (none: of all) again; how many files were changed.

    Which ones failed is what the index knows: whoever is not its writer's program catches up before.

    Raises:
        DatabaseUnreachableError: some may be done, and doing it again does the rest.
    """
    return sum(
        apply_all(
            application,
            name,
            (
                [Edit(one, Wish.RETRY) for one in targets]
                for targets in application.index.failed_targets(name)
            ),
        )
        for name in names or application.store.projects()
    )


def look_at_sizes(application: Application, project: SyncedProject, ids: Sequence[str]) -> Seen:
    """Look at the files of representations that wait because their size differs from the record.

    Takes 2 s. Nothing is changed; what was seen is for a person to judge, and then for `accept`.

    Raises:
        DatabaseUnreachableError: the store does not answer.
    """
    found: list[tuple[Representation, File]] = []
    for first in range(0, len(ids), _READ_AT_ONCE):
        for document in application.store.read(project.name, ids[first : first + _READ_AT_ONCE]):
            one = read_representation(document)
            found.extend((one, file) for file in one.files if waits_for_acceptance(file))
    with accepting(application, project) as looking:
        return looking.look(found)


def accept(
    application: Application, project: SyncedProject, offers: Sequence[Offer]
) -> tuple[int, list[str]]:
    """Let records follow files that a person accepts as they were seen.

    Returns how many files were accepted, and why others were not, a sentence each.

    Raises:
        DatabaseUnreachableError: some may be done, and looking again tells which.
    """
    with accepting(application, project) as looking:
        same, refused = looking.look_again(offers)
    files = apply_all(application, project.name, ([one.edit()] for one in same))
    if files < len(same):
        more = len(same) - files
        refused.append(
            "Somebody else changed the record meanwhile; it is left as it is"
            if more == 1
            else f"Somebody else changed {more} records meanwhile; they are left as they are"
        )
    return files, refused


def accepting(application: Application, project: SyncedProject) -> Accepting:
    """Who looks at a project's files for it."""
    return Accepting(
        project,
        store=application.store,
        index=application.index,
        state=application.state,
        environment=application.environment,
    )


def apply_all(application: Application, project: str, groups: Iterable[list[Edit]]) -> int:
    """Apply groups of edits, each about other files than the rest; how many files were changed."""
    files = 0
    for chunk in _chunks(groups):
        # Before the edit: who sees that one must know already that it was asked for here.
        asked = {one.target.representation for one in chunk if one.wish in _ASKS_FOR}
        if asked:
            application.state.note_asked(application.store.identity, project, sorted(asked))
        changed = application.store.edit(project, chunk)
        # Several edits of one file are one file; what somebody else did meanwhile is not ours to count.
        files += min(changed, len({(one.target.representation, one.target.file) for one in chunk}))
    application.state.wake()
    return files


def _chunks(groups: Iterable[list[Edit]]) -> Iterator[list[Edit]]:
    chunk: list[Edit] = []
    for group in groups:
        chunk.extend(group)
        if len(chunk) >= _EDITS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# -- what is edited ----------------------------------------------------------------------------------


def edits(application: Application, project: SyncedProject, action: Action) -> EditsOfFile:
    """What an action changes of a file, seen from the pair that the project shows."""
    pair = project.shown
    if action is Action.RETRY:
        return retry_edits
    if action is Action.DOWNLOAD:
        return lambda representation, file: download_edits(representation, file, pair.active)
    if action is Action.PAUSE:
        user = application.user
        return lambda representation, file: pause_edits(representation, file, pair, user)
    return lambda representation, file: resume_edits(representation, file, pair)


def target(representation: Representation, file: File, site: str) -> Target:
    """A file's entry."""
    return Target(representation.id, file.ref, site)


def retry_edits(representation: Representation, file: File) -> list[Edit]:
    """Every entry that failed, on whichever site; what is only queued or moves is left to go on."""
    return [
        Edit(target(representation, file, site), Wish.RETRY)
        for site, entry in file.entries.items()
        if _has_failed(entry)
    ]


def _has_failed(entry: SiteEntry) -> bool:
    if entry.present:
        return False
    return bool(entry.error or entry.tries or entry.last_failed_dt or entry.retry_at)


def download_edits(representation: Representation, file: File, active_site: str) -> list[Edit]:
    """A new wish for the active site, ahead of ordinary ones, or an old one put ahead."""
    here = file.entries.get(active_site)
    if not any(entry.present for entry in file.entries.values()) or (here and here.present):
        return []
    where = target(representation, file, active_site)
    if here is None:
        return [Edit(where, Wish.ADD, DOWNLOAD_PRIORITY)]
    return [Edit(where, Wish.SET_PRIORITY, DOWNLOAD_PRIORITY)] if here.priority < DOWNLOAD_PRIORITY else []


def pause_edits(representation: Representation, file: File, pair: Pair, user: str) -> list[Edit]:
    """The wishes of the pair's two sites that are not paused yet."""
    return [
        Edit(target(representation, file, site), Wish.PAUSE, user)
        for site in _wishing(file, pair)
        if not file.entries[site].paused
    ]


def resume_edits(representation: Representation, file: File, pair: Pair) -> list[Edit]:
    """The wishes of the pair's two sites that are paused."""
    return [
        Edit(target(representation, file, site), Wish.RESUME)
        for site in _wishing(file, pair)
        if file.entries[site].paused
    ]


def _wishing(file: File, pair: Pair) -> list[str]:
    sites = dict.fromkeys(site for site in (pair.active, pair.remote) if site)
    return [site for site in sites if site in file.entries and not file.entries[site].present]


# -- whether it fits ---------------------------------------------------------------------------------


def fits(action: Action, row: Row) -> str:
    """Why an action would change nothing of a row, one English sentence; "" when it fits."""
    if action is Action.RETRY:
        return "" if _count(row, Status.FAILED, Status.RETRYING) else "Nothing of it failed."
    if action is Action.DOWNLOAD:
        return _why_no_download(row)
    if action is Action.PAUSE:
        if _count(row, *OPEN, Status.NO_SOURCE):
            return ""
        return "It is paused already." if _count(row, Status.PAUSED) else "Nothing of it waits or moves."
    return "" if _count(row, Status.PAUSED) else "Nothing of it is paused."


def differs_from_record(row: Row) -> bool:
    """Whether the first thing that a row complains of is a file whose size differs from its record."""
    return row.error is not None and _is_about_size(row.error)


@lru_cache(maxsize=4096)
def _is_about_size(error: str) -> bool:
    # Asked of every selected row at every change of the selection.
    return isinstance(recognise(error), SizeDiffersError)


def _why_no_download(row: Row) -> str:
    if row.available_files:
        return ""
    if row.active_share >= 1:
        return "All of it is on this machine's site already."
    if row.direction is Direction.DOWNLOAD:
        if row.status is Status.IN_PROGRESS:
            return "It is being downloaded already."
        if row.priority >= DOWNLOAD_PRIORITY:
            return "It is asked for already, ahead of the rest."
        if row.status is Status.QUEUED:
            return ""
    if _count(row, Status.NO_SOURCE):
        return "No site that this machine exchanges with has it yet."
    return "Nothing of it can be asked for here."


def _count(row: Row, *statuses: Status) -> int:
    return sum(row.files_by_status.get(one, 0) for one in statuses)
