"""What a card says of an error, in four texts: what it is, why, what happens next, what a person can do.

Pure. Sentences that other programs recorded are shown as they are, with texts that hold for any error. Paths
are told as people know them, below their site; as it was recorded, a sentence stands in `whole`. Only a
file's own failure has a Retry: a site, the database and the settings come back by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import PathRefusedError, SizeDiffersError, SyncError, recognise
from syncgui.model.status import OPEN, Status
from syncgui.views.figures import age_text, clock_text, date_text
from syncgui.views.row_details import Problem
from syncgui.views.standing import Health, Hitch
from syncgui.views.texts import tr, tr_n

LONGEST_TEXT = 800
"""Characters of a text that are shown; other programs record whole logs."""

_DAY_S = 86_400.0
_AFFECTED = OPEN | {Status.NO_SOURCE}
_ROOT = re.compile(r"\{root(?:\[([^\[\]{}!:.]+)\])?\}[/\\]+")


@dataclass(frozen=True, slots=True)
class CardTexts:
    """What a card says.

    Args:
        facts: site, attempts, when.
        can_retry: whether Retry is offered.
        can_accept: whether it is offered to accept the file as it is.
        whole: the cause as it was recorded, where it is told otherwise.
    """

    title: str
    cause: str
    happens_next: str
    next_step: str
    facts: str = ""
    can_retry: bool = False
    can_accept: bool = False
    whole: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """All of it in reading order, without what is empty."""
        every = (self.title, self.cause, self.happens_next, self.next_step, self.facts)
        return tuple(text for text in every if text)


def below_site(text: str, *, names_roots: bool) -> str:
    """A text whose recorded paths are told as they are below their site: "show/a.exr".

    Args:
        names_roots: put the root's name before it, "work: show/a.exr", since there are several.
    """

    def told(found: re.Match[str]) -> str:
        return f"{found[1]}: " if names_roots and found[1] else ""

    return _ROOT.sub(told, text)


def file_card(problem: Problem, now: float, *, names_roots: bool = False) -> CardTexts:
    """The card of a file that failed or is tried again.

    Args:
        now: epoch seconds.
        names_roots: see `below_site`.
    """
    known = recognise(problem.sentence)
    cause = _clipped(_cause(problem, known, names_roots=names_roots))
    return CardTexts(
        title=_filled(known, known.title_text) if known is not None else tr("Failed"),
        cause=cause,
        happens_next=_happens_next(problem, known, now),
        next_step=_next_step(problem, known),
        facts=_facts(problem, known, now),
        can_retry=True,
        can_accept=isinstance(known, SizeDiffersError),
        whole=_clipped(problem.sentence) if problem.sentence != cause else "",
    )


def hitch_card(hitch: Hitch, title: str, now: float) -> CardTexts:
    """The card of what keeps more than one file from syncing.

    Args:
        title: for a sentence that is none of ours.
    """
    known = recognise(hitch.sentence)
    since = tr("Since {clock}").format(clock=clock_text(hitch.since, now)) if hitch.since > 0 else ""
    return CardTexts(
        title=_filled(known, known.title_text) if known else title,
        cause=_clipped(hitch.sentence),
        happens_next=_filled(known, known.next_text) if known else "",
        next_step=_clipped(hitch.next_step),
        facts=since,
    )


def first_hitch_card(row: Row, project: SyncedProject, health: Health, now: float) -> CardTexts | None:
    """The card of the one thing outside a row that keeps it from moving; None where nothing does."""
    if health.database is not None:
        return hitch_card(health.database, tr("Database unreachable"), now)
    if not any(row.files_by_status.get(status) for status in _AFFECTED):
        return None
    if row.project in health.idle:
        return hitch_card(health.idle[row.project], tr("Not synced"), now)
    for site in (project.shown.active, project.shown.remote):
        if site is not None and site in health.sites:
            return hitch_card(health.sites[site], tr("{site} is in trouble").format(site=site), now)
    return None


def _filled(error: SyncError, text: str) -> str:
    return _clipped(tr(text).format(site=error.site, path=error.path, detail=error.detail))


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _cause(problem: Problem, known: SyncError | None, *, names_roots: bool) -> str:
    if known is None:
        if problem.sentence:
            return problem.sentence
        path = below_site(problem.path, names_roots=names_roots)
        return tr("{path} could not be transferred; no reason was recorded.").format(path=path)
    text = _filled(known, known.cause_text)
    # Of a refused path the very spelling is what is wrong.
    return text if isinstance(known, PathRefusedError) else below_site(text, names_roots=names_roots)


def _happens_next(problem: Problem, known: SyncError | None, now: float) -> str:
    if problem.rests and (known is None or not known.waits_for_person):
        # The class speaks of the tries to come; here all of them are used up.
        return tr("It rests until somebody retries it.")
    text = _filled(known, known.next_text) if known is not None else tr("It is tried again by itself.")
    if problem.next_try is not None and problem.next_try > now:
        clock = clock_text(problem.next_try, now)
        return tr("{text} Next try: {clock}").format(text=text, clock=clock)
    return text


def _next_step(problem: Problem, known: SyncError | None) -> str:
    if known is not None:
        return _filled(known, known.remedy_text)
    return tr("Retry; if it stays, ask whoever wrote it.") if problem.sentence else tr("Retry.")


def _facts(problem: Problem, known: SyncError | None, now: float) -> str:
    parts = [problem.site]
    if problem.tries > problem.of:  # fewer are allowed now than were then
        parts.append(tr("attempt {number}").format(number=problem.tries))
    elif problem.tries:
        parts.append(tr("attempt {number} of {of}").format(number=problem.tries, of=problem.of))
    if problem.when is not None:
        parts.append(_when_text(problem.when, now, is_ours=known is not None))
    if problem.others:
        parts.append(tr_n("%n more file has an error", "%n more files have errors", problem.others))
    return " · ".join(part for part in parts if part)


def _when_text(when: float, now: float, *, is_ours: bool) -> str:
    # Other programs wrote local time as if it were UTC: only the day can be believed.
    if not is_ours or not 0 <= now - when < _DAY_S:
        return date_text(when, now)
    if now - when < 60:
        return tr("just now")
    return tr("{age} ago").format(age=age_text(when, now))
