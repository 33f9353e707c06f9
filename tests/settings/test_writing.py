"""Writing the settings of a new set-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.settings import SettingsError, write_settings
from tests.settings.studio_folder import StudioFolder

SITES: dict[str, dict[str, object]] = {
    "studio": {"provider": "local_drive", "root": "/s"},
    "backup": {"provider": "local_drive", "root": {"work": "/b"}},
}


def write(folder: Path) -> tuple[Path, Path]:
    return write_settings(
        folder,
        project_defaults={"local_id": "ws-9"},
        sites=SITES,
        publish_site="studio",
        remote_site="backup",
        loop_delay_s=2.5,
        retry_cnt=4,
    )


def test_what_is_written_is_read_again_without_a_problem(studio: StudioFolder) -> None:
    assert write(studio.folder) == (studio.modules, studio.common)
    assert studio.problems() == ()
    project = studio.project()
    assert project.idle_reason == ""
    assert (project.active_site, project.remote_site, project.local_id) == ("studio", "backup", "ws-9")
    assert (project.retry_cnt, project.loop_delay_s) == (4, 2.5)
    assert project.sites["studio"].roots == {"": "/s", "work": "/s"}


@pytest.mark.parametrize("name", ["system_settings/modules.json", "project_settings/global.json"])
def test_existing_settings_are_never_overwritten(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="exists already"):
        write(tmp_path)
    assert path.read_text(encoding="utf-8") == "mine"
    assert [entry for entry in tmp_path.rglob("*.json") if entry != path] == []


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="can not be written"):
        write(tmp_path / "file")
