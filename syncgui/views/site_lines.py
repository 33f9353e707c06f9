"""What the site picker says about a choice: what it means, what is odd about it, what is wrong.

Pure: the settings come as `Known`, numbers as `Counts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncgui.site_choices import Known
from syncgui.views.site_choice import NOBODY, Choice, candidates, changes, current, label, name_problem
from syncgui.views.texts import tr, tr_n

_NAMED = 3


class Kind(StrEnum):
    """What sort of line it is."""

    SAID = "said"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence under the choice."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Files that are open for the pair as it was and as it is chosen, and on the machine's old name."""

    before: int = 0
    after: int = 0
    recorded: int = 0


def lines(known: Known, choice: Choice, counts: Counts | None) -> tuple[Line, ...]:
    """What the choice means, what is odd about it, and what is wrong; `counts` None while they are read.

    Of settings that can not be read nobody knows what they say: then only what is wrong is said.
    """
    is_known = not known.refusal(choice.project)
    found = [Line(Kind.SAID, _live_sentence(known, choice, counts))] if is_known else []
    wrong = name_problem(choice.local_id)
    found += [Line(Kind.PROBLEM, wrong)] if wrong else []
    found += [Line(Kind.WARNING, text) for text in _oddities(known, choice)]
    found += [
        Line(Kind.PROBLEM, one.sentence)
        for one in candidates(known, choice.project)
        if one.sentence and one.name in (choice.active, choice.remote)
    ]
    if counts is not None and counts.recorded:
        found.append(Line(Kind.WARNING, _orphans(known.of(choice.project).local_id, counts)))
    found += [Line(Kind.PROBLEM, sentence) for sentence in known.problems]
    if known.refusal(choice.project):
        found.append(Line(Kind.PROBLEM, tr("Nothing can be applied until the settings can be read.")))
    return tuple(found)


# -- private -----------------------------------------------------------------------------------------


def _live_sentence(known: Known, choice: Choice, counts: Counts | None) -> str:
    active, remote = label(choice.active), label(choice.remote)
    if choice.remote == NOBODY:
        parts = [tr("Nothing is uploaded or downloaded: this machine exchanges with nobody.")]
    elif choice.remote == choice.active:
        parts = [
            tr("Nothing can be exchanged: {site} stands on both sides. Choose another partner.").format(
                site=active
            )
        ]
    else:
        parts = [
            tr("New publishes on {active} are uploaded to {remote}.").format(active=active, remote=remote)
        ]
    if counts is not None:
        parts += _numbers(known, choice, counts)
    if changes(known, choice).any:
        parts.append(tr("Nothing is moved or deleted by this choice."))
    return " ".join(parts)


def _numbers(known: Known, choice: Choice, counts: Counts) -> list[str]:
    before = current(known, choice.project)
    if (before.active, before.remote) == (choice.active, choice.remote):
        return [_open_files(counts.after, choice)] if choice.remote not in (NOBODY, choice.active) else []
    if (before.active, before.remote) == (choice.remote, choice.active) and counts.after:
        return [tr_n("%n open file changes direction.", "%n open files change direction.", counts.after)]
    found = []
    if counts.after:
        found.append(_open_files(counts.after, choice))
    if counts.before:
        waiting = tr_n("%n open file", "%n open files", counts.before)
        found.append(
            tr("{files} between {active} and {remote} would wait until that pair is chosen again.").format(
                files=waiting, active=label(before.active), remote=label(before.remote)
            )
        )
    return found


def _open_files(number: int, choice: Choice) -> str:
    if not number:
        return tr("No file waits to be exchanged.")
    text = tr_n("%n file is to be exchanged", "%n files are to be exchanged", number)
    return tr("{files} between {active} and {remote}.").format(
        files=text, active=label(choice.active), remote=label(choice.remote)
    )


def _oddities(known: Known, choice: Choice) -> list[str]:
    own = known.of(choice.project)
    if choice.local_id != own.local_id and choice.local_id in own.sites:
        return [
            tr("There is a site {name} already; this machine would be that site.").format(
                name=choice.local_id
            )
        ]
    if choice.project:
        return []
    changed = {
        "local_id": changes(known, choice).local_id,
        "publish_site": changes(known, choice).publish_site,
        "remote_site": changes(known, choice).remote_site,
    }
    keys = {key for key, value in changed.items() if value is not None}
    keeping = sorted(name for name, own in known.own_keys.items() if own & keys)
    if not keeping:
        return []
    shown = ", ".join(keeping[:_NAMED]) + (" …" if len(keeping) > _NAMED else "")
    return [
        tr("{projects}: has a choice of its own, which stays.").format(projects=shown)
        if len(keeping) == 1
        else tr("{projects}: have choices of their own, which stay.").format(projects=shown)
    ]


def _orphans(name: str, counts: Counts) -> str:
    files = tr_n("%n file is recorded", "%n files are recorded", counts.recorded)
    return tr(
        "{files} as lying on {name}. Under the new name they count as not on this machine, "
        "and nothing takes them back but the old name."
    ).format(files=files, name=name)
