"""The file itself: one writer, readers beside it, and a new one whenever the old one is no good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from syncgui.index import Index
from syncgui.model.errors import DatabaseUnreachableError
from tests.index.conftest import NOW, PAIR, PROJECT, Bench
from tests.index.documents import ids_of, to_upload

_WRITER = """
import sys
from pathlib import Path
from syncgui.index import Index
index = Index(Path(sys.argv[1]), identity=sys.argv[2])
print(index.become_writer(), flush=True)
sys.stdin.read()
"""

_GARBLE = """
import sys
with open(sys.argv[1], "r+b") as file:
    size = file.seek(0, 2)
    file.seek(0)
    file.write(b"garbage!" * (size // 8 + 1))
"""


def writer_process(path: Path, identity: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), identity],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def garble(path: Path) -> None:
    """Damage a file from outside of this process, whose locks on it stay."""
    subprocess.run([sys.executable, "-c", _GARBLE, str(path)], check=True)


def test_an_index_that_nobody_has_made_is_empty(tmp_path: Path) -> None:
    index = Index(tmp_path / "none" / "i.sqlite", identity="x")
    assert index.cursor() is None
    assert index.as_of() is None
    assert index.leased_workers() == set()
    assert index.totals(PROJECT).every == 0
    assert not (tmp_path / "none").exists()
    index.close()


def test_a_reader_sees_the_file_as_soon_as_it_is_made(bench: Bench) -> None:
    reader = Index(bench.path, identity=bench.store.identity)
    assert reader.totals(PROJECT).every == 0
    bench.put(to_upload())
    assert reader.totals(PROJECT).every == 1
    reader.close()


def test_one_process_writes_and_another_takes_over_when_it_is_killed(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    bench.index.close()
    bench.open()
    process = writer_process(bench.path, bench.store.identity)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not bench.index.become_writer()
        new = to_upload()
        bench.put(new)
        assert bench.open_ids() == ids_of([document])  # the other one writes, and does not catch up
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)
        bench.catch_up()
        assert bench.index.is_writer
        assert sorted(bench.open_ids()) == sorted(ids_of([document, new]))
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_closed_index_lets_the_next_one_write(bench: Bench) -> None:
    bench.catch_up()
    second = Index(bench.path, identity=bench.store.identity)
    assert not second.become_writer()
    bench.index.close()
    assert second.become_writer()
    second.close()


def test_a_closed_index_answers_no_more(bench: Bench) -> None:
    bench.index.close()
    with pytest.raises(RuntimeError):
        bench.index.totals(PROJECT)
    with pytest.raises(RuntimeError):
        bench.index.become_writer()


@pytest.mark.parametrize("running", [False, True], ids=["while closed", "while running"])
def test_a_deleted_file_is_made_anew(bench: Bench, running: bool) -> None:
    document = to_upload()
    bench.put(document)
    if not running:
        bench.index.close()
    for path in bench.path.parent.glob(bench.path.name + "*"):
        if path.suffix != ".lock":
            path.unlink()
    if not running:
        bench.open()
    assert bench.open_ids() == []
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])
    assert bench.index.totals(PROJECT).every == 1


@pytest.mark.parametrize("running", [False, True], ids=["while closed", "while running"])
def test_a_damaged_file_is_made_anew(bench: Bench, running: bool) -> None:
    documents = [to_upload() for _ in range(300)]
    bench.put(*documents)
    reader = Index(bench.path, identity=bench.store.identity)
    assert reader.totals(PROJECT).every == 300
    if not running:
        bench.index.close()
    for suffix in ("", "-wal", "-shm"):
        path = bench.path.with_name(bench.path.name + suffix)
        if path.exists():
            garble(path)
    if not running:
        bench.open()
    late = to_upload()
    with suppress(DatabaseUnreachableError):  # who reads is told, and the writer is
        bench.index.totals(PROJECT)
    bench.put(late)
    bench.put(*documents)
    assert bench.index.totals(PROJECT).every == 301
    assert bench.index.find(PROJECT, str(late["_id"])) is not None
    assert reader.totals(PROJECT).every == 301
    reader.close()


def test_a_damaged_file_is_never_read_as_an_empty_one(bench: Bench) -> None:
    bench.put(*[to_upload() for _ in range(300)])
    bench.index.close()
    garble(bench.path)
    reader = Index(bench.path, identity=bench.store.identity)
    with pytest.raises(DatabaseUnreachableError) as error:
        reader.open_files(PROJECT, PAIR)
    assert "damaged" in error.value.sentence
    assert reader.become_writer()
    assert reader.open_files(PROJECT, PAIR) == 0
    assert reader.cursor() is None
    reader.close()


def test_another_database_has_another_index(bench: Bench) -> None:
    bench.put(to_upload())
    bench.index.close()
    bench.store.swap()
    bench.store.documents.clear()
    bench.open()
    assert bench.index.cursor() is None
    assert bench.index.totals(PROJECT).every == 0
    bench.catch_up()
    assert bench.index.totals(PROJECT).every == 0


def test_a_database_that_is_swapped_while_running_is_indexed_anew(bench: Bench) -> None:
    bench.put(to_upload(), to_upload())
    bench.store.swap()
    bench.store.documents.clear()
    other = to_upload()
    bench.put(other)
    assert bench.open_ids() == ids_of([other])
    assert bench.index.totals(PROJECT).every == 1


def test_an_index_of_another_schema_is_made_anew(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    bench.index.close()
    connection = apsw.Connection(str(bench.path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    bench.open()
    assert bench.index.totals(PROJECT).every == 0
    bench.catch_up()
    assert bench.open_ids() == ids_of([document])


def test_a_place_where_nothing_can_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    index = Index(tmp_path / "file" / "i.sqlite", identity="x")
    with pytest.raises(DatabaseUnreachableError) as error:
        index.become_writer()
    assert "index" in error.value.sentence
    index.close()


def test_other_threads_read_while_the_writer_writes(bench: Bench) -> None:
    bench.put(to_upload())
    counts: list[int] = []
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                totals = bench.index.totals(PROJECT)
                assert sum(totals.representations.values()) == totals.every
                counts.append(totals.every)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=read, name=f"reader-{number}") for number in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        bench.put(*[to_upload() for _ in range(20)])
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert max(counts) <= 401
    assert bench.index.as_of() == NOW
    assert bench.index.totals(PROJECT).every == 401
