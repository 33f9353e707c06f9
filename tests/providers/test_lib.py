from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from pydantic import BaseModel

from syncgui.model.errors import ProviderMissingError, SiteUnknownError
from syncgui.providers import lib
from syncgui.providers.abstract_provider import AbstractProvider
from syncgui.providers.local_drive import LocalDriveProvider, LocalDriveSettings
from syncgui.providers.posix_files import PosixFileOperations
from tests.providers.child import child
from tests.providers.page import write_page_files


class Stubborn(LocalDriveProvider):
    """Its constructor fails."""

    code = "stubborn"

    def __init__(self, site: str, settings: BaseModel, roots: dict[str, str]) -> None:
        super().__init__(site, settings, roots)
        raise OSError("the password is hunter2")


def test_local_drive_is_there() -> None:
    assert lib.provider_class("local_drive") is LocalDriveProvider
    assert "local_drive" in lib.provider_codes()
    assert lib.settings_models()["local_drive"] is LocalDriveSettings


def test_an_unknown_provider_is_missing_for_its_site_only() -> None:
    assert lib.provider_class("nonsense") is None
    with pytest.raises(ProviderMissingError, match="Site vault can not be used: provider nonsense"):
        lib.create("nonsense", "vault", LocalDriveSettings(), {})


def test_planned_providers_are_those_that_are_not_there_yet() -> None:
    assert lib.planned() == lib.PLANNED - set(lib.provider_codes())
    assert "local_drive" not in lib.planned()


def test_a_provider_is_built_without_touching_its_storage(tmp_path: Path) -> None:
    roots = {"work": str(tmp_path / "absent")}
    built = lib.create(
        "local_drive", "backup", LocalDriveSettings(), roots, files=PosixFileOperations(), unknown=1
    )
    assert isinstance(built, LocalDriveProvider)
    assert (built.site, built.roots) == ("backup", roots)


def test_a_provider_that_can_not_be_built_is_the_sites_trouble_and_tells_no_secret() -> None:
    lib.register(Stubborn)
    with pytest.raises(SiteUnknownError, match=r"stubborn could not be set up \(OSError\)") as caught:
        lib.create("stubborn", "vault", LocalDriveSettings(), {})
    assert "hunter2" not in caught.value.sentence


def test_half_a_provider_is_refused() -> None:
    class Half(AbstractProvider):
        code = "half"

    with pytest.raises(TypeError, match=r"Half lacks check, create_folder, delete, download"):
        lib.register(cast("type[AbstractProvider]", Half))

    class BadCode(LocalDriveProvider):
        code = "../etc"

    with pytest.raises(ValueError, match="can not be a provider's code"):
        lib.register(BadCode)
    assert lib.provider_class("half") is None


def test_entry_points_are_read_and_broken_ones_are_said_and_stop_nothing(tmp_path: Path) -> None:
    write_page_files(tmp_path)
    (tmp_path / "broken_module.py").write_text("1 / 0\n")
    facts = tmp_path / "flat_archive-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: flat_archive\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(
        f"[{lib.GROUP}]\n"
        "flat_archive = flat_archive:FlatArchiveProvider\n"
        "absent = no_such_module:Provider\n"
        "broken = broken_module:Provider\n"
        "misnamed = flat_archive:FlatArchiveProvider\n"
        "nothing = flat_archive:BLOCK_BYTES\n"
        "local_drive = flat_archive:FlatArchiveProvider\n"
    )
    root = str(Path(__file__).parents[2])
    answer = child("registry", tmp_path, environment={"PYTHONPATH": f"{root}:{tmp_path}"})
    assert answer["codes"] == ["flat_archive", "gdrive", "local_drive"]
    assert answer["module"] == "flat_archive"
    assert answer["ours"] == LocalDriveSettings.__module__
    assert answer["fields"] == ["folder"]
    assert answer["icon"] == "resources/flat_archive.png"
    problems = answer["problems"]
    assert isinstance(problems, list)
    told = {match[1] for one in problems if (match := re.match(r"Provider (\w+) of ", one))}
    assert told == {"absent", "broken", "misnamed", "nothing", "local_drive"}
    assert len(problems) == 5
