"""Runs of the program under test: dry under strace, killed at a point, again without strace.

strace is attached to one thread, held at its beginning, and told to kill at the n-th call about one path;
the call itself is not made any more. That it was this call is read from strace's own trace: a point that
was not reached, or another call in its place, is an error, never a pass.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from tests.crash.checks import LOCKS_LEFT, violations_of_crash, violations_of_end
from tests.crash.points import Point
from tests.crash.published import publish
from tests.crash.trace import CALLS, Call, read_trace
from tests.crash.variants import VARIANTS

_SEED = 1
_SEED_AFTER = 2  # a program that is started again is another worker
_LIMIT_S = 120.0
_REPOSITORY = Path(__file__).parents[2]
_LONGEST_NAME = 64  # of what threads say; strace shows no more of any data


class RunError(Exception):
    """A run did not go as it was meant to; nothing can be said about the program."""


def why_not() -> str | None:
    """Why no run can be traced here; None if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-o", "/dev/null", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if tried.returncode:
        return f"strace may trace nothing here: {tried.stderr.decode(errors='replace').strip()}"
    return None


def dry_run(folder: Path, variant: str | None = None, *, after: Point | None = None) -> list[Call]:
    """Publish into an empty folder, run to the end, and give all calls that matter.

    Args:
        after: a point at which the program was killed before; the run is the one that follows.
    """
    seed = _begin(folder, variant, after)
    trace = folder / "trace"
    before = ["strace", "-f", *_written_to(trace, CALLS)]
    _finish([*before, *_program(folder, variant), "--seed", str(seed)], folder)
    return read_trace(_lines(trace), folder)


def violations_at(point: Point, variant: str | None = None, *, after: Point | None = None) -> list[str]:
    """Publish into a fresh folder, run, kill at a point, look, run again, look; what is wrong.

    Args:
        after: a point at which the program was killed before; `point` is one of the run that follows.

    Raises:
        RunError: the point was not reached.
    """
    with tempfile.TemporaryDirectory(prefix="crash-") as fresh:
        folder = Path(fresh).resolve()
        seed = _begin(folder, variant, after)
        _killed_run(folder, point, variant, seed)
        found = violations_of_crash(folder)
        try:
            _finish(_program(folder, variant), folder)
        except RunError as error:
            return [*found, f"P3: the next run failed: {error}"]
        left = violations_of_end(folder)
        if left and all(LOCKS_LEFT in one for one in left):
            # Of a worker whose partial was gone on with the lock goes once that is done: with the next run.
            _finish(_program(folder, variant), folder)
            left = violations_of_end(folder)
        return found + left


def _begin(folder: Path, variant: str | None, after: Point | None) -> int:
    """Make the studio in which a run begins; the run's seed."""
    publish(folder, VARIANTS[variant].provider if variant else "local_drive")
    if after is None:
        return _SEED
    _killed_run(folder, after, variant, _SEED)
    return _SEED_AFTER


def _program(folder: Path, variant: str | None) -> list[str]:
    command = [sys.executable, "-m", "tests.crash.scenario", str(folder)]
    return [*command, "--variant", variant] if variant else command


def _written_to(trace: Path, calls: frozenset[str]) -> list[str]:
    # `?`: not every machine has every call.
    traced = ",".join(f"?{call}" for call in sorted(calls))
    return ["-y", "-s", str(_LONGEST_NAME), "-o", str(trace), "-e", f"trace={traced}"]


def _environment() -> dict[str, str]:
    # Python's sets of texts have another order in each process otherwise.
    return {**os.environ, "PYTHONHASHSEED": str(_SEED)}


def _finish(command: list[str], folder: Path) -> None:
    """Run to the end, which must be a good one."""
    with (folder / "errors").open("w+b") as errors:
        done = subprocess.run(
            command,
            cwd=_REPOSITORY,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            check=False,
            timeout=_LIMIT_S,
        )
        if done.returncode:
            raise RunError(f"it ended with {done.returncode}: {_text(errors)}")


def _killed_run(folder: Path, point: Point, variant: str | None, seed: int) -> None:
    trace = folder / "trace"
    call = point.call
    command = [*_program(folder, variant), "--seed", str(seed), "--hold", call.thread]
    with (
        (folder / "errors").open("w+b") as errors,
        subprocess.Popen(
            command,
            cwd=_REPOSITORY,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as program,
    ):
        try:
            thread_id = _thread_id(program.stdout, call.thread)
            if thread_id is None:
                raise RunError(f"thread {call.thread} never began: {_text(errors)}")
            _let_run_until(point, thread_id, program, folder, trace)
        finally:
            program.kill()
    hit = read_trace(_lines(trace), folder, thread=call.thread)
    killed = program.returncode == -signal.SIGKILL and _lines(trace)[-1] == "+++ killed by SIGKILL +++"
    if not killed or len(hit) != point.n or hit[-1] != call:
        last = hit[-1] if hit else "nothing"
        raise RunError(f"not reached: {point}; it ended with {program.returncode} after {last} ({len(hit)})")


def _let_run_until(
    point: Point, thread_id: str, program: subprocess.Popen[bytes], folder: Path, trace: Path
) -> None:
    name = point.call.name
    inject = ["-P", str(folder / point.call.path), "-e", f"inject={name}:signal=KILL:when={point.n}"]
    with subprocess.Popen(
        ["strace", *_written_to(trace, frozenset({name})), *inject, "-p", thread_id],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if b"attached" not in said:
            raise RunError(f"strace: {said.decode(errors='replace')}")
        assert program.stdin is not None
        program.stdin.write(b"\n")
        program.stdin.flush()
        program.wait(_LIMIT_S)
        tracer.wait(_LIMIT_S)


def _thread_id(said: IO[bytes] | None, name: str) -> str | None:
    """Wait until the thread says its id."""
    assert said is not None
    for line in said:
        word, thread, identifier = line.decode().split()
        if word == "thread" and thread == name:
            return identifier
    return None


def _lines(trace: Path) -> list[str]:
    return trace.read_text(encoding="utf-8", errors="replace").splitlines()


def _text(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace").strip()
