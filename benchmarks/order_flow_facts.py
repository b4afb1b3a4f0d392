"""``python -m benchmarks.order_flow_facts [--quick] [--write PAGE]``: does the loopback exchange's order
flow look like the real thing?

Prints what was measured beside what is published, and puts it into a page. Exit code 1 if a figure
is out of its band.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from benchmarks import order_flow_measures as measure
from benchmarks.order_flow_bands import FACTS, FULL, QUICK, Days

SEED: Final = 7
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def figures(days: Days) -> tuple[list[str], bool]:
    """The page's lines, and whether every figure lies in its band."""
    size, kept = days.size, True
    found = [
        f"Seed {days.seed}, {size.markets:,} markets, {size.seconds} s of trading. *Hastened*:",
        f"{size.hastened_markets} markets, {size.hastened_s} s on a calendar that runs sixty times as fast.",
        "",
        "| fact | published or asked for | ours | band |",
        "|---|---|---|---|",
    ]
    for fact in FACTS.values():
        value = fact.of(days)
        kept &= fact.holds(value)
        mark = "" if fact.holds(value) else " **outside**"
        found.append(
            f"| {fact.name} | {fact.published} | {value:.4g}{mark} | {fact.low:g} to {fact.high:g} |"
        )
    depths = " · ".join(f"{each:.2f}" for each in measure.depth_profile(days.brisk))
    found += ["", f"Depth by level, best first, against their mean: {depths}.", ""]
    found += ["| fair value, mean of a decile | paid, mean | looks |", "|---|---|---|"]
    found += [f"| {price:.3f} | {paid:.3f} | {count:,} |" for price, paid, count in days.calibration]
    return found, kept


def with_figures(page: str, found: list[str]) -> str:
    """The page with these lines between its two marks; the rest of it stays."""
    head, rest = page.split(BEGIN)
    return "\n".join([head + BEGIN, *found, END]) + rest.split(END)[1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order_flow_facts", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller world, as in the tests")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    arguments = parser.parse_args()
    found, kept = figures(Days.spent(QUICK if arguments.quick else FULL, seed=arguments.seed))
    print("\n".join(found))
    if arguments.write is not None:
        arguments.write.write_text(with_figures(arguments.write.read_text(), found))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
