"""The one table of states: what chips, rows, tray and detail call a status, its icon and its colour.

Pure functions of plain values. A sentence says what the table's Status column shows: the status with the
short reason. While this machine is paused, a site of the pair is in trouble or a project is idle, open rows
say that instead of "Queued", since nothing else will happen to them. Names and errors come out as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import SyncError, UnforeseenError, recognise
from syncgui.model.status import Direction, Status
from syncgui.views.figures import clock_text
from syncgui.views.palettes import Tone
from syncgui.views.standing import Health, Hitch, Progress
from syncgui.views.texts import tr

FRESH_S = 10.0
"""Seconds for which something that just finished stands out."""


@dataclass(frozen=True, slots=True)
class State:
    """How a status looks: the name of an icon, and a tone."""

    icon: str
    tone: Tone


STATES: Mapping[Status, State] = MappingProxyType({
    Status.SYNCED: State("mdi6.check", Tone.DIM),
    Status.IN_PROGRESS: State("mdi6.swap-vertical", Tone.BLUE),
    Status.QUEUED: State("mdi6.clock-outline", Tone.GREY),
    Status.RETRYING: State("mdi6.refresh", Tone.AMBER),
    Status.FAILED: State("mdi6.alert-circle-outline", Tone.RED),
    Status.PAUSED: State("mdi6.pause", Tone.AMBER),
    Status.NO_SOURCE: State("mdi6.timer-sand", Tone.GREY),
    Status.NOT_REQUESTED: State("mdi6.circle-outline", Tone.GREY),
    Status.PARTIAL: State("mdi6.circle-half-full", Tone.GREY),
    Status.NOT_ASKED: State("mdi6.minus", Tone.GREY),
})  # fmt: skip

_LABELS = {
    Status.SYNCED: "Synced",
    Status.IN_PROGRESS: "In progress",
    Status.QUEUED: "Queued",
    Status.RETRYING: "Retrying",
    Status.FAILED: "Failed",
    Status.PAUSED: "Paused",
    Status.NO_SOURCE: "Waiting",
    Status.NOT_REQUESTED: "Available",
    Status.PARTIAL: "Partly asked for",
    Status.NOT_ASKED: "Not asked for",
}
_ARROWS = {Direction.UPLOAD: "mdi6.arrow-up", Direction.DOWNLOAD: "mdi6.arrow-down"}
_WAITING = frozenset({Status.QUEUED, Status.RETRYING})


def label(status: Status) -> str:
    """The word for a status, as chips have it."""
    return tr(_LABELS[status])


def status_of(row: Row) -> Status:
    """The status of a row, also of one that is not listed for the pair."""
    if row.status is not None:
        return row.status
    return Status.NOT_REQUESTED if row.available_files else Status.NOT_ASKED


def sentence(
    row: Row, project: SyncedProject | None, progress: Progress | None, health: Health, now: float
) -> str:
    """What the Status column says of a row.

    Args:
        row: the row.
        project: whose row it is, as the loop works with it; None while that is not known.
        progress: bytes under way, None when nothing of it moves here.
        health: what keeps things from syncing.
        now: epoch seconds.
    """
    status = status_of(row)
    if _moves_here(row, progress):
        return _moving(row, progress)
    kept = _kept_back(row, project, health, now)
    if kept is not None:
        return kept[1]
    if status is Status.IN_PROGRESS:
        return _moving(row, progress)
    if status is Status.RETRYING:
        return _trying_again(row, now)
    if status is Status.FAILED:
        return _failed(row)
    if status is Status.PAUSED:
        return tr("Paused by {user}").format(user=row.paused_by) if row.paused_by else tr("Paused")
    if status is Status.NO_SOURCE:
        return _without_source(row)
    if status is Status.PARTIAL:
        return tr("Partly asked for, {count} of {every}").format(count=row.count, every=row.of)
    if status is Status.NOT_ASKED:
        return _not_asked(row)
    return tr(
        {
            Status.SYNCED: "On both sites",
            Status.QUEUED: "Queued",
            Status.NOT_REQUESTED: "Not on this machine",
        }[status]
    )


def shown_state(
    row: Row, project: SyncedProject | None, progress: Progress | None, health: Health, now: float
) -> State:
    """Icon and tone that go with `sentence`."""
    if _moves_here(row, progress) and row.direction is not None:
        return State(_ARROWS[row.direction], STATES[Status.IN_PROGRESS].tone)
    kept = _kept_back(row, project, health, now)
    if kept is not None:
        return STATES[kept[0]]
    state = STATES[status_of(row)]
    if row.status is Status.IN_PROGRESS and row.direction is not None:
        return State(_ARROWS[row.direction], state.tone)
    return state


def share(row: Row, progress: Progress | None, direction: Direction) -> float:
    """How much of a row's bytes is where they go, 0.0 to 1.0: what is recorded, and what is under way."""
    recorded = row.remote_share if direction is Direction.UPLOAD else row.active_share
    if progress is None or row.size_bytes <= 0:
        return recorded
    under_way = progress.up_bytes if direction is Direction.UPLOAD else progress.down_bytes
    return min(recorded + max(under_way, 0) / row.size_bytes, 1.0)


