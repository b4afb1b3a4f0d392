"""The comparison of our figures with the venue's, and what a difference proves.

The venue's reads are bracketed: whatever moved while they were made is *in motion* and says nothing. A
figure is *different* only when the same unexplained difference appears twice in a row, and stands until
a check finds it equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from trading.events import Difference, PositionAt
from trading.market import format_count_e2, format_money_e6
from trading.portfolio import FLAT, Position, by_market

CASH_KEY: Final = "cash"

Figures = tuple[int, ...]
Suspects = Mapping[str, tuple[Figures, Figures]]


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one comparison.

    ``different`` has the keys that stayed unexplained; ``suspects`` goes into the next comparison;
    ``equal`` counts the keys that agreed. ``shifted_e6`` is cash by shard that lies in other shards than
    we think, and comes to nothing in all.
    """

    different: dict[str, Difference]
    suspects: dict[str, tuple[Figures, Figures]]
    moving: frozenset[str]
    equal: int
    is_cash_checked: bool  # False when something moved, so that the cash could not be compared
    shifted_e6: dict[int, int]

    @property
    def in_motion(self) -> int:
        return len(self.moving)

    def leaves_open(self, key: str) -> bool:
        """Whether this comparison did not find the key equal."""
        return key in self.suspects or key in self.moving


class _Pair(NamedTuple):
    ours: Figures
    venues: Figures

    def is_shown_again(self, key: str, suspects: Suspects) -> bool:
        """Whether the last comparison showed the same difference. Of cash that is the gap alone: both figures
        move with every fill, and what explains neither keeps them as far apart as they were."""
        before = suspects.get(key)
        if before is None or not key.startswith(CASH_KEY):
            return before == self
        return self.venues[0] - self.ours[0] == before[1][0] - before[0][0]


def compare(
    *,
    positions: Mapping[str, Position],
    available_e6: Mapping[int, int],
    venue_positions: Collection[PositionAt],
    venue_available_e6: Mapping[int, int],
    moved: Collection[str],
    suspects: Suspects,
) -> Check:
    """Compare each market's position and its figures of money, and available cash.

    ``moved`` names the tickers with an event that the reads may not know; any event at all puts the cash
    in motion. A market that either side does not list is flat there. Cash is compared over all shards:
    the venue moves it between them by itself (protocol 12).
    """
    theirs = by_market(venue_positions)
    pairs: dict[str, _Pair] = {}
    for ticker in positions.keys() | theirs.keys():
        pairs |= _market_pairs(ticker, positions.get(ticker, FLAT), theirs.get(ticker, FLAT))
    pairs[CASH_KEY] = _Pair((sum(available_e6.values()),), (sum(venue_available_e6.values()),))
    moving = {f"{kind} {ticker}" for kind in ("position", "figures") for ticker in moved}
    if moved:
        moving.add(CASH_KEY)
    check = _judge(pairs, moving, suspects, is_cash_checked=not moved)
    if moved or pairs[CASH_KEY].ours != pairs[CASH_KEY].venues:
        return check
    return _with_shards(check, available_e6, venue_available_e6, suspects)


def _market_pairs(ticker: str, ours: Position, theirs: Position) -> dict[str, _Pair]:
    """The holding and its money, each for itself: the venue does not say how it counts the money."""
    return {
        f"position {ticker}": _Pair((ours.position_e2,), (theirs.position_e2,)),
        f"figures {ticker}": _Pair(_money_of(ours), _money_of(theirs)),
    }


def _money_of(position: Position) -> Figures:
    return (position.cost_e6, position.realised_e6, position.fees_e6)


def _judge(
    pairs: Mapping[str, _Pair], moving: Collection[str], suspects: Suspects, *, is_cash_checked: bool
) -> Check:
    different: dict[str, Difference] = {}
    now_suspect: dict[str, tuple[Figures, Figures]] = {}
    in_motion: set[str] = set()
    for key, pair in pairs.items():
        if pair.ours == pair.venues:
            continue
        if key in moving:
            in_motion.add(key)
        else:
            now_suspect[key] = pair
            if pair.is_shown_again(key, suspects):
                different[key] = _difference(key, pair)
    equal = len(pairs) - len(in_motion) - len(now_suspect)
    return Check(different, now_suspect, frozenset(in_motion), equal, is_cash_checked, shifted_e6={})


def _with_shards(
    check: Check, ours_e6: Mapping[int, int], venues_e6: Mapping[int, int], suspects: Suspects
) -> Check:
    """Cash that is the same in all and not in each shard has moved between them; seen twice, it is proven."""
    lying: dict[str, _Pair] = {}
    shifted_e6: dict[int, int] = {}
    shards = ours_e6.keys() | venues_e6.keys()
    for shard in sorted(shards):
        pair = _Pair((ours_e6.get(shard, 0),), (venues_e6.get(shard, 0),))
        if pair.ours != pair.venues:
            key = f"{CASH_KEY} shard {shard}"
            lying[key] = pair
            shifted_e6[shard] = pair.venues[0] - pair.ours[0]
    is_proven = all(pair.is_shown_again(key, suspects) for key, pair in lying.items())
    return Check(
        check.different,
        {**check.suspects, **lying},
        check.moving,
        check.equal,
        check.is_cash_checked,
        shifted_e6 if is_proven else {},
    )


def standing(
    before: Iterable[Difference], check: Check, conflicts: Iterable[Difference]
) -> tuple[Difference, ...]:
    """The differences that stand after a check: proven now, told since the last one, or not found equal."""
    found = {each.key: each for each in before if _is_left_open(each, check)}
    found |= {each.key: each for each in conflicts}
    return tuple((found | check.different).values())


def advice(difference: Difference, folder: str) -> str:
    """Advice to a person about a difference that the whole past does not explain."""
    if difference.kind == "figures":
        return f"{difference.sentence}; it stops no order, for the venue does not say how it counts"
    where = "anywhere" if difference.kind == "cash" else f"in {difference.ticker}"
    return (
        f"{difference.sentence}; no fill or settlement since the account was opened here explains it."
        f" No order opens a position {where} until the two agree. Compare them with the account's history at"
        f" the venue. To begin the ledger anew with the venue's figures, stop the program and move"
        f" fill_processor.db and order_manager.db out of {folder}"
    )


def _is_left_open(difference: Difference, check: Check) -> bool:
    if difference.kind != "conflict":
        return check.leaves_open(difference.key)
    # Whichever of the two stories is true, nothing of it is in our figures any more once these are right.
    return check.leaves_open(f"position {difference.ticker}") or check.leaves_open(CASH_KEY)


def _difference(key: str, pair: _Pair) -> Difference:
    kind, _, ticker = key.partition(" ")
    match kind:
        case "position":
            ours, venues = (f"{format_count_e2(side[0])} contracts" for side in pair)
            sentence = f"{key}: ours {ours}, the venue's {venues}"
            return Difference("position", key, ticker, sentence, venue_e2=pair.venues[0])
        case "figures":
            ours, venues = (_money(side) for side in pair)
            sentence = f"cost/realised/fees {ticker}: ours {ours}, the venue's {venues}"
            return Difference("figures", key, ticker, sentence)
        case _:
            ours, venues = (_money(side) for side in pair)
            return Difference("cash", key, "", f"available cash: ours {ours}, the venue's {venues}")


def _money(figures: Figures) -> str:
    return "/".join(f"{'-' if e6 < 0 else ''}${format_money_e6(abs(e6))}" for e6 in figures)
