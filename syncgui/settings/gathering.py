"""Reading every file of the settings folder, once, and laying the layers over one another.

From below: the older presets, the sites of `modules.json`, the common `global.json`, the project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncgui.settings.files import JsonFile, read_json
from syncgui.settings.layers import (
    Layer,
    overlay,
    preset_config_layer,
    preset_sites_layer,
    project_layer,
    system_layer,
)
from syncgui.settings.problems import Problem, printable
from syncgui.settings.sources import Sources
from syncgui.settings.user_choices import Choices
from syncgui.settings.vocabulary import CONFIG_KEYS, PROJECT_FILE, Vocabulary

SYSTEM_FILE = "system_settings/modules.json"
_PROJECTS_FOLDER = "project_settings"
_PRESET_FOLDERS = ("presets", "")
_REMEDY = (
    "Name the folder that holds system_settings and project_settings: --settings DIR, or create the file."
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What all files say.

    Args:
        system: `modules.json`.
        shared: what holds for every project.
        overrides: project → its own layer.
        problems: of files that every project needs.
        no_project_file: the problem that the common project settings are missing; a project with
            settings of its own does without them.
        override_problems: project → problems of its own file.
    """

    folder: Path
    system: Layer
    shared: Layer
    overrides: Mapping[str, Layer]
    problems: tuple[Problem, ...]
    no_project_file: Problem | None
    override_problems: Mapping[str, tuple[Problem, ...]]

    def sources(
        self, project: str, choices: Choices, choice_problems: tuple[Problem, ...], local_id: str
    ) -> Sources:
        """What concerns one project, "" for all of them."""
        own = self.overrides.get(project)
        problems = [*self.problems, *self.override_problems.get(project, ())]
        if own is None and self.no_project_file is not None:
            problems.append(self.no_project_file)
        return Sources(
            system=self.system,
            layer=self.shared if own is None else overlay(self.shared, own),
            system_file=(SYSTEM_FILE, printable(str(self.folder / SYSTEM_FILE))),
            project_file=(PROJECT_FILE, printable(str(self.folder / PROJECT_FILE))),
            settings_dir=printable(str(self.folder)),
            problems=(*problems, *choice_problems),
            choices=choices,
            fallback_local_id=local_id,
        )


def gather(folder: Path, vocabulary: Vocabulary) -> Gathered:
    """Read the settings folder."""
    system_file = read_json(folder / SYSTEM_FILE, remedy_when_missing=_REMEDY)
    shared_file = read_json(folder / PROJECT_FILE, remedy_when_missing=_REMEDY)
    presets = [read_json(path) for path in _preset_files(folder)]
    found_presets = [file for file in presets if _is_preset(file)]
    system = system_layer(system_file, vocabulary)

    shared = Layer()
    for file in found_presets:
        of_config = file.path.name == "config.json"
        layer = preset_config_layer(file, vocabulary) if of_config else preset_sites_layer(file)
        shared = overlay(shared, layer)
    shared = overlay(shared, Layer(sites=system.sites))
    shared = overlay(shared, project_layer(shared_file, vocabulary))

    files = [system_file, *presets]
    needed = [file.problem for file in files if not file.missing or file is system_file]
    no_project_file: Problem | None = None
    if not shared_file.missing:
        needed.append(shared_file.problem)
    elif not found_presets:
        no_project_file = shared_file.problem
    overrides = {path.parent.name: read_json(path) for path in _override_files(folder) if path.exists()}
    return Gathered(
        folder=folder,
        system=system,
        shared=shared,
        overrides={name: project_layer(file, vocabulary) for name, file in overrides.items()},
        problems=tuple(problem for problem in needed if problem is not None),
        no_project_file=no_project_file,
        override_problems={
            name: (file.problem,) for name, file in overrides.items() if file.problem is not None
        },
    )


def settings_files(folder: Path) -> list[Path]:
    """Every path whose change changes the settings, those that are not there yet included."""
    return [
        folder / SYSTEM_FILE,
        folder / PROJECT_FILE,
        folder / _PROJECTS_FOLDER,
        *_preset_files(folder),
        *_override_files(folder),
    ]


def _preset_files(folder: Path) -> list[Path]:
    return [folder / place / name for place in _PRESET_FOLDERS for name in ("gdrive.json", "config.json")]


def _is_preset(file: JsonFile) -> bool:
    if file.content is None:
        return False
    # "config.json" is a name that other programs use too
    return file.path.name != "config.json" or not CONFIG_KEYS.isdisjoint(file.content)


def _override_files(folder: Path) -> list[Path]:
    projects = folder / _PROJECTS_FOLDER
    try:
        names = sorted(entry.name for entry in projects.iterdir() if entry.is_dir())
    except OSError:
        return []
    return [projects / name / "global.json" for name in names]
