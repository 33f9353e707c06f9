"""What the site picker asks for in threads: keeping a choice, counting what it means, trying sites."""

from __future__ import annotations

from collections.abc import Mapping

from syncgui.application import Application
from syncgui.engine.site_access import SiteAccesses
from syncgui.model.errors import SyncError
from syncgui.providers.abstract_provider import CheckLine
from syncgui.settings import ProjectSettings
from syncgui.site_choices import Changes, Known, keep
from syncgui.views.site_choice import Choice, Counts, pairs
from syncgui.views.texts import tr


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


def try_sites(
    application: Application, own: ProjectSettings, names: Mapping[str, str]
) -> list[tuple[str, CheckLine]]:
    """What the checks of sites say, each with its site; `names`: site as chosen → its name in `own`."""
    accesses = SiteAccesses(application.environment)
    found: list[tuple[str, CheckLine]] = []
    try:
        for site, name in names.items():
            try:
                report = accesses.get(own, name).provider.check()
            except SyncError as error:
                found.append((site, CheckLine(False, error.sentence)))
            else:
                found.extend((site, line) for line in report.lines)
    finally:
        accesses.close()
    return found
