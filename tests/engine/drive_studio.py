"""The small studio with a further site `gdrive`: a folder of its own on the tests' Drive."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.studio import Studio
from tests.servers.drive.process import DriveServer


class DriveStudio(Studio):
    """A studio that exchanges with Drive.

    Args:
        folder: where everything lies.
        server: the Drive.
    """

    def __init__(self, folder: Path, server: DriveServer, **site: object) -> None:
        self.server = server
        self.remote_folder = f"show {uuid.uuid4().hex[:12]}"
        self.folder_id = server.make_folder(server.drive_id, self.remote_folder)
        super().__init__(
            folder,
            sites={
                "gdrive": {
                    "provider": "gdrive",
                    "credentials_url": str(server.credentials),
                    "endpoint": server.endpoint,
                    "root": {"work": f"/{server.drive}/{self.remote_folder}"},
                    **site,
                }
            },
        )

    def publish_up(self, names: list[str], content: bytes | None = None) -> str:
        """A representation whose files are wanted on Drive."""
        return self.publish(list(names), wanted="gdrive", content=content)

    def sync_up(self) -> None:
        """`sync --once` between `studio` and `gdrive`."""
        self.sync_once(active_site="studio", remote_site="gdrive")

    def on_drive(self) -> dict[str, tuple[int, str]]:
        """Size and md5 of all that lies in the site's folder, by path."""
        return {
            path: (size, md5)
            for path, (size, md5) in self.server.tree(self.folder_id).items()
            if not path.endswith("/")
        }

    def local(self, site: str = "studio") -> dict[str, tuple[int, str]]:
        """The same of a folder of this machine."""
        return {
            name: (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest())
            for name, content in self.tree(site).items()
        }


@pytest.fixture
def drive_studio(tmp_path: Path, drive_server: DriveServer) -> Iterator[DriveStudio]:
    """An empty studio with an empty folder on Drive."""
    found = DriveStudio(tmp_path, drive_server)
    yield found
    found.close()
