"""Batches of decisions to be written down."""

from trading.actions import Action
from trading.decision import DecidedBatch, LedgerPoint, Setup, Terms, WatcherBatch
from trading.observation import Resting

SETUP = Setup("s1", 2, "hardcoded", 7, {"hold": 0.75}, Terms("join", 200), {"KX-0": "KX-ZERO"})


def decided_batch(batch_no, *rows):
    """A record of these rows: ticker, action and reason each."""
    count = len(rows)
    return DecidedBatch(
        batch_no=batch_no,
        decided_us=1_795_345_200_000_000 + batch_no,
        observed_us=1_795_345_199_999_000 + batch_no,
        session=SETUP.session,
        incarnation=SETUP.incarnation,
        strategy=SETUP.strategy,
        watcher=WatcherBatch(0, 1, batch_no, 40 * batch_no),
        ledgers=(LedgerPoint("manager", 4), LedgerPoint("processor", 5)),
        credits=3,
        awaiting=("KX-9",),
        tickers=tuple(ticker for ticker, _, _ in rows),
        streams=(3,) * count,
        seqs=(2**62,) * count,
        trade_seqs=tuple(range(count)),
        changed_us=(0,) * count,
        confirmed_us=(1,) * count,
        actions=tuple(action for _, action, _ in rows),
        reasons=tuple(reason for _, _, reason in rows),
        outcomes=tuple("hold" if action is Action.HOLD else "asked" for _, action, _ in rows),
        clock_offset_us=-17,
        blocked=("KX-7", "KX-8"),
        yes_bids_e4=tuple(4_000 + row for row in range(count)),
        yes_asks_e4=tuple(0 if row % 3 else 4_300 for row in range(count)),
        positions_e2=tuple(-200 if row % 4 == 1 else 0 for row in range(count)),
        resting=tuple(Resting(4_000, 200) if row % 5 == 2 else Resting() for row in range(count)),
    )
