"""Do our figures equal the venue's, and what does a difference mean?

The venue's reads are bracketed: whatever moved while they were made is *in motion* and says
nothing. A figure is *different* only when the same unexplained difference appears twice in a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from trading.events import PositionAt
from trading.portfolio import Position, by_market

CASH_KEY: Final = "cash"

Figures = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one comparison.

    ``different`` has a sentence per key that stayed unexplained; ``suspects`` goes into the next
    comparison; ``equal`` counts the keys that agreed.
    """

    different: dict[str, str]
    suspects: dict[str, tuple[Figures, Figures]]
    in_motion: int
    equal: int
    is_cash_checked: bool  # False when something moved, so that the cash could not be compared


def compare(
    *,
    positions: Mapping[str, Position],
    available_e6: Mapping[int, int],
    venue_positions: Collection[PositionAt],
    venue_available_e6: Mapping[int, int],
    moved: Collection[str],
    suspects: Mapping[str, tuple[Figures, Figures]],
) -> Check:
    """Compare each market's position, cost, realised P&L and fees, and each shard's available cash.

    ``moved`` names the tickers with an event since the reads began; any event at all puts the cash
    in motion. A market that either side does not list is flat there.
    """
    ours = {f"position {ticker}": _figures(position) for ticker, position in positions.items()}
    theirs = {
        f"position {ticker}": _figures(position) for ticker, position in by_market(venue_positions).items()
    }
    flat = (0, 0, 0, 0)
    pairs: dict[str, tuple[Figures, Figures]] = {
        key: (ours.get(key, flat), theirs.get(key, flat)) for key in ours.keys() | theirs.keys()
    }
    moving = {f"position {ticker}" for ticker in moved}
    for shard in available_e6.keys() | venue_available_e6.keys():
        key = f"{CASH_KEY} shard {shard}"
        pairs[key] = ((available_e6.get(shard, 0),), (venue_available_e6.get(shard, 0),))
        if moved:
            moving.add(key)
    return _judge(pairs, moving, suspects, is_cash_checked=not moved)


def _judge(
    pairs: Mapping[str, tuple[Figures, Figures]],
    moving: Collection[str],
    suspects: Mapping[str, tuple[Figures, Figures]],
    *,
    is_cash_checked: bool,
) -> Check:
    different: dict[str, str] = {}
    now_suspect: dict[str, tuple[Figures, Figures]] = {}
    in_motion = equal = 0
    for key, (ours, theirs) in pairs.items():
        if ours == theirs:
            equal += 1
        elif key in moving:
            in_motion += 1
        else:
            now_suspect[key] = (ours, theirs)
            if suspects.get(key) == (ours, theirs):
                different[key] = f"{key}: ours {_words(ours)}, the venue's {_words(theirs)}"
    return Check(different, now_suspect, in_motion, equal, is_cash_checked)


def _figures(position: Position) -> Figures:
    return (position.position_e2, position.cost_e6, position.realised_e6, position.fees_e6)


def _words(figures: Figures) -> str:
    return "/".join(str(figure) for figure in figures)
