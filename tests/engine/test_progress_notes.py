"""How far large files are is told to the database: of which, how often, and never more than is ours."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from syncgui.application import Application, Options
from syncgui.engine.environment import Noting, real_environment
from syncgui.engine.job import Job, Wanted
from syncgui.engine.progress_notes import ProgressNotes
from syncgui.engine.rights import Rights
from syncgui.engine.teller import Teller
from syncgui.model.edits import Claim, Edit, Target, Wish
from syncgui.model.representation import read_representation
from tests.engine.mover import StudioMover
from tests.engine.studio import PROJECT, Studio, eventually
from tests.engine.test_bandwidth import limit
from tests.engine.virtual_time import VirtualTime

LARGE = 1000


class Noted:
    """A claimed job of a large file, and the notes about it."""

    def __init__(self, studio: Studio, size_bytes: int = LARGE) -> None:
        self.studio = studio
        self.time = VirtualTime()
        store = studio.app.store
        rights = Rights(store, self.time, Teller(self.time, lambda _: None))
        self.notes = ProgressNotes(store, self.time, rights, Noting(file_bytes=LARGE, every_s=10.0))
        self.one = studio.publish([studio.file("a.mov", size_bytes)])
        (self.job,) = StudioMover(studio).jobs(self.one, "studio", "backup")
        store.claim(PROJECT, [Claim(self.job.wanted[0].target, self.job.lease)])

    def after(self, seconds: float, moved_bytes: int) -> object:
        """The entry's progress, after so long, with so many bytes moved in all."""
        self.time.pass_by(seconds)
        self.job.moved_bytes = moved_bytes
        self.notes.note([self.job])
        return self.studio.entry(self.one).get("progress")


def test_it_is_told_every_ten_seconds_and_no_more_often(studio: Studio) -> None:
    noted = Noted(studio)
    assert noted.after(0.0, 10) is None
    assert noted.after(9.9, 100) is None
    assert noted.after(0.1, 123) == 0.123
    assert noted.after(9.9, 300) == 0.123
    assert noted.after(0.1, 456) == 0.456
    assert studio.entry(noted.one)["lease"] == noted.job.lease


def test_a_file_that_is_not_large_is_never_told(studio: Studio) -> None:
    noted = Noted(studio, LARGE - 1)
    assert [noted.after(60.0, moved) for moved in (0, 100, 200, 300)] == [None] * 4


def test_what_stands_still_is_not_written_again(studio: Studio) -> None:
    noted = Noted(studio)
    noted.after(0.0, 10)
    noted.after(10.0, 500)
    before = studio.app.store.head()
    noted.after(10.0, 500)
    noted.after(3600.0, 500)
    assert studio.app.store.same_place(before, studio.app.store.head())


@pytest.mark.parametrize("moved_bytes", [0, LARGE, LARGE + 1])
def test_nothing_is_told_of_what_has_not_begun_or_is_whole(studio: Studio, moved_bytes: int) -> None:
    noted = Noted(studio)
    noted.after(0.0, 0)
    assert noted.after(10.0, moved_bytes) is None


def test_a_cancelled_file_and_an_entry_that_is_not_ours_any_more_are_left(studio: Studio) -> None:
    noted = Noted(studio)
    noted.after(0.0, 10)
    studio.app.store.edit(PROJECT, [Edit(noted.job.wanted[0].target, Wish.SYNC_AGAIN)])
    assert noted.after(10.0, 500) is None
    other = Noted(studio)
    other.after(0.0, 10)
    other.job.cancellation.is_cancelled = True
    assert other.after(10.0, 500) is None


def test_all_entries_that_get_the_file_are_told(studio: Studio) -> None:
    noted = Noted(studio)
    second = studio.publish([studio.file("a.mov", LARGE)])
    (file,) = read_representation(studio.document(second)).files
    target = Target(second, file.ref, "backup")
    studio.app.store.claim(PROJECT, [Claim(target, noted.job.lease)])
    noted.job.wanted = (*noted.job.wanted, Wanted(target, LARGE, 0))
    noted.after(0.0, 10)
    assert noted.after(10.0, 500) == 0.5
    assert studio.entry(second)["progress"] == 0.5


def test_the_loop_tells_it_and_takes_it_away_with_the_result(studio: Studio) -> None:
    limit(studio, "backup", "200KB")
    environment = replace(real_environment(), noting=Noting(file_bytes=2**20, every_s=0.0))
    options = Options(studio.folder / "home", studio.settings_dir, studio.database)
    app = studio.closing(Application(options, {}, environment=environment))
    small = studio.publish(["small"], content=os.urandom(2**20 - 1))
    one = studio.publish(["large"], content=os.urandom(8 * 2**20))
    with studio.syncing(app):
        eventually(lambda: "progress" in studio.entry(one), "how far it is")
        entry = studio.entry(one)
        assert 0.0 < float(str(entry["progress"])) < 1.0
        assert "lease" in entry
        limit(studio, "backup", None)
        eventually(lambda: studio.is_synced(one) and studio.is_synced(small), "they arrive")
    assert "progress" not in studio.entry(one)


def test_a_stopped_loop_leaves_no_progress_behind(studio: Studio) -> None:
    limit(studio, "backup", "200KB")
    environment = replace(real_environment(), noting=Noting(file_bytes=2**20, every_s=0.0))
    options = Options(studio.folder / "home", studio.settings_dir, studio.database)
    app = studio.closing(Application(options, {}, environment=environment))
    one = studio.publish(["large"], content=os.urandom(8 * 2**20))
    with studio.syncing(app):
        eventually(lambda: "progress" in studio.entry(one), "how far it is")
    assert studio.entry(one) == {"name": "backup"}


def test_jobs_that_ended_are_forgotten(studio: Studio) -> None:
    noted = Noted(studio)
    noted.after(0.0, 10)
    ended: list[Job] = []
    noted.notes.note(ended)
    assert noted.after(10.0, 500) is None  # as one that has just begun
    assert noted.after(10.0, 600) == 0.6
