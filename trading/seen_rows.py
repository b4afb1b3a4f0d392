"""The markets that a decision saw, as tuples: all that it needs and records of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trading.observation import Observation, Resting


class SeenRows(NamedTuple):
    """Named as the record of a decision names them; columns are in the order of ``tickers``."""

    observed_us: int
    clock_offset_us: int
    tickers: tuple[str, ...]
    streams: tuple[int, ...]
    seqs: tuple[int, ...]
    trade_seqs: tuple[int, ...]
    changed_us: tuple[int, ...]
    confirmed_us: tuple[int, ...]
    yes_bids_e4: tuple[int, ...]  # 0: nobody bids
    yes_asks_e4: tuple[int, ...]  # 0: nobody offers
    positions_e2: tuple[int, ...]
    resting: tuple[Resting, ...]

    def cut(self, begin: int, end: int, observed_us: int, clock_offset_us: int) -> SeenRows:
        """The markets of these rows, as a batch that was observed then."""
        columns = [column[begin:end] for column in self[2:]]
        return SeenRows(observed_us, clock_offset_us, *columns)  # type: ignore[arg-type]  # as they were

    def is_held_by(self, positions: Mapping[str, int], resting: Mapping[str, Resting]) -> bool:
        """Whether this is what an account with these positions and orders sees of itself."""
        nothing = Resting()
        return all(
            positions.get(ticker, 0) == held_e2 and resting.get(ticker, nothing) == orders
            for ticker, held_e2, orders in zip(self.tickers, self.positions_e2, self.resting, strict=True)
        )


def seen_rows(seen: Observation) -> SeenRows:
    """The observation as tuples."""
    columns = (
        *(seen.stream, seen.seq, seen.trade_seq, seen.changed_us, seen.confirmed_us),
        *(seen.best_yes_bid_e4, seen.yes_ask_e4, seen.position_e2),
    )
    integers = (tuple(column.tolist()) for column in columns)
    times = seen.observed_us, seen.clock_offset_us
    return SeenRows._make((*times, tuple(seen.tickers), *integers, seen.resting()))
