"""`python -m tests.simulate`: simulate the whole engine, one run for each seed.

With `--seed N` that seed alone, exactly as it ran before; `--trace` prints every event of it. With
`--seeds N` so many seeds, then each wrong variant until it is caught, and one JSON object at the end. With
`--variant NAME` alone, that one until it is caught. Ends with 1 if a promise was broken, or a variant was not
caught.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence

from tests.simulate.many import caught_after, many
from tests.simulate.run import simulate
from tests.simulate.variants import VARIANTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--trace", action="store_true", help="print every event of --seed")
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="a program that is wrong on purpose")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="how many")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first of them")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    parser.add_argument("--no-variants", action="store_true", help="only the right program")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        return _one(chosen.seed, chosen.variant, is_tracing=chosen.trace)
    if chosen.variant is not None:
        after = caught_after(chosen.variant)
        sys.stdout.write(f"{chosen.variant}: caught after {after} seeds\n")
        return 1 if after is None else 0
    began_s = time.perf_counter()
    ended = many(range(chosen.first, chosen.first + chosen.seeds), None, chosen.jobs)
    bad = [one for one in ended if one.violations]
    seconds = time.perf_counter() - began_s
    caught = {} if chosen.no_variants else {name: caught_after(name) for name in VARIANTS}
    found: dict[str, object] = {
        "seeds": len(ended),
        "violations": sum(len(one.violations) for one in bad),
        "failing_seeds": {one.seed: one.violations for one in bad},
        "events": sum(one.steps for one in ended),
        "simulated_hours": round(sum(one.simulated_s for one in ended) / 3600, 1),
        "renames": sum(one.renames for one in ended),
        "records": sum(one.records for one in ended),
        "seconds": round(seconds, 1),
        "seeds_per_second": round(len(ended) / seconds, 1),
        "variants_caught_after_seeds": caught,
    }
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if bad or None in caught.values() else 0


def _one(seed: int, variant: str | None, *, is_tracing: bool) -> int:
    ended = simulate(seed, VARIANTS[variant] if variant else None, is_tracing=is_tracing)
    for line in (*ended.lines, *ended.violations, f"seed {seed}: {ended.fingerprint}"):
        sys.stdout.write(f"{line}\n")
    return 1 if ended.violations else 0


if __name__ == "__main__":
    # The order of a set of texts is a matter of chance: here of none.
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.simulate", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    sys.exit(main())
