"""Which notifications are due: pure bookkeeping, with the time handed in and nothing shown here.

Failures are told at most once a minute, an outage once, and again only when it comes back
after it was over. Nothing is ever told for a single try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncgui.engine.events import Failed
from syncgui.model.status import Pair, Status
from syncgui.views.figures import size_text
from syncgui.views.headline import short_reason
from syncgui.views.standing import Health, Hitch, Standing
from syncgui.views.texts import tr, tr_n

GAP_S = 60.0
"""Seconds between two digests of failures."""

_MOVING = (Status.QUEUED, Status.IN_PROGRESS, Status.RETRYING)
_STEADY_S = 5.0  # an outage shorter than that is not worth a word


@dataclass(frozen=True, slots=True)
class Note:
    """A notification.

    Args:
        project, statuses: the rows that a click opens; none with project "".
    """

    title: str
    text: str
    is_warning: bool = False
    project: str = ""
    statuses: frozenset[Status] = frozenset()


class FailureDigest:
    """Watches how many files have failed for good; what had failed before the program looked is not told.

    The count decides, not the event: a try that failed is made again by itself and not worth a word.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Pair | None, int]] = {}
        self._new: dict[str, int] = {}
        self._reasons: dict[str, Counter[str]] = {}
        self._told_at: float | None = None

    def add(self, failures: Iterable[Failed]) -> None:
        """Note why files fail."""
        for one in failures:
            if one.costs_try:
                self._reasons.setdefault(one.project, Counter())[short_reason(one.sentence)] += 1

    def see(self, standing: Standing) -> None:
        """Look how many have failed."""
        for name, totals in standing.totals.items():
            failed = totals.files.get(Status.FAILED, 0)
            pair, known = self._known.get(name, (None, failed))
            if standing.checked is None or pair != totals.pair:
                known = failed
            self._known[name] = (totals.pair, min(known, failed))
            self._new[name] = max(failed - known, 0)

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until a digest is due, None while there is nothing to tell. `now_s`: any steady clock."""
        if not any(self._new.values()):
            return None
        return 0.0 if self._told_at is None else max(self._told_at + GAP_S - now_s, 0.0)

    def take(self, now_s: float) -> Note | None:
        """The digest, if one is due; then it starts anew."""
        if self.due_in_s(now_s) != 0.0:
            return None
        new = {name: count for name, count in self._new.items() if count}
        reasons, self._reasons = self._reasons, {}
        self._told_at = now_s
        for name, count in new.items():
            pair, known = self._known[name]
            self._known[name] = (pair, known + count)
        self._new.clear()
        project = max(new, key=new.__getitem__)
        ((reason, _),) = reasons.get(project, Counter()).most_common(1) or [("", 0)]
        return _failure_note(new, project, reason)


def _failure_note(failed: Mapping[str, int], project: str, reason: str) -> Note:
    """One note for everything; a click opens the project that has most of it."""
    title = tr_n("%n file failed", "%n files failed", sum(failed.values()))
    elsewhere = len(failed) - 1
    where = project
    if elsewhere:
        more = tr_n("%n more project", "%n more projects", elsewhere)
        where = tr("{project} and {more}").format(project=project, more=more)
    text = tr("{project}: {reason}").format(project=where, reason=reason) if reason else where
    return Note(title, text, True, project, frozenset({Status.FAILED}))


class Outages:
    """Which outages were told: the database, and each site that does not work."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._since: dict[str, float] = {}

    def new(self, health: Health, now_s: float) -> list[Note]:
        """What is to be told now. `now_s`: the same steady clock in every call."""
        hitches: dict[str, Hitch] = {f"site {name}": hitch for name, hitch in health.sites.items()}
        if health.database is not None:
            hitches["database"] = health.database
        self._told &= hitches.keys()
        self._since = {name: self._since.get(name, now_s) for name in hitches}
        due = [name for name in hitches if name not in self._told and now_s - self._since[name] >= _STEADY_S]
        self._told.update(due)
        return [_outage_note(name, hitches[name]) for name in due]

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until one may have to be told, None if none waits."""
        waiting = [since for name, since in self._since.items() if name not in self._told]
        return max(min(waiting) + _STEADY_S - now_s, 0.0) if waiting else None


def _outage_note(name: str, hitch: Hitch) -> Note:
    if name == "database":
        title = tr("Database not reachable")
    else:
        title = tr("{site} does not work at the moment").format(site=name.removeprefix("site "))
    return Note(title, _joined(hitch.sentence, hitch.next_step), True)


def _joined(sentence: str, next_step: str) -> str:
    if not next_step:
        return sentence
    return f"{sentence.rstrip('.')}. {next_step}"


def arrival_note(names: Mapping[str, int], project: str) -> Note:
    """What was asked for is here.

    Args:
        names: of the representations, with their numbers of files.
    """
    count = sum(names.values())
    files = tr_n("%n file", "%n files", count)
    first = next(iter(names))
    if len(names) == 1:
        title = tr("{name} is here, {files}").format(name=first, files=files)
    else:
        more = tr_n("%n more", "%n more", len(names) - 1)
        title = tr("{name} and {more} are here, {files}").format(name=first, more=more, files=files)
    text = tr("Downloaded for {project}").format(project=project)
    return Note(title, text, False, project, frozenset({Status.SYNCED}))


def quitting_note(standing: Standing) -> Note | None:
    """What is left when the program ends; None when nothing is."""
    if standing.health.paused_until is not None:
        return None
    totals = [one for name, one in standing.totals.items() if name not in standing.health.held]
    files = sum(one.files.get(status, 0) for one in totals for status in _MOVING)
    size = sum(one.size_bytes.get(status, 0) for one in totals for status in _MOVING)
    if not files:
        return None
    left = size_text(size) if size else tr_n("%n file", "%n files", files)
    return Note(tr("syncgui ends"), tr("{left} left, goes on from here next time").format(left=left))
