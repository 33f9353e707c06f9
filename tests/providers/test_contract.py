"""The contract, for every provider that can be had without a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syncgui.providers.local_drive import LocalDriveProvider, LocalDriveSettings
from syncgui.providers.path_files import PathFileOperations
from tests.providers.contract import ProviderContract, Site
from tests.providers.page import load_page_provider


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


SITES: dict[str, Callable[[Path], Site]] = {
    "local_drive": local_drive,
    "local_drive_by_path": local_drive_by_path,
    "flat_archive": flat_archive,
}


class TestContract(ProviderContract):
    @pytest.fixture(params=sorted(SITES))
    def site(self, request: pytest.FixtureRequest, tmp_path: Path) -> Site:
        name: str = request.param
        return SITES[name](tmp_path)
