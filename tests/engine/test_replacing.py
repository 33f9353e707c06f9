"""Other content is replaced whatever its size and time say; the old version is kept where that is wished."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncgui.engine.environment import Clock, SystemClock, real_environment
from syncgui.providers.file_operations import Flush
from syncgui.providers.posix_files import PosixFileOperations
from tests.engine.mover import StudioMover
from tests.engine.studio import Studio, change_settings

TODAY = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)


class SetClock(SystemClock):
    """A clock for people that stands still until it is set."""

    def __init__(self) -> None:
        self.now = TODAY

    def wall_s(self) -> float:
        return self.now.timestamp()


def keep_for(studio: Studio, days: int | None, site: str = "backup") -> None:
    def change(server: dict[str, dict[str, object]]) -> None:
        settings = server["sites"][site]
        assert isinstance(settings, dict)
        if days is None:
            settings.pop("trash_days", None)
        else:
            settings["trash_days"] = days

    change_settings(studio, change)


def mover(studio: Studio, clock: Clock) -> StudioMover:
    return StudioMover(studio, replace(real_environment(), clock=clock))


def replace_hero(studio: Studio, moving: StudioMover, old: bytes = b"old") -> None:
    studio.write("hero.abc", old, "backup")
    (result,) = moving.move(studio.publish(["hero.abc"], content=b"new"))
    assert result.errors == (None,)


@pytest.mark.parametrize("policy", ["size", "xxh3", "readback"])
def test_a_hero_of_the_same_path_size_and_time_arrives_with_its_new_bytes(
    studio: Studio, policy: str
) -> None:
    change_settings(studio, lambda server: server["sites"]["backup"].update(verify=policy))  # type: ignore[attr-defined]
    keep_for(studio, 7)
    old = studio.write("hero/model.abc", b"version 1", "backup")
    new = studio.write("hero/model.abc", b"version 2", "studio")
    for path in (old, new):
        os.utime(path, ns=(1, 1_700_000_000_000_000_000))
    one = studio.insert({"files": [studio.file("hero/model.abc", 9)]})
    studio.sync_once()
    assert studio.is_synced(one)
    tree = studio.tree("backup")
    assert tree.pop("hero/model.abc") == b"version 2"
    assert list(tree.values()) == [b"version 1"]
    assert (studio.root("backup") / "hero/model.abc").stat().st_mtime_ns == 1_700_000_000_000_000_000


def test_equal_content_is_recorded_without_a_copy_and_without_a_trash(studio: Studio) -> None:
    keep_for(studio, 7)
    studio.write("a.exr", b"pixels", "backup")
    one = studio.publish(["a.exr"], content=b"pixels")
    studio.sync_once()
    assert studio.is_synced(one)
    assert [done.copied for done in studio.done] == [False]
    assert studio.tree("backup") == {"a.exr": b"pixels"}


@pytest.mark.parametrize("days", [None, 0])
def test_a_site_that_does_not_wish_it_keeps_nothing(studio: Studio, days: int | None) -> None:
    keep_for(studio, days)
    replace_hero(studio, mover(studio, SetClock()))
    assert studio.tree("backup") == {"hero.abc": b"new"}


def test_it_is_the_target_that_keeps(studio: Studio) -> None:
    keep_for(studio, 7, "studio")
    replace_hero(studio, mover(studio, SetClock()))
    assert studio.tree("backup") == {"hero.abc": b"new"}


def test_the_day_is_that_of_the_replacement_not_that_of_the_begin(studio: Studio) -> None:
    keep_for(studio, 1)
    clock = SetClock()

    class Slow(PosixFileOperations):
        def sync_file(self, fd: int) -> Flush:
            clock.now = TODAY + timedelta(days=3)
            return super().sync_file(fd)

    replace_hero(studio, StudioMover(studio, replace(real_environment(), clock=clock, files=Slow())))
    assert kept(studio) == ["2026-05-23/hero.abc"]


def test_a_record_that_points_into_the_trash_is_refused(studio: Studio) -> None:
    studio.write(".syncgui-trash/2026-05-03/a.exr", b"kept", "studio")
    one = studio.insert({"files": [studio.file(".syncgui-trash/2026-05-03/a.exr", 4)]})
    studio.sync_once()
    assert not studio.is_synced(one)
    assert [failure.code for failure in studio.failures] == ["path_refused"]
    assert studio.tree("backup") == {}


def write_something(studio: Studio, moving: StudioMover, name: str) -> None:
    (result,) = moving.move(studio.publish([name]))
    assert result.errors == (None,)


def kept(studio: Studio) -> list[str]:
    trash = studio.root("backup") / ".syncgui-trash"
    return sorted(str(one.relative_to(trash)) for one in trash.rglob("*") if one.is_file())
