"""A session in the database, as the lanes write it: its ledger and its decisions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.ledger_history import START_US, History
from persistence.account_files import DECISIONS
from persistence.database.connections import Connection
from persistence.decisions.journal import DecisionJournal
from persistence.decisions.lane import DecisionLane
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.ledger_database import drain, fill_tables
from trading.actions import Action
from trading.decision import DecidedBatch

EVERY_US = 500_000  # a batch


def record(connection: Connection, history: History, state_dir: Path, *, batches: int = 0) -> Path:
    """Write a history and so many batches of decisions into files, and all of it into the database."""
    folder = history.write(state_dir / history.account)
    fill_tables(connection, folder, history.account)
    if batches:
        setup = replace(SETUP, session=history.session)
        journal = DecisionJournal(folder / DECISIONS, setup)
        for batch in decisions(history, batches):
            journal.append(batch)
        journal.close()
        lane = DecisionLane(folder, account=history.account, chunk=200)
        drain(connection, lane)
        lane.close()
    return folder


def decisions(history: History, batches: int) -> Iterator[DecidedBatch]:
    """Over the markets of the history, whose prices drift."""
    chance = random.Random(3)
    bids = {ticker: chance.randrange(1_000, 9_000, 100) for ticker in history.tickers}
    for number in range(1, batches + 1):
        tickers = chance.sample(history.tickers, 8)
        actions = [chance.choice([Action.HOLD] * 12 + list(Action)) for _ in tickers]
        for ticker in tickers:
            bids[ticker] = min(9_700, max(100, bids[ticker] + chance.choice((-200, -100, 0, 100, 200))))
        rows = zip(tickers, actions, [f"draw {chance.random():.4f}" for _ in tickers], strict=True)
        decided_us = START_US + number * EVERY_US
        yield replace(
            decided_batch(number, *rows),
            session=history.session,
            incarnation=SETUP.incarnation,
            decided_us=decided_us,
            observed_us=decided_us - 900,
            yes_bids_e4=tuple(bids[ticker] for ticker in tickers),
            yes_asks_e4=tuple(bids[ticker] + 200 for ticker in tickers),
        )
