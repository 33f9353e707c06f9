"""Which partial, and which token, of an earlier try is gone on with."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import cast

import pytest

from syncgui.application import Application
from syncgui.engine.begun import Begun
from syncgui.engine.checksums import Checksums
from syncgui.engine.environment import SystemClock, Worth, real_environment
from syncgui.engine.job import Job
from syncgui.engine.moving import Moving
from syncgui.engine.recovery import Recovery
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.source_looks import Look
from syncgui.model.errors import (
    DamagedError,
    DownloadQuotaError,
    FileForbiddenError,
    FileInUseError,
    StorageAwayError,
    SyncError,
    TargetNotWritableError,
)
from syncgui.providers.file_operations import file_operations
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.state import Partial
from tests.engine.studio import Studio

_OURS = "w-ours"


def begun_of(studio: Studio) -> Begun:
    recovery = Recovery(studio.app.store, studio.app.state, SiteAccesses(real_environment()), SystemClock())
    return Begun(studio.app.state, recovery, SystemClock(), Worth(2, 1))


def moving(size_bytes: int) -> Moving:
    job = cast("Job", SimpleNamespace(placed=SimpleNamespace(parts=("show", "a.mov"))))
    return Moving(job, Look(size_bytes=size_bytes, content="content"), Checksums())


def noted(studio: Studio, number: int, source: str = "content") -> Partial:
    name = partial_name("a.mov", _OURS, number)
    root = str(studio.root("backup"))
    part = Partial("backup", root, "show/a.mov", name, source, SystemClock().wall_s())
    studio.app.state.note_partials(_OURS, [part])
    return part


def found(begun: Begun, studio: Studio, wanted: Moving) -> list[tuple[str, Partial]]:
    root = str(studio.root("backup"))
    part = Partial("backup", root, "show/a.mov", "")
    (result,) = begun.find(_OURS, [(wanted, part)], LocalFolder("backup", root, file_operations()))
    return result


def test_one_that_was_noted_and_never_made_does_not_hide_an_earlier_one(studio: Studio) -> None:
    made, never_made = (noted(studio, number) for number in (1, 2))
    studio.write(f"show/{made.name}", b"half", "backup")
    names = [part.name for _, part in found(begun_of(studio), studio, moving(8))]
    assert names == [made.name, never_made.name]


@pytest.mark.parametrize(("size_bytes", "source"), [(8, "content"), (1, "")])
def test_what_failed_and_stayed_is_not_gone_on_with_and_goes_with_the_next_try(
    studio: Studio, size_bytes: int, source: str
) -> None:
    begun, wanted = begun_of(studio), moving(size_bytes)
    part = noted(studio, 1, source)
    path = studio.write(f"show/{part.name}", b"half", "backup")
    begun.leave(_OURS, [part])
    left = found(begun, studio, wanted)
    assert [one.name for _, one in left] == [part.name]
    assert found(begun_of(studio), studio, wanted) == []  # nor by whoever comes later
    assert studio.app.state.partials()[_OURS][0].source == ""
    begun.settle(LocalFolder("backup", part.root, file_operations()), left, None)
    assert not path.exists()
    assert (studio.app.state.partials(), found(begun, studio, wanted)) == ({}, [])


@pytest.mark.parametrize(
    ("error", "kept"),
    [(DownloadQuotaError(), True), (FileForbiddenError(), True), (DamagedError(), False)],
    ids=["quota", "forbidden", "damaged"],
)
def test_what_came_before_a_file_was_refused_is_right_as_far_as_it_goes(
    studio: Studio, error: SyncError, kept: bool
) -> None:
    assert begun_of(studio).keeps(moving(8), error, 4) is kept


def test_a_token_is_gone_on_with_by_its_worker_and_by_nobody_else_while_it_lives(studio: Studio) -> None:
    begun = begun_of(studio)
    other = studio.application("other")
    enter(studio.app, _OURS)
    enter(other, "w-other")
    studio.app.state.note_worker("w-other", studio.app.store.identity)
    begun.keep_token("w-other", "backup\na", "content", "secret")
    assert begun.take_token(_OURS, "backup\na", "content", 60.0) is None
    assert begun.take_token("w-other", "backup\na", "content", 60.0) == "secret"
    assert begun.take_token("w-other", "backup\na", "another", 60.0) is None
    assert begun.take_token("w-other", "backup\na", "content", -1.0) is None
    other.store.close()
    assert begun.take_token(_OURS, "backup\na", "content", 60.0) == "secret"
    assert begun.take_token("w-other", "backup\na", "content", 60.0) is None  # it is ours now


def test_what_one_worker_ends_is_forgotten_and_what_another_began_meanwhile_stays(studio: Studio) -> None:
    begun = begun_of(studio)
    begun.keep_token(_OURS, "backup\na", "content", "first")
    begun.keep_token("w-other", "backup\na", "content", "second")
    begun.keep_token(_OURS, "backup\na", "content", None)
    assert begun.take_token("w-other", "backup\na", "content", 60.0) == "second"
    begun.keep_token("w-other", "backup\na", "content", None)
    assert begun.take_token("w-other", "backup\na", "content", 60.0) is None


def test_a_token_of_a_worker_that_is_forgotten_is_anybodys(studio: Studio) -> None:
    begun = begun_of(studio)
    begun.keep_token("w-gone", "backup\na", "content", "secret")
    assert begun.take_token(_OURS, "backup\na", "content", 60.0) is None  # not known to have been ours
    studio.app.state.drop_worker("w-gone")
    assert begun.take_token(_OURS, "backup\na", "content", 60.0) == "secret"


def enter(app: Application, worker: str) -> None:
    """Let a worker live."""
    now = real_environment().utc()
    app.store.join(worker, host="host", user="user", local_id="local", pid=os.getpid(), now=now)


@pytest.mark.parametrize(
    ("error", "keeps"), [(FileInUseError, True), (StorageAwayError, True), (TargetNotWritableError, False)]
)
def test_what_only_waits_for_others_is_gone_on_with(
    studio: Studio, error: type[SyncError], keeps: bool
) -> None:
    assert begun_of(studio).keeps(moving(8), error(site="backup", path="a"), 8) is keeps
