"""The snapshot as a whole: it never changes, and it tells when files did."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from tests.settings.studio_folder import StudioFolder

CHANGES: dict[str, Callable[[StudioFolder], object]] = {
    "a file was written": lambda studio: studio.write({"retry_cnt": 9}),
    "a file went away": lambda studio: studio.modules.unlink(),
    "a project got settings": lambda studio: studio.put(studio.override("New"), {}),
    "a known project changed": lambda studio: studio.put(studio.override("Test"), {"a": 1}),
    "the user chose": lambda studio: studio.user({"remote_site": ""}),
    "a preset appeared": lambda studio: studio.put(studio.folder / "presets" / "gdrive.json", {}),
    "a registry appeared": lambda studio: studio.put(studio.openpype / "openpype_settings.json", {}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_stamp_tells_when(change: Callable[[StudioFolder], object], studio: StudioFolder) -> None:
    studio.write()
    studio.put(studio.override("Test"), {})
    settings = studio.load()
    assert not settings.stamp.changed()
    change(studio)
    assert settings.stamp.changed()
    assert studio.load().stamp != settings.stamp


def test_the_stamp_sees_a_replaced_file_of_the_same_size_and_time(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 1})
    settings = studio.load()
    before = studio.common.stat()
    other = studio.common.with_name("other")
    other.write_text(studio.common.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(studio.common)
    assert settings.stamp.changed()


def test_making_a_name_for_the_machine_does_not_look_like_a_change(studio: StudioFolder) -> None:
    settings = studio.write().load()
    assert studio.places.user_file.exists()
    assert not settings.stamp.changed()
    assert studio.load().stamp == settings.stamp


def test_a_snapshot_does_not_follow_the_files(studio: StudioFolder) -> None:
    settings = studio.write({"retry_cnt": 5}).load()
    studio.write({"retry_cnt": 9})
    assert settings.project("Test", None).retry_cnt == 5


def test_a_snapshot_can_not_be_changed(studio: StudioFolder) -> None:
    settings = studio.write({}, {"studio": {"root": "/s"}}).load()
    project = settings.project("Test", None)
    with pytest.raises(FrozenInstanceError):
        settings.local_id = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        project.sites["x"] = project.sites["studio"]  # type: ignore[index]
    with pytest.raises(TypeError):
        project.sites["studio"].roots["work"] = "/"  # type: ignore[index]


def test_problems_of_all_projects_are_known_without_one(studio: StudioFolder) -> None:
    studio.write({"retry_cnt": 0, "remote_site": "moon"}, {"s": {"provider": "?"}})
    assert [problem.key for problem in studio.load().problems] == [
        "sync_server.config.retry_cnt",
        "sync_server.sites.s.provider",
        "sync_server.config.remote_site",
    ]


def test_the_environment_does_not_show(studio: StudioFolder) -> None:
    assert "sesame" not in repr(studio.write().load({"MY_TOKEN": "sesame"}))
