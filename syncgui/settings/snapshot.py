"""All settings as they were at one moment.

`Settings.load` reads every file once and raises nothing: what is wrong is in `problems`. The result
never changes; `stamp.changed()` tells when it is worth to load again. Settings of a project are put
together on demand, because they need the project's document for the roots of `studio`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType

from pydantic import BaseModel

from syncgui.settings.gathering import Gathered, gather, settings_files
from syncgui.settings.local_id import (
    given_local_id,
    made_local_id,
    registry_file,
    registry_local_id,
)
from syncgui.settings.machine import Machine
from syncgui.settings.places import Places
from syncgui.settings.problems import Problem, unique
from syncgui.settings.project import ProjectSettings
from syncgui.settings.resolve import Resolution, resolve
from syncgui.settings.sources import Pair, Sources
from syncgui.settings.stamp import Stamp
from syncgui.settings.user_choices import UserChoices
from syncgui.settings.vocabulary import Findings, UnknownKey, Vocabulary


@dataclass(frozen=True, slots=True)
class Settings:
    """An immutable snapshot.

    Args:
        places: where it was read.
        local_id: this machine's own site, for all projects that have no other.
        problems: what is wrong for every project.
        unknown: keys that were kept though nothing reads them, of every file.
        stamp: tells whether a file changed since.
        named_projects: projects that have settings of their own.
    """

    places: Places
    local_id: str
    problems: tuple[Problem, ...]
    unknown: tuple[UnknownKey, ...]
    stamp: Stamp
    named_projects: tuple[str, ...]
    _machine: Machine = field(repr=False)
    _gathered: Gathered = field(repr=False)
    _choices: UserChoices = field(repr=False)

    @classmethod
    def load(
        cls,
        places: Places,
        *,
        environment: Mapping[str, str],
        provider_models: Mapping[str, type[BaseModel]],
        planned_providers: Collection[str],
        platform: str,
        random: Random,
        user_data_dir_of_openpype: Path | None = None,
    ) -> Settings:
        """Read everything.

        Args:
            environment: environment variables.
            provider_models: code of each provider at hand → model of its settings.
            planned_providers: codes that are known and not part of this installation.
            platform: "windows", "linux" or "darwin" (see `platform_of`).
            random: for the name of a machine that has none.
            user_data_dir_of_openpype: where an OpenPype of this user keeps its registry, None for
                its usual place.
        """
        machine = Machine(
            environment=MappingProxyType(dict(environment)),
            platform=platform,
            provider_models=MappingProxyType(dict(provider_models)),
            planned_providers=frozenset(planned_providers),
            vocabulary=Vocabulary.of(provider_models.values()),
        )
        registry = registry_file(user_data_dir_of_openpype)
        stamp = Stamp.of([*settings_files(places.settings_dir), places.user_file, registry])
        gathered = gather(places.settings_dir, machine.vocabulary)
        choices = UserChoices.load(places.user_file)
        findings = Findings()
        local_id = given_local_id(
            choices.general, environment, gathered.shared.config.get("local_id"), Findings()
        )
        if local_id is None:
            local_id = registry_local_id(registry, findings)
        if local_id is None:
            local_id = made_local_id(places.user_file, choices, random, findings)
            stamp = stamp.renewed(places.user_file)
        return _complete(
            cls(
                places=places,
                local_id=local_id,
                problems=tuple(findings.problems),
                unknown=(),
                stamp=stamp,
                named_projects=tuple(sorted({*gathered.overrides, *choices.projects})),
                _machine=machine,
                _gathered=gathered,
                _choices=choices,
            )
        )

    def project(
        self,
        name: str,
        project_document: Mapping[str, object] | None,
        *,
        active_site: str | None = None,
        remote_site: str | None = None,
    ) -> ProjectSettings:
        """The settings of a project.

        Args:
            project_document: its document of type `project`, None when there is none.
            active_site, remote_site: another pair to serve than the settings' one.

        What is only reported and concerns every project stands in `Settings.problems`, not here.
        """
        pair = Pair(active_site, remote_site)
        settings = self._resolve(name, project_document, pair).settings
        known = set(self.problems)
        kept = tuple(p for p in settings.problems if p.fatal or p not in known)
        return replace(settings, problems=kept)

    def _resolve(self, name: str, document: Mapping[str, object] | None, pair: Pair) -> Resolution:
        return resolve(name, self._sources(name), self._machine, document, pair)

    def _sources(self, name: str) -> Sources:
        gathered, choices = self._gathered, self._choices
        return gathered.sources(
            name,
            choices.for_project(name),
            (*choices.problems, *choices.project_problems.get(name, ())),
            self.local_id,
        )


def every_problem(settings: Settings, projects: Iterable[ProjectSettings]) -> tuple[Problem, ...]:
    """All problems of the settings and of these projects, each once."""
    found = [*settings.problems]
    for project in projects:
        found.extend(project.problems)
    return unique(found)


def _complete(settings: Settings) -> Settings:
    """The same with the problems and unknown keys that show when the values are put together."""
    general = settings._resolve("", None, Pair())
    unknown = [*settings._choices.unknown, *general.unknown]
    for name in settings.named_projects:
        unknown.extend(settings._resolve(name, None, Pair()).unknown)
    return replace(
        settings,
        problems=unique([*settings.problems, *general.settings.problems]),
        unknown=tuple({(key.file, key.key): key for key in unknown}.values()),
    )
