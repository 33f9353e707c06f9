"""Writing the settings folder of a new set-up, in the classic layout.

Made for `demo` and the first start: two small files that a person can read and go on editing. Existing
settings are never overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from syncgui.settings.atomic_file import write_text_atomically
from syncgui.settings.gathering import SYSTEM_FILE
from syncgui.settings.problems import SettingsError
from syncgui.settings.vocabulary import PROJECT_FILE


def write_settings(
    folder: Path,
    *,
    sites: Mapping[str, Mapping[str, object]],
    publish_site: str,
    remote_site: str,
    loop_delay_s: float = 60.0,
    retry_cnt: int = 3,
    project_defaults: Mapping[str, object] | None = None,
) -> tuple[Path, Path]:
    """Write `modules.json` and `global.json`, switched on, and return their paths.

    Args:
        folder: the settings folder; made when it is not there.
        sites: name → its settings, `provider` and `root` at least.
        project_defaults: further keys of `sync_server.config`, such as `local_id`.

    Raises:
        SettingsError: one of the files exists, or can not be written.
    """
    config: dict[str, object] = {
        **(project_defaults or {}),
        "retry_cnt": retry_cnt,
        "loop_delay": int(loop_delay_s) if loop_delay_s == int(loop_delay_s) else loop_delay_s,
        "publish_site": publish_site,
        "remote_site": remote_site,
    }
    server = {
        "enabled": True,
        "config": config,
        "sites": {name: dict(site) for name, site in sites.items()},
    }
    contents = {
        folder / SYSTEM_FILE: {"sync_server": {"enabled": True}},
        folder / PROJECT_FILE: {"sync_server": server},
    }
    for path in contents:
        if path.exists():
            raise SettingsError(f"{path} exists already and is not overwritten. Name another folder.")
    for path, content in contents.items():
        try:
            write_text_atomically(path, json.dumps(content, indent=2) + "\n", mode=0o644)
        except OSError as error:
            words = error.strerror or type(error).__name__
            raise SettingsError(f"{path} can not be written: {words}. Check its rights.") from error
    system, project = contents
    return system, project
