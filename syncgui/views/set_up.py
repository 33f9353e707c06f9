"""A new set-up: one project, a studio folder, a backup folder. No Qt.

What a person filled in is judged by pure functions; writing makes the folders and the project first and
the settings last, so that a set-up that broke off can simply be done again. Existing settings are never
overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncgui.application import Application
from syncgui.publishing import create_project
from syncgui.settings import SettingsError, write_settings
from syncgui.settings.gathering import SYSTEM_FILE
from syncgui.settings.vocabulary import PROJECT_FILE
from syncgui.views.folder_look import Found, Look
from syncgui.views.texts import tr

STUDIO = "studio"
BACKUP = "backup"
ROOT = "work"
LOOP_DELAY_S = 60

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a person wants to begin with."""

    project: str
    studio: Path
    backup: Path


def name_problem(name: str) -> str:
    """Why a text can not be a project's name, "" when it can."""
    if not name:
        return tr("The project needs a name.")
    if not _NAME.fullmatch(name):
        return tr("Letters from A to Z, digits, _ and - are allowed, 64 at most.")
    return ""


def folder_problem(seen: Look | None) -> str:
    """Why a folder can not be used, "" when it can, or while it is not known."""
    return "" if seen is None or seen.is_usable else seen.sentence


def pair_problem(studio: Look | None, backup: Look | None) -> str:
    """Why two folders can not work together, "" when they can."""
    if studio is None or backup is None or studio.real is None or backup.real is None:
        return ""
    if studio.real == backup.real:
        return tr("Both folders are the same: nothing could be exchanged.")
    if backup.real.is_relative_to(studio.real):
        return tr("The backup folder lies inside the studio folder: its copies would be in the way there.")
    if studio.real.is_relative_to(backup.real):
        return tr("The studio folder lies inside the backup folder: its copies would be in the way there.")
    return ""


def ready(name: str, studio: Look | None, backup: Look | None) -> SetUp | None:
    """The set-up, once everything about it is right; else None."""
    if name_problem(name) or studio is None or backup is None:
        return None
    if not (studio.is_usable and backup.is_usable) or pair_problem(studio, backup):
        return None
    return SetUp(name, Path(studio.typed).expanduser(), Path(backup.typed).expanduser())


def will_be_made(seen: Look | None) -> bool:
    """Whether a folder is not there and will be made."""
    return seen is not None and seen.found is Found.MISSING


def write(application: Application, wanted: SetUp) -> SetUp:
    """Make folders, project and settings.

    The store is opened and closed here: nothing else runs before there are settings.

    Raises:
        SettingsError: there are settings already, a folder can not be made, or they can not be written.
        DatabaseUnreachableError: the database can not be used; no settings were written.
    """
    settings_dir = application.places.settings_dir
    for name in (SYSTEM_FILE, PROJECT_FILE):
        if (settings_dir / name).exists():
            raise SettingsError(f"There are settings already: {settings_dir / name}. They stay as they are.")
    for folder in (wanted.studio, wanted.backup):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = error.strerror or type(error).__name__
            raise SettingsError(f"{folder} can not be made: {words}. Name another folder.") from error
    store = application.open_store(create=True)
    try:
        create_project(store, wanted.project)
    finally:
        store.close()
    write_settings(
        settings_dir,
        sites=_sites(wanted),
        publish_site=STUDIO,
        remote_site=BACKUP,
        loop_delay_s=LOOP_DELAY_S,
    )
    return wanted


def _sites(wanted: SetUp) -> Mapping[str, Mapping[str, object]]:
    folders = {STUDIO: wanted.studio, BACKUP: wanted.backup}
    return {
        site: {"provider": "local_drive", "root": {ROOT: str(folder)}} for site, folder in folders.items()
    }
