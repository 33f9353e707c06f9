"""Why the settings let nothing of a project be transferred: as a kind, and in words for one line.

A choice (nobody to exchange with, switched off) is no error, and is not shown as one. What is wrong in a
file is told in full by the engine's own sentence, which stands elsewhere in the window.
"""

from __future__ import annotations

from enum import Enum, auto

from syncgui.engine.route import SyncedProject
from syncgui.views.texts import tr


class Idleness(Enum):
    """Why; the first that holds, in the order in which the settings are judged."""

    NONE = auto()
    WRONG = auto()
    SWITCHED_OFF = auto()
    ALONE = auto()
    SAME_SITE = auto()
    NO_FOLDER = auto()

    @property
    def is_error(self) -> bool:
        """Whether something has to be put right."""
        return self in (Idleness.WRONG, Idleness.NO_FOLDER)


def idleness(project: SyncedProject) -> Idleness:
    """Why nothing of the project is transferred."""
    own = project.settings
    if not own.enabled:
        # The reason quotes the problem that is to blame; others may be of sites that nobody uses.
        is_wrong = any(one.fatal and one.sentence in own.disabled_reason for one in own.problems)
        return Idleness.WRONG if is_wrong else Idleness.SWITCHED_OFF
    if own.remote_site is None:
        return Idleness.ALONE
    if own.remote_site == own.active_site:
        return Idleness.SAME_SITE
    pair = (own.active_site, own.remote_site)
    if any(name not in own.sites for name in pair):
        return Idleness.WRONG
    return Idleness.NONE if all(own.sites[name].roots for name in pair) else Idleness.NO_FOLDER


def idle_line(project: SyncedProject) -> str:
    """One short line, "" when the settings let the project work."""
    match idleness(project):
        case Idleness.WRONG:
            return tr("Not synced: the settings have an error")
        case Idleness.SWITCHED_OFF:
            return tr("Not synced: switched off in the settings")
        case Idleness.NO_FOLDER:
            return tr("Not synced: a site has no folder on this machine")
        case Idleness.ALONE | Idleness.SAME_SITE:
            sentence, next_step = partner_words(project)
            return f"{sentence} {next_step}"
        case _:
            return ""


def partner_words(project: SyncedProject) -> tuple[str, str]:
    """What is said of a missing partner, and what to do; twice "" where that is not the reason."""
    why = idleness(project)
    if why is Idleness.ALONE:
        sentence = tr("{project} exchanges with nobody.").format(project=project.name)
    elif why is Idleness.SAME_SITE:
        site = project.settings.active_site
        sentence = tr("{project} has {site} on both sides.").format(project=project.name, site=site)
    else:
        return "", ""
    return sentence, tr("Choose a partner: Sites…")
