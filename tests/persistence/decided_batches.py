"""Batches of decisions to be written down."""

from trading.actions import Action
from trading.decision import DecidedBatch, LedgerPoint, WatcherBatch


def decided_batch(batch_no, *rows):
    """A record of these rows: ticker, action and reason each."""
    count = len(rows)
    return DecidedBatch(
        batch_no=batch_no,
        decided_us=1_795_345_200_000_000 + batch_no,
        observed_us=1_795_345_199_999_000 + batch_no,
        session="s1",
        incarnation=2,
        strategy="hardcoded",
        watcher=WatcherBatch(0, 1, batch_no),
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
    )
