"""``python -m benchmarks [--quick] [NAME…]``: run the named claims, or all, one JSON line each."""

from __future__ import annotations

import argparse
import json
import os
import sys

from benchmarks import books, exchange, fuzz, main_job, soak, tick_to_post, watcher, wide

SUITES = {
    "books": books.claims,
    "watcher": watcher.claims,
    "tick_to_post": tick_to_post.claims,
    "wide": wide.claims,
    "fuzz": fuzz.claims,
    "soak": soak.claims,
    "main_job": main_job.claims,
    "exchange": exchange.claims,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter runs, for a look while working")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUITES)}; or main_job.CLAIM")
    arguments = parser.parse_args()
    kept = True
    for suite, claims in SUITES.items():
        for name, claim in claims.items():
            if arguments.names and not {suite, f"{suite}.{name}"} & set(arguments.names):
                continue
            for result in claim(quick=arguments.quick):
                kept &= result["ok"] is not False  # None: it was skipped
                load = round(os.getloadavg()[0], 2)
                print(json.dumps({"claim": f"{suite}.{name}: {result.pop('claim')}", **result, "load": load}))
                sys.stdout.flush()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
