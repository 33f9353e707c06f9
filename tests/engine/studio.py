"""A small studio in a folder, with the real store, index, state, settings and loop."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

from syncgui.application import Application, Options
from syncgui.engine.environment import Environment, real_environment
from syncgui.engine.events import Done, Event, Failed, Trouble
from syncgui.engine.loop import Loop
from syncgui.model.representation import Document
from syncgui.providers.file_operations import FileOperations
from syncgui.settings import write_settings

PROJECT = "Test"
PUBLISHED = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
PATIENCE_S = 30.0


class Studio:
    """Sites `studio` and `backup`, one root `work` each, one database.

    Args:
        folder: where everything lies.
        sites: further sites: name to their settings.
    """

    def __init__(
        self, folder: Path, *, sites: dict[str, dict[str, object]] | None = None, retry_cnt: int = 3
    ) -> None:
        self.folder = folder
        self.settings_dir = folder / "settings"
        for name in ("studio", "backup"):
            self.root(name).mkdir(parents=True)
        write_settings(
            self.settings_dir,
            sites={
                "studio": {"provider": "local_drive", "root": {"work": str(self.root("studio"))}},
                "backup": {"provider": "local_drive", "root": {"work": str(self.root("backup"))}},
                **(sites or {}),
            },
            publish_site="studio",
            remote_site="backup",
            loop_delay_s=1,
            retry_cnt=retry_cnt,
        )
        self.events: list[Event] = []
        self._applications: list[Application] = []
        self.app = self.application()

    @property
    def database(self) -> str:
        """Its address."""
        return f"sqlite:///{self.folder / 'db.sqlite'}"

    def options(self, home: str = "home") -> list[str]:
        """The command line's options for this studio."""
        return [
            *("--home", str(self.folder / home)),
            *("--settings", str(self.settings_dir)),
            *("--database", self.database),
        ]

    def root(self, site: str) -> Path:
        """A site's root folder."""
        return self.folder / "sites" / site

    def application(self, home: str = "home", files: FileOperations | None = None) -> Application:
        """The parts, with file operations of one's own if wished."""
        environment: Environment = real_environment()
        if files is not None:
            environment = replace(environment, files=files)
        return self.closing(
            Application(
                Options(self.folder / home, self.settings_dir, self.database), {}, environment=environment
            )
        )

    def closing(self, application: Application) -> Application:
        """Parts that are closed with the studio."""
        self._applications.append(application)
        return application

    def close(self) -> None:
        """Close all parts."""
        for one in self._applications:
            one.close()

    # -- publishing ----------------------------------------------------------------------------------

    def write(self, name: str, content: bytes = b"pixels", site: str = "studio") -> Path:
        """A file on a site."""
        path = self.root(site) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def publish(
        self,
        files: Sequence[str | dict[str, object]],
        *,
        present: str = "studio",
        wanted: str = "backup",
        content: bytes | None = None,
        project: str = PROJECT,
    ) -> str:
        """Write files and record them as one representation; its id.

        A file given as a mapping is recorded as it is.
        """
        recorded: list[dict[str, object]] = []
        for file in files:
            if isinstance(file, dict):
                recorded.append(file)
                continue
            data = file.encode() if content is None else content
            self.write(file, data, present)
            recorded.append(self.file(file, len(data), present=present, wanted=wanted))
        return self.insert({"files": recorded}, project=project)

    def file(
        self, name: str, size: int | None, *, present: str = "studio", wanted: str = "backup"
    ) -> dict[str, object]:
        """A file's record, form C."""
        found: dict[str, object] = {
            "_id": ObjectId(),
            "path": f"{{root[work]}}/{name}",
            "sites": [{"name": present, "created_dt": PUBLISHED}, {"name": wanted}],
        }
        return found if size is None else {**found, "size": size}

    def insert(self, fields: dict[str, object], project: str = PROJECT) -> str:
        """Record a representation with these fields; its id."""
        document: dict[str, object] = {
            "_id": ObjectId(),
            "type": "representation",
            "name": "exr",
            "parent": ObjectId(),
            "context": {"asset": "sh010", "subset": "renderMain", "version": 1},
            **fields,
        }
        self.app.store.insert(project, [document])
        return str(document["_id"])

    # -- looking -------------------------------------------------------------------------------------

    def document(self, representation: str, project: str = PROJECT) -> Document:
        """A representation as it is in the store."""
        return self.app.store.read(project, [representation])[0]

    def entry(self, representation: str, site: str = "backup", position: int = 0) -> dict[str, object]:
        """One site entry, form C."""
        files = self.document(representation)["files"]
        assert isinstance(files, list)
        return next(dict(one) for one in files[position]["sites"] if one["name"] == site)

    def is_synced(self, representation: str, site: str = "backup", position: int = 0) -> bool:
        """Whether the record says that the file is on the site."""
        return self.entry(representation, site, position).get("created_dt") is not None

    def tree(self, site: str) -> dict[str, bytes]:
        """All files of a site by their path below its root."""
        root = self.root(site)
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    @property
    def failures(self) -> list[Failed]:
        """Files that failed, as told."""
        return [one for one in self.events if isinstance(one, Failed)]

    @property
    def done(self) -> list[Done]:
        """Files that arrived, as told."""
        return [one for one in self.events if isinstance(one, Done)]

    @property
    def troubles(self) -> list[Trouble]:
        """Sites in trouble, as told."""
        return [one for one in self.events if isinstance(one, Trouble) and one.sentence]

    # -- syncing -------------------------------------------------------------------------------------

    def sync_once(
        self,
        app: Application | None = None,
        *,
        active_site: str | None = None,
        remote_site: str | None = None,
    ) -> None:
        """What `sync --once` does."""
        loop = (app or self.app).loop(self.events.extend, active_site=active_site, remote_site=remote_site)
        loop.run(once=True)

    @contextmanager
    def syncing(self, app: Application | None = None) -> Iterator[Loop]:
        """The loop in a thread of its own, stopped at the end."""
        loop = (app or self.app).loop(self.events.extend)
        thread = threading.Thread(target=loop.run, name="test-loop")
        thread.start()
        try:
            yield loop
        finally:
            loop.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the loop did not end"


def eventually(holds: Callable[[], bool], what: str = "the condition") -> None:
    """Wait until something holds, with a generous limit."""
    waited = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if holds():
            return
        waited.wait(0.02)
    raise AssertionError(f"{what} did not come to hold within {PATIENCE_S} s")


def change_settings(studio: Studio, change: Callable[[dict[str, dict[str, object]]], None]) -> None:
    """Edit the studio's `global.json` in place: `change` is given its `sync_server`."""
    path = studio.settings_dir / "project_settings" / "global.json"
    content = json.loads(path.read_text())
    change(content["sync_server"])
    path.write_text(json.dumps(content))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
