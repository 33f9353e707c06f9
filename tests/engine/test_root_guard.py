"""P11: a root that another folder took the place of while the program runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.engine.environment import real_environment
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import SiteNotConnectedError
from syncgui.model.paths import place
from tests.engine.mongo_studio import MovedClock
from tests.engine.studio import PROJECT, Studio

PLACED = place("{root[work]}/a.exr", {})


class Guarded:
    """The guard of a running program, and its access to `backup`."""

    def __init__(self, studio: Studio) -> None:
        self.clock = MovedClock()
        self._studio = studio
        app = studio.app
        self.guard = RootGuard(
            app.state, app.index, app.store, lambda: {PROJECT: app.project(PROJECT)}, self.clock
        )

    @property
    def access(self) -> SiteAccess:
        return SiteAccesses(real_environment()).get(self._studio.app.project(PROJECT), "backup")

    def is_refused(self) -> bool:
        try:
            self.guard.check(self.access, PLACED)
        except SiteNotConnectedError:
            return True
        return False


def replaced(studio: Studio) -> Path:
    """An empty folder takes the place of the root; where that is now."""
    away = studio.folder / "away"
    studio.root("backup").rename(away)
    studio.root("backup").mkdir()
    return away


@pytest.fixture
def guarded(studio: Studio) -> Guarded:
    studio.insert({"files": []})  # the project is there
    found = Guarded(studio)
    assert not found.is_refused()
    return found


def test_an_empty_folder_in_place_of_a_new_root_is_left_alone_until_all_is_recorded(
    studio: Studio, guarded: Guarded
) -> None:
    replaced(studio)
    assert guarded.is_refused()
    guarded.clock.advance(14)
    assert guarded.is_refused()
    guarded.clock.advance(2)
    assert not guarded.is_refused(), "nothing was recorded: it is just another folder"
    assert not guarded.is_refused()


def test_what_is_recorded_meanwhile_keeps_the_empty_folder_refused(studio: Studio, guarded: Guarded) -> None:
    away = replaced(studio)
    assert guarded.is_refused()
    studio.write("there.exr", b"1234")
    studio.insert({"files": [studio.file("there.exr", 4, present="backup", wanted="studio")]})
    studio.app.catch_up(studio.app.projects())
    guarded.clock.advance(20)
    assert guarded.is_refused()
    studio.root("backup").rmdir()
    away.rename(studio.root("backup"))
    assert not guarded.is_refused()
    replaced(studio)
    assert guarded.is_refused()


def test_each_change_is_waited_for_anew(studio: Studio, guarded: Guarded) -> None:
    away = replaced(studio)
    assert guarded.is_refused()
    other = studio.folder / "other"
    studio.root("backup").rename(other)
    away.rename(studio.root("backup"))
    assert not guarded.is_refused()
    guarded.clock.advance(20)
    studio.root("backup").rename(away)
    other.rename(studio.root("backup"))
    assert guarded.is_refused(), "the same empty folder as before, after the right one"


def test_a_program_that_just_starts_takes_a_folder_of_which_nothing_is_recorded(
    studio: Studio, guarded: Guarded
) -> None:
    replaced(studio)
    assert not Guarded(studio).is_refused()
