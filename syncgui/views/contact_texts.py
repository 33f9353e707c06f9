"""What is said of a first contact, where this machine only looks until a person says what may move.

Pure functions over a `Standing`; the same figures as `status` has them.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncgui.engine.first_contact import HeldBack, waiting
from syncgui.model.status import Pair
from syncgui.views.figures import rough_size_text
from syncgui.views.standing import Standing
from syncgui.views.texts import tr, tr_n


def looks_only(standing: Standing, project: str) -> bool:
    """Whether nothing of a project is moved until a person says so."""
    held = standing.health.held.get(project)
    return held is not None and held.looks_only


def only_new(standing: Standing, project: str) -> bool:
    """Whether of a project only that is moved which was published since a person said so."""
    held = standing.health.held.get(project)
    return held is not None and not held.looks_only


def looking_line(standing: Standing, project: str) -> str:
    """One line about a project, or about all of them; "" if none only looks."""
    held = standing.health.held
    one = held.get(project)
    if one is None:
        return ""
    return tr("Looking only: {waiting}").format(waiting=wait_sentence(held, one.pair))


def wait_sentence(held: Mapping[str, HeldBack], pair: Pair) -> str:
    """ "18,402 files, 41 TB wait for gdrive", in all projects of the pair that only look."""
    files, size_bytes = waiting(held, pair)
    if not files:
        return tr("nothing waits for {site} at the moment").format(site=pair.remote)
    sentence = tr_n("%n file, {size} waits for {site}", "%n files, {size} wait for {site}", files)
    return sentence.format(size=rough_size_text(size_bytes), site=pair.remote)
