"""What the site picker asks for in threads: keeping a choice, counting what it means, trying sites.

Also how the answer of a trial is said: in one line for a site where all is good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncgui.application import Application
from syncgui.engine.site_access import SiteAccesses
from syncgui.model.errors import SyncError
from syncgui.providers.abstract_provider import CheckLine
from syncgui.settings import ProjectSettings
from syncgui.site_choices import Changes, Known, keep
from syncgui.views.figures import size_text
from syncgui.views.site_choice import Choice, label, pairs
from syncgui.views.site_lines import Counts
from syncgui.views.texts import tr


@dataclass(frozen=True, slots=True)
class Tried:
    """A site that was tried, by its name as chosen.

    Args:
        free_bytes: the least room on its folders of this machine, None where it has none.
    """

    site: str
    lines: tuple[CheckLine, ...]
    free_bytes: int | None = None


def keep_choice(application: Application, wanted: Changes, project: str | None) -> str:
    """Keep choices; a sentence where the loop could not be woken, else "".

    Raises:
        SettingsError: nothing was kept.
    """
    try:
        keep(application, wanted, project)
    except SyncError as error:
        return tr("Applied, it takes effect a little later: {reason}").format(reason=error.sentence)
    return ""


def count(application: Application, known: Known, choice: Choice) -> Counts:
    """The numbers of a choice, as the index has them."""
    index = application.index
    concerned = pairs(known, choice)
    own = known.of(choice.project)
    renamed = choice.local_id != own.local_id
    return Counts(
        sum(index.open_files(name, before) for name, (before, _) in concerned.items()),
        sum(index.open_files(name, after) for name, (_, after) in concerned.items()),
        sum(index.entries_of(name, own.local_id) for name in known.projects) if renamed else 0,
    )


def try_sites(application: Application, own: ProjectSettings, names: Mapping[str, str]) -> list[Tried]:
    """What the checks of sites say; `names`: site as chosen → its name in `own`."""
    accesses = SiteAccesses(application.environment)
    try:
        return [_tried(accesses, own, site, name) for site, name in names.items()]
    finally:
        accesses.close()


def tried_lines(found: Sequence[Tried]) -> list[CheckLine]:
    """How trials are said: one line for a site where all is good, everything for one where it is not."""
    said: list[CheckLine] = []
    for one in found:
        if all(line.good for line in one.lines):
            said.append(CheckLine(True, _works(one)))
        else:
            said.extend(
                CheckLine(
                    line.good, tr("{site}: {sentence}").format(site=label(one.site), sentence=line.sentence)
                )
                for line in one.lines
            )
    return said


def _tried(accesses: SiteAccesses, own: ProjectSettings, site: str, name: str) -> Tried:
    try:
        access = accesses.get(own, name)
        report = access.provider.check()
        if not report.good:
            return Tried(site, report.lines)
        folders = [access.provider.local_folder(root) for root in access.settings.roots.values()]
        free = [folder.free_bytes() for folder in folders if folder is not None]
    except SyncError as error:
        return Tried(site, (CheckLine(False, error.sentence),))
    return Tried(site, report.lines, min(free, default=None))


def _works(one: Tried) -> str:
    if one.free_bytes is None:
        return tr("{site}: works").format(site=label(one.site))
    return tr("{site}: works, {size} free").format(site=label(one.site), size=size_text(one.free_bytes))
