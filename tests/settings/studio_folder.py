"""A settings folder in a test's own folder, and reading it as one machine does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random

from pydantic import BaseModel, Field, SecretStr

from syncgui.settings import Places, Problem, ProjectSettings, Settings, every_problem

Json = Mapping[str, object]


class LocalDriveSettings(BaseModel):
    """A provider without settings."""


class GdriveSettings(BaseModel):
    """A provider with a file."""

    credentials_url: str
    subject: str = ""


class VaultSettings(BaseModel):
    """A provider with secrets, one of them under a harmless name."""

    host: str
    word: SecretStr = Field(default=SecretStr(""), description="the word of this vault", min_length=3)
    port: int = 22


MODELS: Mapping[str, type[BaseModel]] = {
    "local_drive": LocalDriveSettings,
    "gdrive": GdriveSettings,
    "vault": VaultSettings,
}


class StudioFolder:
    """Settings files, written and read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "settings"
        self.places = Places.of(folder / "home", self.folder, {}, "ws-1")
        self.openpype = folder / "openpype"

    @property
    def modules(self) -> Path:
        return self.folder / "system_settings" / "modules.json"

    @property
    def common(self) -> Path:
        return self.folder / "project_settings" / "global.json"

    def override(self, project: str) -> Path:
        return self.folder / "project_settings" / project / "global.json"

    @staticmethod
    def put(path: Path, content: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")

    def write(
        self,
        config: object = None,
        sites: object = None,
        *,
        flat: Json | None = None,
        modules: object = None,
    ) -> StudioFolder:
        """Both files, switched on."""
        server: dict[str, object] = {"enabled": True, **(flat or {})}
        if config is not None:
            server["config"] = config
        if sites is not None:
            server["sites"] = sites
        self.put(self.modules, modules if modules is not None else {"sync_server": {"enabled": True}})
        self.put(self.common, {"sync_server": server})
        return self

    def user(self, content: object) -> None:
        self.put(self.places.user_file, content)

    def load(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        platform: str = "linux",
        seed: int = 1,
        planned: tuple[str, ...] = ("sftp",),
        models: Mapping[str, type[BaseModel]] = MODELS,
    ) -> Settings:
        return Settings.load(
            self.places,
            environment=environment or {},
            provider_models=models,
            planned_providers=planned,
            platform=platform,
            random=Random(seed),
            user_data_dir_of_openpype=self.openpype,
        )

    def project(
        self,
        document: Json | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        platform: str = "linux",
    ) -> ProjectSettings:
        return self.load(environment, platform=platform).project("Test", document)

    def problems(self, document: Json | None = None, name: str = "Test") -> tuple[Problem, ...]:
        """Every problem, of the settings and of one project."""
        settings = self.load()
        return every_problem(settings, [settings.project(name, document)])


def roots_document(**roots: object) -> Json:
    """A project document with these roots."""
    return {"type": "project", "name": "Test", "config": {"roots": roots}}


def at(problems: tuple[Problem, ...], key: str) -> Problem:
    """The one problem of a key, complete as every problem has to be."""
    found = [problem for problem in problems if problem.key == key]
    assert len(found) == 1, [problem.sentence for problem in problems]
    problem = found[0]
    assert problem.found
    assert problem.allowed
    assert problem.remedy
    for part in (problem.file, problem.key, problem.found, problem.allowed, problem.remedy):
        assert part in problem.sentence
    return problem