def percent(part: float) -> int:
    """A share of something unfinished in whole percent: 100 is only said of what is complete."""
    return 100 if part >= 1.0 else min(int(max(part, 0.0) * 100), 99)


def reason(error: str) -> str:
    """An error in a few words, to stand after a colon: the title where it is one of ours."""
    known = recognise(error)
    if known is None:
        return " ".join(error.split())
    if isinstance(known, UnforeseenError):
        return known.detail or error
    return _title(known)


def _title(error: SyncError) -> str:
    title = tr(error.title_text)
    if not title.startswith("{"):  # a site's name keeps its first letter
        title = title[:1].lower() + title[1:]
    return title.format(site=error.site, path=error.path, detail=error.detail)


def _moves_here(row: Row, progress: Progress | None) -> bool:
    """Whether bytes move though the record still says that the row waits."""
    return row.status in _WAITING and progress is not None and progress.up_bytes + progress.down_bytes > 0


def _kept_back(
    row: Row, project: SyncedProject | None, health: Health, now: float
) -> tuple[Status, str] | None:
    """The state to show and the sentence, when something outside the row keeps it from moving."""
    status = status_of(row)
    if status in _WAITING and health.paused_until is not None:
        return Status.PAUSED, _paused_here(health.paused_until, now)
    if status not in _WAITING and status is not Status.NO_SOURCE:
        return None
    if status in _WAITING and row.project in health.idle:
        return Status.NO_SOURCE, _because(health.idle[row.project])
    if status is Status.NO_SOURCE:
        holders: Iterable[str | None] = row.waits_for  # a trouble elsewhere is not what it waits for
    else:
        holders = () if project is None else (project.shown.active, project.shown.remote)
    for site in holders:
        if site is not None and site in health.sites:
            return Status.NO_SOURCE, _because(health.sites[site])
    return None


def _because(hitch: Hitch) -> str:
    return tr("Waiting: {reason}").format(reason=reason(hitch.sentence))


def _paused_here(until: float, now: float) -> str:
    if until == float("inf"):
        return tr("Paused on this machine")
    return tr("Paused on this machine until {clock}").format(clock=clock_text(until, now))


def _moving(row: Row, progress: Progress | None) -> str:
    if row.direction is None:
        return tr("In progress")
    text = tr("Uploading {percent} %") if row.direction is Direction.UPLOAD else tr("Downloading {percent} %")
    return text.format(percent=min(percent(share(row, progress, row.direction)), 99))


def _trying_again(row: Row, now: float) -> str:
    if row.next_try is None or row.next_try <= now:
        return tr("Trying again")
    return tr("Trying again {clock}").format(clock=clock_text(row.next_try, now))


def _failed(row: Row) -> str:
    if not row.error:
        return tr("Failed {count} of {every}").format(count=row.count, every=row.of)
    text = tr("Failed {count} of {every}: {reason}")
    return text.format(count=row.count, every=row.of, reason=reason(row.error))


def _without_source(row: Row) -> str:
    if not row.waits_for:
        return tr("No site has it")
    return tr("Waiting for {sites}").format(sites=", ".join(row.waits_for))


def _not_asked(row: Row) -> str:
    holders = sorted(site for site, tally in row.sites.items() if tally.files)
    return tr("Only on {sites}").format(sites=", ".join(holders)) if holders else tr("No site has it")
