"""``python -m verification.order_flow_facts [--quick] [--write PAGE]``: the order flow beside known facts.

Prints the measured figures beside the published ones, and puts them into a page. Exit code 1 if a figure is
out of its band.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from verification import order_flow_measures as measure
from verification.order_flow_bands import FACTS, FULL, QUICK, Days
from verification.proof import Piece, Proof

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


def piece(number: int, quick: bool) -> Piece:  # noqa: FBT001  # as every proof is called
    """The facts of one seed."""
    days = Days.spent(QUICK if quick else FULL, seed=SEED + number - 1)
    outside = [
        f"seed {days.seed}: {fact.name}: {fact.of(days):.4g}, not {fact.low:g} to {fact.high:g}"
        for fact in FACTS.values()
        if not fact.holds(fact.of(days))
    ]
    return Piece({"facts": len(FACTS)}, outside)


PROOF: Final = Proof(
    "The order flow has the published facts of real exchanges, within their bands",
    pieces=3,
    run=piece,
    needs=("facts",),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.order_flow_facts", description=__doc__)
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
