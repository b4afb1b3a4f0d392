"""Recorded batches as the Selector was shown them, many at once: what was seen is made together.

The account is that of their records. It is the right one as long as the ledgers say the same, which is for
the caller to compare before it decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from replay.watched_markets import NotPlayable, WatchedMarkets
from strategies.action_selector import ActionSelector
from trading.actions import Decision
from trading.decision import DecidedBatch, StrategyFailed, choose
from trading.observation import Observation
from trading.observation_batches import Together
from trading.seen_rows import SeenRows, seen_rows


class Shown(NamedTuple):
    """One batch."""

    together: Together
    number: int
    rows: SeenRows
    choices: Sequence[Decision] | None
    """Of a strategy that decides each market by itself; None: it has to be shown the batch."""

    @property
    def seen(self) -> Observation:
        """The columns, made when they are asked for."""
        return self.together.batch(self.number)


def shown(
    batches: Sequence[DecidedBatch], markets: WatchedMarkets, selector: ActionSelector
) -> list[Shown | NotPlayable]:
    """Each batch with the markets that it saw, or why these are lost."""
    lost, together = markets.observe(batches)
    playable = [batch for batch, reason in zip(batches, lost, strict=True) if reason is None]
    together.show_account(
        chain.from_iterable(batch.positions_e2 for batch in playable),
        chain.from_iterable(batch.resting for batch in playable),
    )
    joined = together.joined()
    rows, choices = seen_rows(joined), _choices(selector, joined)
    made: list[Shown | NotPlayable] = []
    number = 0
    for batch, reason in zip(batches, lost, strict=True):
        if reason is not None:
            made.append(reason)
            continue
        begin, end = together.rows_of(number)
        cut = rows.cut(begin, end, batch.observed_us, batch.clock_offset_us)
        made.append(Shown(together, number, cut, None if choices is None else choices[begin:end]))
        number += 1
    return made


def _choices(selector: ActionSelector, seen: Observation) -> Sequence[Decision] | None:
    if not selector.decides_by_market:
        return None
    try:
        return choose(seen, selector.select)
    except StrategyFailed:
        return None  # the batch at which it fails has to be found
