"""All that is known about a project before it is put together."""

from __future__ import annotations

from dataclasses import dataclass

from syncgui.settings.layers import Layer
from syncgui.settings.problems import Problem
from syncgui.settings.user_choices import Choices


@dataclass(frozen=True, slots=True)
class Sources:
    """What the files and the user say.

    Args:
        system: `modules.json`.
        layer: everything of the project's settings, laid over one another.
        system_file, project_file: (name for people, path) of the files where the switches stand.
        settings_dir: the folder that names for people are relative to.
        problems: fatal ones of the files themselves.
        choices: the user's.
        fallback_local_id: this machine's name where nobody gave one for this project.
    """

    system: Layer
    layer: Layer
    system_file: tuple[str, str]
    project_file: tuple[str, str]
    settings_dir: str
    problems: tuple[Problem, ...]
    choices: Choices
    fallback_local_id: str

    def label_of(self, file: str) -> str:
        """A file's name for people: inside the settings folder, with `/`."""
        inside = file.removeprefix(self.settings_dir).replace("\\", "/").lstrip("/")
        return inside or file


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sites asked for on the command line, in the place of the settings' ones."""

    active_site: str | None = None
    remote_site: str | None = None
