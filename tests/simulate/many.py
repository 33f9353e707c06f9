"""Many seeds, in one process or several; wrong variants until they are caught."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from tests.simulate.run import Ended, simulate
from tests.simulate.variants import VARIANTS

MOST_FOR_A_VARIANT = 1_000
_CHUNK = 25


def many(seeds: range, variant: str | None, jobs: int) -> list[Ended]:
    run = partial(_run, variant)
    if jobs == 1:
        return [run(seed) for seed in seeds]
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=400) as pool:
        return list(pool.map(run, seeds, chunksize=_CHUNK))


def _run(variant: str | None, seed: int) -> Ended:
    ended = simulate(seed, VARIANTS[variant] if variant else None)
    for violation in ended.violations if variant is None else ():
        sys.stderr.write(f"seed {seed}: {violation}\n")
    return ended


def caught_after(name: str) -> int | None:
    """After how many seeds a wrong variant is seen to break one of its promises."""
    for seed in range(MOST_FOR_A_VARIANT):
        ended = simulate(seed, VARIANTS[name])
        promises = VARIANTS[name].promises
        if any(one.startswith(f"{promise}:") for one in ended.violations for promise in promises):
            return seed + 1
    return None
