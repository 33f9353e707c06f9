"""`copy-database`: counts and digests are printed, nothing in TO is lost, and it goes on where it stopped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import bson
import pytest
from bson import ObjectId

from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.commands.program import Ended, Program
from tests.store.documents import representation


class Copying:
    """A database with a project "Film" of 12 documents and one "Test" of 3, and where it may go."""

    def __init__(self, folder: Path, mongo_address: str) -> None:
        self.folder = folder
        self.program = Program(folder, ["--home", str(folder / "home")])
        self.source = f"sqlite:///{folder}/source.sqlite"
        self.target = f"sqlite:///{folder}/target.sqlite"
        self.mongo = mongo_address
        self.film: list[Document] = [representation() for _ in range(11)]
        self.film.append({"_id": ObjectId(), "type": "project"})
        self._stores: list[Store] = []
        store = self.store(self.source)
        store.insert("Film", self.film)
        store.insert("Test", [representation() for _ in range(3)])

    def store(self, address: str) -> Store:
        store = open_store(address, create=True, worker_lock_dir=self.folder / "workers", busy_timeout_s=60.0)
        self._stores.append(store)
        return store

    def close(self) -> None:
        for store in self._stores:
            store.close()

    def run(self, *arguments: str, **variables: str) -> Ended:
        return self.program.run("copy-database", *arguments, variables=variables)

    def pause(self, address: str) -> None:
        """Somebody works there."""
        one = read_representation(self.film[0])
        edit = Edit(Target(one.id, one.files[0].ref, "gdrive"), Wish.PAUSE, "anna")
        assert self.store(address).edit("Film", [edit]) == 1

    def bodies(self, address: str, project: str = "Film") -> dict[str, bytes]:
        return {one.key: one.bson for chunk in self.store(address).every(project) for one in chunk}


@pytest.fixture
def copying(tmp_path: Path, mongo_address: str) -> Iterator[Copying]:
    found = Copying(tmp_path, mongo_address)
    yield found
    found.close()


def test_a_database_goes_to_a_server_and_back(copying: Copying) -> None:
    done = copying.run(copying.source, copying.mongo)
    assert done.code == 0, done.err
    assert "Film: 12 documents, 12 written now" in done.out
    assert "Test: 3 documents, 3 written now" in done.out
    digests = re.findall(r"xxh3:[0-9a-f]{32}", done.out)
    assert len(digests) == 4
    assert (digests[0], digests[2]) == (digests[1], digests[3])
    assert digests[0] != digests[2]
    assert "not copied" in done.err  # claims and progress
    back = copying.run(copying.mongo, copying.target)
    assert re.findall(r"xxh3:[0-9a-f]{32}", back.out) == digests
    assert copying.bodies(copying.target) == copying.bodies(copying.source)


def test_single_projects_may_be_chosen(copying: Copying) -> None:
    assert copying.run(copying.source, copying.target, "--project", "Test").code == 0
    assert copying.store(copying.target).projects() == ["Test"]
    unknown = copying.run(copying.source, copying.target, "--project", "Nobody")
    assert (unknown.code, "Film, Test" in unknown.err) == (2, True)


def test_a_second_run_writes_nothing_and_an_incomplete_copy_is_completed(copying: Copying) -> None:
    copying.run(copying.source, copying.target)
    assert "Film: 12 documents, 0 written now" in copying.run(copying.source, copying.target).out
    copying.store(copying.target).delete("Film", [str(one["_id"]) for one in copying.film[:5]])
    done = copying.run(copying.source, copying.target)
    assert done.code == 0
    assert "Film: 12 documents, 5 written now" in done.out


def test_a_target_with_documents_of_its_own_is_refused_and_nothing_is_copied(copying: Copying) -> None:
    own = representation()
    copying.store(copying.target).insert("Test", [own])
    done = copying.run(copying.source, copying.target, "--yes")
    assert done.code == 2
    assert str(own["_id"]) in done.err
    assert copying.store(copying.target).projects() == ["Test"]
    assert len(copying.bodies(copying.target, "Test")) == 1


def test_what_differs_is_replaced_only_with_consent_and_kept(copying: Copying) -> None:
    copying.run(copying.source, copying.target)
    copying.pause(copying.target)
    before = copying.bodies(copying.target)
    refused = copying.run(copying.source, copying.target)
    assert refused.code == 2
    assert "1 document of project Film differ" in refused.err
    assert "--yes" in refused.err
    assert copying.bodies(copying.target) == before
    done = copying.run(copying.source, copying.target, "--yes")
    assert done.code == 0
    (kept,) = copying.folder.rglob("replaced-Film-1.bson")
    assert str(kept) in done.err
    key = str(copying.film[0]["_id"])
    assert kept.read_bytes() == before[key]
    assert bson.decode(kept.read_bytes())["_id"] == copying.film[0]["_id"]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert copying.bodies(copying.target) == copying.bodies(copying.source)


def test_a_database_is_not_copied_onto_itself(copying: Copying) -> None:
    link = copying.folder / "link.sqlite"
    link.symlink_to(copying.folder / "source.sqlite")
    done = copying.run(copying.source, f"sqlite:///{link}")
    assert (done.code, "same database" in done.err) == (2, True)


def test_a_source_that_is_not_there_is_3_and_no_file_is_made(copying: Copying) -> None:
    done = copying.run(f"sqlite:///{copying.folder}/none.sqlite", copying.target)
    assert done.code == 3
    assert not (copying.folder / "none.sqlite").exists()


def test_an_empty_source_is_said(copying: Copying) -> None:
    copying.store(copying.target)
    done = copying.run(copying.target, copying.mongo)
    assert (done.code, "no project" in done.err) == (2, True)


def test_who_is_at_work_on_the_source_is_named(copying: Copying) -> None:
    store = copying.store(copying.source)
    store.join("w-1", host="ws1", user="anna", local_id="x", pid=os.getpid(), now=datetime.now(UTC))
    done = copying.run(copying.source, copying.target)
    assert done.code == 0
    assert "ws1 (anna)" in done.err


def test_addresses_may_be_named_by_variables_and_a_password_is_shown_nowhere(copying: Copying) -> None:
    assert copying.run("{HERE}", "{THERE}", HERE=copying.source, THERE=copying.target).code == 0
    secret = "mongodb://anna:pw-hidden@127.0.0.1:port/"
    done = copying.run(copying.source, "{THERE}", THERE=secret)
    assert done.code == 3
    assert "pw-hidden" not in done.out + done.err
    assert copying.run("{HERE}", copying.target).code == 2


def test_a_named_database_in_an_address_goes_before_the_environment(copying: Copying) -> None:
    assert copying.run(copying.source, copying.mongo, AVALON_DB="elsewhere").code == 0
    assert copying.store(copying.mongo).projects() == ["Film", "Test"]


def test_on_a_terminal_a_bar_shows_how_far_it_is(copying: Copying) -> None:
    store = copying.store(copying.source)
    for _ in range(3):
        store.insert("Film", [{"_id": ObjectId(), "type": "version"} for _ in range(1000)])
    shown = run_on_terminal(copying, "copy-database", copying.source, copying.target, "--project", "Film")
    assert b"3012" in shown
    assert b"Copying Film" in shown
    assert b"Verifying Film" in shown


def run_on_terminal(copying: Copying, *arguments: str) -> bytes:
    """What a command shows on a terminal."""
    import pty

    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "syncgui", *arguments, *copying.program.options],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**copying.program.environment(), "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:  # the other end was closed
        pass
    os.close(master)
    assert process.wait() == 0, shown
    return shown
