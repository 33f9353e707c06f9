"""`python -m tests.crash`: kill at every call of a dry run, print each point and what was wrong after it.

Ends with 1 if a promise was broken or a point was not reached.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash.points import CHOICES, Point, choose, points_of
from tests.crash.runs import RunError, dry_run, violations_at, why_not
from tests.crash.variants import VARIANTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill at all points, or at every K-th."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only every K-th point")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="points at once")
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="a program that is wrong on purpose")
    parser.add_argument("--after", choices=CHOICES, help="kill the run that follows a kill there")
    chosen = parser.parse_args(arguments)
    reason = why_not()
    if reason is not None:
        _say(reason)
        return 1
    began_s = time.monotonic()
    points = _points(chosen.variant)
    after: Point | None = None
    if chosen.after is not None:
        after = choose(points, chosen.after)
        if after is None:
            parser.error(f"this program makes no call for --after {chosen.after}")
        points = _points(chosen.variant, after)
    tried = points[:: chosen.every]
    _say(f"{len(points)} points, {len(tried)} of them tried")

    def attempt(point: Point) -> list[str]:
        try:
            return violations_at(point, chosen.variant, after=after)
        except RunError as error:
            return [str(error)]

    bad = 0
    with ThreadPoolExecutor(chosen.jobs, thread_name_prefix="crash") as pool:
        for number, (point, found) in enumerate(zip(tried, pool.map(attempt, tried), strict=True), 1):
            _say(f"{number:>4} {point}")
            for violation in found:
                _say(f"     !! {violation}")
            bad += bool(found)
    _say(f"{len(tried)} points, {bad} with violations, {time.monotonic() - began_s:.0f} s")
    return 1 if bad else 0


def _points(variant: str | None, after: Point | None = None) -> list[Point]:
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        return points_of(dry_run(Path(folder).resolve(), variant, after=after))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
