"""Keeping what `sites set` was told, once it is known to make sense."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncgui.application import Application
from syncgui.commands.refusals import RefusedError
from syncgui.settings import ProjectSettings
from syncgui.site_choices import LOCAL, Changes, broken_sites, keep


@dataclass(frozen=True, slots=True)
class RootWish:
    """A folder for a root: of which site ("" for the machine's own), by which name."""

    site: str
    name: str
    path: str


def parse_root(text: str) -> RootWish:
    """Read `[SITE:]NAME=PATH`.

    Raises:
        RefusedError: it is none, or its path is not absolute.
    """
    where, separator, path = text.partition("=")
    site, colon, name = where.partition(":")
    if not separator:
        raise RefusedError(
            f"--root {text!r} names no folder",
            "Write [SITE:]NAME=PATH, such as studio:work=/mnt/projects; studio:=PATH for the single root.",
        )
    path = os.path.expanduser(path) if path.startswith("~") else path  # noqa: PTH111 - "" must stay ""
    if path and not Path(path).is_absolute() and path[0] not in "{$%":
        raise RefusedError(f"--root {text!r}: the folder is not absolute", f"Say {Path(path).absolute()}.")
    return RootWish(site, name, path) if colon else RootWish("", where, path)


def choose_sites(
    application: Application,
    concerned: Sequence[ProjectSettings],
    *,
    project: str | None,
    local_id: str | None,
    publish_site: str | None,
    remote_site: str | None,
    roots: Sequence[RootWish],
) -> None:
    """Keep the user's choices.

    Args:
        concerned: the settings as they are, of the projects that this is about.

    Raises:
        RefusedError: a site is not known.
        SettingsError: a value is not allowed, or the file can not be written.
    """
    own_site = local_id or concerned[0].local_id
    known = {LOCAL, own_site}
    for one in concerned:
        known.update(one.sites, broken_sites(one))
    named = [publish_site, remote_site, *(root.site for root in roots)]
    for name in named:
        if name and name not in known:
            raise RefusedError(
                f"There is no site {name}; nothing was changed", f"The sites: {', '.join(sorted(known))}"
            )
    changes = Changes(
        local_id,
        publish_site,
        remote_site,
        {(root.site or own_site, root.name): root.path for root in roots},
    )
    keep(application, changes, project)
