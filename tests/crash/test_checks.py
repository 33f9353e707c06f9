"""The checks themselves: each notices what it is there for, in a studio that was spoilt on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syncgui.model.edits import Claim, Edit, Outcome, Result, Target, Wish
from syncgui.model.representation import read_representation
from syncgui.providers.local_folder import partial_name
from syncgui.state import Partial, StateFile
from syncgui.store.sqlite_store import SqliteStore
from tests.crash import scenario
from tests.crash.checks import violations_of_crash, violations_of_end
from tests.crash.published import BEFORE, DATABASE, publish
from tests.engine.studio import PROJECT

_HERO = "hero/model.abc"


@pytest.fixture
def synced(tmp_path: Path) -> Path:
    """A studio in which the right program ran to its end."""
    publish(tmp_path)
    scenario.main([str(tmp_path)])
    return tmp_path


def test_a_studio_that_was_synced_has_no_violation(synced: Path) -> None:
    assert violations_of_crash(synced) == violations_of_end(synced) == []


def test_a_studio_that_was_only_published_breaks_nothing_but_is_not_at_its_end(tmp_path: Path) -> None:
    publish(tmp_path)
    assert violations_of_crash(tmp_path) == []
    (tmp_path / f"{DATABASE}.workers").mkdir()
    found = violations_of_end(tmp_path)
    assert f"P3: {_HERO} is not on backup" in found
    assert f"P3: {_HERO} is not recorded on backup" in found


def _half(folder: Path) -> None:
    path = folder / "sites" / "backup" / _HERO
    path.write_bytes(path.read_bytes()[:1_000])


def _mix(folder: Path) -> None:
    path = folder / "sites" / "backup" / _HERO
    new, old = path.read_bytes(), BEFORE["backup"][_HERO]
    path.write_bytes(new[:1_000] + old[1_000:])


def _gone(folder: Path) -> None:
    (folder / "sites" / "backup" / _HERO).unlink()


@pytest.mark.parametrize("spoil", [_half, _mix, _gone])
def test_wrong_content_breaks_two_promises(synced: Path, spoil: Callable[[Path], None]) -> None:
    spoil(synced)
    found = violations_of_crash(synced)
    assert [one[:3] for one in found] == ["P1:", "P2:"]
    assert all(_HERO in one for one in found)


def test_old_content_is_right_only_as_long_as_nothing_is_recorded(synced: Path) -> None:
    (synced / "sites" / "backup" / _HERO).write_bytes(BEFORE["backup"][_HERO])
    assert [one[:3] for one in violations_of_crash(synced)] == ["P1:"]


def test_a_name_that_nobody_published_is_noticed(synced: Path) -> None:
    (synced / "sites" / "studio" / "stray.exr").write_bytes(b"")
    assert [one[:3] for one in violations_of_crash(synced)] == ["P2:"]


def test_a_partial_is_right_after_a_crash_and_wrong_at_the_end(synced: Path) -> None:
    (synced / "sites" / "backup" / "hero" / partial_name("model.abc", "w-1", 1)).write_bytes(b"")
    assert violations_of_crash(synced) == []
    assert [one[:3] for one in violations_of_end(synced)] == ["P3:"]


def test_a_lock_that_nobody_holds_is_wrong_at_the_end(synced: Path) -> None:
    (synced / f"{DATABASE}.workers" / "w-1.lock").write_bytes(b"")
    assert violations_of_end(synced) == ["P3: locks of workers were left: ['w-1.lock']"]


def test_a_partial_that_is_only_noted_is_wrong_at_the_end(synced: Path) -> None:
    state = StateFile(synced / "home" / "state" / "state.sqlite")
    state.note_partials("w-1", [Partial("backup", "/", _HERO, "x")])
    state.close()
    assert violations_of_end(synced) == ["P3: the state file still holds partials or results"]


@pytest.mark.parametrize(
    ("outcome", "words"), [(None, "still leased to w-1:1"), (Outcome.FAILED, "has a failure: 1 tries")]
)
def test_an_entry_that_is_not_done_is_noticed(synced: Path, outcome: Outcome | None, words: str) -> None:
    store = SqliteStore(synced / DATABASE)
    target = _hero_on_backup(store)
    store.edit(PROJECT, [Edit(target, Wish.SYNC_AGAIN)])
    store.claim(PROJECT, [Claim(target, "w-1:1")])
    if outcome is not None:
        store.write_results(PROJECT, [Result(target, "w-1:1", outcome, error="why", costs_try=True)])
    store.close()
    assert violations_of_crash(synced) == []
    found = violations_of_end(synced)
    assert f"P3: {_HERO} is not recorded on backup" in found
    assert any(words in one for one in found)


def _hero_on_backup(store: SqliteStore) -> Target:
    for chunk in store.scan(PROJECT):
        for representation in map(read_representation, chunk):
            for file in representation.files:
                if file.path.endswith(_HERO):
                    return Target(representation.id, file.ref, "backup")
    raise AssertionError(f"{_HERO} is recorded nowhere")
