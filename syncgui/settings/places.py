"""Where this user's files lie on this machine.

`--home DIR` moves everything of this user into DIR; without it the platform's own folders are used, and
what belongs to one machine stands in a folder with the machine's name, because a home folder may be
shared by several. The lock files of workers on a MongoDB do not follow `--home`: programs with
different homes must find each other's locks. Nothing is created here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APPLICATION = "syncgui"
HOME_VARIABLE = "SYNCGUI_HOME"
SETTINGS_VARIABLE = "SYNCGUI_SETTINGS"
_DATABASE_NAME = "syncgui.sqlite"


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths.

    Args:
        config_dir: what the user may edit.
        state_dir: state file and index of this machine.
        settings_dir: holds `system_settings/` and `project_settings/`.
        default_database: the embedded database, where no other is named.
        user_file: the user's own settings.
        worker_lock_dir: lock files of this machine's workers on a MongoDB.
    """

    config_dir: Path
    state_dir: Path
    settings_dir: Path
    default_database: Path
    user_file: Path
    worker_lock_dir: Path

    @classmethod
    def of(
        cls,
        home: Path | None,
        settings: Path | None,
        environment: Mapping[str, str],
        hostname: str,
    ) -> Places:
        """The places for the options `--home` and `--settings`, else for the environment's."""
        home = home or _path_in(environment, HOME_VARIABLE)
        settings = settings or _path_in(environment, SETTINGS_VARIABLE)
        host = _folder_name(hostname)
        own_state = platformdirs.user_state_path(APPLICATION, appauthor=False) / host
        if home is None:
            config_dir = platformdirs.user_config_path(APPLICATION, appauthor=False)
            state_dir = own_state
            data_dir = platformdirs.user_data_path(APPLICATION, appauthor=False)
        else:
            data_dir = _absolute(home)
            config_dir = data_dir / "config"
            state_dir = data_dir / "state"
        return cls(
            config_dir=config_dir,
            state_dir=state_dir,
            settings_dir=config_dir if settings is None else _absolute(settings),
            default_database=data_dir / _DATABASE_NAME,
            user_file=config_dir / "user.json",
            worker_lock_dir=own_state / "workers",
        )


def _path_in(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name, "").strip()
    return Path(text) if text else None


def _absolute(path: Path) -> Path:
    text = str(path)
    return Path(path.expanduser() if text.startswith("~") else path).absolute()


def _folder_name(hostname: str) -> str:
    name = re.sub(r"[^a-z0-9._-]", "-", hostname.lower()).strip(".-")
    return name or "this-machine"
