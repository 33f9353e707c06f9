"""Reading strace's own words."""

from __future__ import annotations

from pathlib import Path

from tests.crash.trace import Call, read_trace

_FOLDER = Path("/tmp/studio")
_SAID = r'7 write(1</dev/null>, "thread main 7\n", 14) = 14'


def _read(*lines: str) -> list[Call]:
    return read_trace([_SAID, *lines], _FOLDER)


def test_a_call_about_an_open_file_is_known_by_the_files_path() -> None:
    line = r'7 write(4</tmp/studio/sites/a/x.part>, "/tmp/studio/sites/b\0) = 5", 30) = 30'
    assert _read(line) == [Call("main", "write", ("sites/a/x.part",))]


def test_a_call_below_an_open_folder_is_known_by_folder_and_name() -> None:
    line = '7 renameat(4</tmp/studio/sites/a>, "x.part", 4</tmp/studio/sites/a>, "x") = 0'
    assert _read(line) == [Call("main", "renameat", ("sites/a", "sites/a"), ("x.part", "x"))]


def test_what_an_open_answers_is_no_part_of_the_call() -> None:
    line = '7 openat(4</tmp/studio/sites>, "a", O_RDWR|O_CREAT, 0666) = 5</tmp/studio/sites/a>'
    assert _read(line) == [Call("main", "openat", ("sites",), ("a",), creates=True)]


def test_the_current_folder_is_no_part_of_a_call_with_a_whole_path() -> None:
    line = '7 openat(AT_FDCWD</tmp/studio/sites>, "/tmp/studio/db.sqlite", O_RDWR) = 5</tmp/studio/db.sqlite>'
    assert _read(line) == [Call("main", "openat", ("db.sqlite",))]


def test_an_unfinished_call_counts_once_and_where_it_began() -> None:
    lines = [
        "7 fsync(4</tmp/studio/sites/a> <unfinished ...>",
        r'8 write(1</dev/null>, "thread slot 8\n", 14) = 14',
        "8 fsync(5</tmp/studio/sites/b>) = 0",
        "7 <... fsync resumed>) = 0",
    ]
    assert _read(*lines) == [Call("main", "fsync", ("sites/a",)), Call("slot", "fsync", ("sites/b",))]


def test_what_is_outside_or_before_a_threads_name_is_left_out() -> None:
    lines = [
        "8 fsync(4</tmp/studio/sites/a>) = 0",
        "7 fsync(4</tmp/studio/home/state/index.sqlite>) = 0",
        '7 unlink("/tmp/studio/db.sqlite-shm") = 0',
        '7 unlink("/tmp/other/db.sqlite") = 0',
        "7 close(4</tmp/studio/sites/a>) = 0",
        "7 +++ exited with 0 +++",
    ]
    assert _read(*lines) == []


def test_a_trace_of_one_thread_needs_no_name() -> None:
    lines = ["fsync(4</tmp/studio/sites/a>) = ?", "+++ killed by SIGKILL +++"]
    assert read_trace(lines, _FOLDER, thread="slot") == [Call("slot", "fsync", ("sites/a",))]
