"""A text for whoever is asked for help: versions, places, how everything stands. No names of files."""

from __future__ import annotations

import platform

import PySide6

from syncgui import __version__
from syncgui.model.status import COUNTED
from syncgui.views.session import Session


def diagnostics(session: Session) -> str:
    """The text; in English, since it goes to others. Holds no secret and no file of the studio's."""
    places, standing = session.application.places, session.standing
    lines = [
        f"syncgui {__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"settings: {places.settings_dir}",
        f"state: {places.state_dir}",
        f"database: {session.address}",
    ]
    for name, project in sorted(standing.projects.items()):
        lines.append(f"project {name}: {project.pair.active} <-> {project.pair.remote or 'nobody'}")
        totals = standing.totals.get(name)
        if totals is not None:
            counts = (f"{status.value} {totals.files[status]:,}" for status in COUNTED)
            lines.append(f"  files: {', '.join(counts)}")
    health = standing.health
    hitches = [("database", health.database), *health.sites.items(), *health.idle.items()]
    lines.extend(f"{what}: {hitch.sentence}" for what, hitch in hitches if hitch is not None)
    if health.stopped:
        lines.append(f"loop: {health.stopped}")
    return "\n".join(lines) + "\n"
