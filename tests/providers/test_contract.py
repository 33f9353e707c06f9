"""The contract, for every provider; those that want a server get a real or a faithful one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncgui.providers.gdrive import GDriveProvider, GDriveSettings
from syncgui.providers.local_drive import LocalDriveProvider, LocalDriveSettings
from syncgui.providers.path_files import PathFileOperations
from tests.providers.contract import ProviderContract, Site
from tests.providers.page import load_page_provider
from tests.servers.drive.process import DriveServer


def local_drive(folder: Path) -> Site:
    root = folder / "root"
    root.mkdir()
    return Site(LocalDriveProvider("backup", LocalDriveSettings(), {"work": str(root)}), str(root))


def local_drive_by_path(folder: Path) -> Site:
    root = folder / "root"
    root.mkdir()
    provider = LocalDriveProvider(
        "backup", LocalDriveSettings(), {"work": str(root)}, files=PathFileOperations()
    )
    return Site(provider, str(root))


def flat_archive(folder: Path) -> Site:
    provider = load_page_provider(folder)
    archive = folder / "archive"
    archive.mkdir()
    settings = provider.settings_model.model_validate({"folder": str(archive)})
    return Site(provider("vault", settings, {"": "/vault"}), "/vault")


def gdrive(server: DriveServer) -> Site:
    """An empty folder of a shared drive."""
    folder = f"contract {uuid.uuid4().hex[:12]}"
    server.make_folder(server.drive_id, folder)
    root = f"/{server.drive}/{folder}"
    settings = GDriveSettings(credentials_url=server.credentials, endpoint=server.endpoint)
    return Site(GDriveProvider("gdrive", settings, {"work": root}), root)


SITES: dict[str, Callable[[Path], Site]] = {
    "local_drive": local_drive,
    "local_drive_by_path": local_drive_by_path,
    "flat_archive": flat_archive,
}


class TestContract(ProviderContract):
    @pytest.fixture(params=[*sorted(SITES), "gdrive"])
    def site(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
        name: str = request.param
        site = gdrive(request.getfixturevalue("drive_server")) if name == "gdrive" else SITES[name](tmp_path)
        yield site
        site.provider.close()
