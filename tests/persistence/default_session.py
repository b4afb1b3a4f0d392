"""The decisions of a session as it is by default: a thousand markets, three in four of them left alone."""

import random

from strategies.hardcoded import action_of, draw
from tests.persistence.decided_batches import SETUP
from trading.actions import Action
from trading.decision import DecidedBatch, LedgerPoint, WatcherBatch
from trading.observation import Resting

MARKETS = 1_000
A_SECOND = 200  # decisions: each market may be shown every five seconds
IN_A_BATCH = 8  # on average
DRAWS = 2**64
REFUSED = ("nothing_held", "nothing_held", "write_budget", "already_resting", "asked")


def default_session(decisions, seed=1):
    """So many decisions, at least, in batches."""
    chance = random.Random(seed)
    markets = [
        [f"KX{series}-26DEC{day:02d}-T{strike}", chance.randrange(1_000, 9_000, 100), 0, 0]
        for series in ("BTCD", "HIGHNY", "NBAGAME", "FED")
        for day in range(1, 26)
        for strike in range(10)
    ]
    chance.shuffle(markets)
    batches, count, now_us, at = [], 0, 1_795_345_200_000_000, 0
    while count < decisions:
        size = min(40, 1 + int(chance.expovariate(1 / IN_A_BATCH)), MARKETS - at)
        now_us += size * 1_000_000 // A_SECOND + chance.randrange(2_000)
        batches.append(_batch(len(batches) + 1, markets[at : at + size], now_us, chance))
        count += size
        at += size
        if at == MARKETS:  # nearly the same order again, as each comes back after the same time
            at = 0
            places = {market[0]: place + chance.randrange(20) for place, market in enumerate(markets)}
            markets.sort(key=lambda market, places=places: places[market[0]])
    return batches


def _batch(batch_no, markets, now_us, chance):
    count = len(markets)
    rows = [_decided(market, chance) for market in markets]
    actions, reasons, outcomes = zip(*rows, strict=True)
    seq = batch_no * 40 + chance.randrange(40)
    return DecidedBatch(
        batch_no=batch_no,
        decided_us=now_us + 600 + chance.randrange(600),
        observed_us=now_us,
        session=SETUP.session,
        incarnation=SETUP.incarnation,
        strategy=SETUP.strategy,
        watcher=WatcherBatch(0, 1, batch_no, seq),
        ledgers=(LedgerPoint("0f1e2d3c4b5a6978", batch_no * 2), LedgerPoint("8796a5b4c3d2e1f0", batch_no)),
        credits=chance.randrange(20),
        awaiting=tuple(market[0] for market in markets[: chance.randrange(3)]),
        tickers=tuple(market[0] for market in markets),
        streams=(1,) * count,
        seqs=(seq,) * count,
        trade_seqs=(seq // 7,) * count,
        changed_us=tuple(now_us - chance.randrange(5_000_000) for _ in markets),
        confirmed_us=(now_us - chance.randrange(50_000),) * count,
        actions=actions,
        reasons=reasons,
        outcomes=outcomes,
        clock_offset_us=-40,
        yes_bids_e4=tuple(market[1] for market in markets),
        yes_asks_e4=tuple(market[1] + chance.choice((100, 200, 300)) for market in markets),
        positions_e2=tuple(market[2] for market in markets),
        resting=tuple(Resting(market[1], 200) if chance.random() < 0.05 else Resting() for market in markets),
    )


def _decided(market, chance):
    ticker, bid_e4, _, decision_no = market
    market[1] = min(9_000, max(1_000, bid_e4 + chance.choice((-100, 0, 0, 100))))
    market[3] += 1
    drawn = draw(SETUP.seed, ticker, decision_no)
    action = action_of(drawn, DRAWS * 3 // 4)
    outcome = "hold" if action is Action.HOLD else chance.choice(REFUSED)
    if outcome == "asked":
        market[2] = chance.choice((-400, -200, 200, 400))
    return action, f"draw {decision_no}: {drawn / DRAWS:.4f}", outcome
