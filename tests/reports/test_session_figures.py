"""Of a long session a sample of its decisions gives the mix, and all of them the counts."""

import numpy as np

from persistence.decisions.chunk_columns import DecidedRows
from persistence.decisions.codec import decode_rows, encode_chunk
from persistence.decisions.columns import ACTIONS
from reports.plots import TimeAxis
from reports.session_figures import DecidedChunk, bars_of, quotes_in
from tests.persistence.decided_batches import decided_batch
from trading.actions import Action
from trading.held_prices import OutcomePrices

SPAN = TimeAxis(0, 60_000)
HOLD, BUY = Action.HOLD, Action.BUY_YES
TEXTS = ("", "A", "B")


def rows_of(*rows):
    """Time, ticker, action, best prices."""
    times, tickers, actions, bids, asks = zip(*rows, strict=True)
    numbers = [TEXTS.index(ticker) for ticker in tickers]
    places = [ACTIONS.index(action.value) for action in actions]
    return DecidedRows(TEXTS, *map(np.array, (times, numbers, places, bids, asks)))


def decided(at_us, *actions):
    return rows_of(*((at_us, "A", action, 0, 0) for action in actions))


def chunk(at_us, decisions, rows=None):
    return DecidedChunk(at_us, decisions, rows)


def test_decisions_stand_where_they_were_made():
    rows = rows_of((0, "A", HOLD, 0, 0), (0, "B", BUY, 0, 0), (59_999, "A", HOLD, 0, 0))

    bars = bars_of([chunk(0, 3, rows)], SPAN)

    assert [(bar.x0, sum(bar.parts.values())) for bar in bars] == [(0, 2), (59_000, 1)]
    assert bars[0].parts["BUY_YES"] == 1


def test_chunks_that_were_not_read_count_with_the_mix_before_them():
    bars = bars_of([chunk(0, 4, decided(0, HOLD, HOLD, HOLD, BUY)), chunk(30_000, 400)], SPAN)

    assert [bar.parts["HOLD"] for bar in bars] == [3, 300]
    assert [bar.parts["BUY_YES"] for bar in bars] == [1, 100]


def test_chunks_before_the_first_that_was_read_have_the_mix_of_all():
    bars = bars_of([chunk(0, 10), chunk(30_000, 2, decided(30_000, HOLD, BUY))], SPAN)

    assert bars[0].parts["HOLD"] == bars[0].parts["BUY_YES"] == 5


def test_a_side_of_a_book_that_was_empty_is_no_price():
    rows = rows_of((7, "A", HOLD, 4_000, 10_000), (8, "B", HOLD, 0, 4_300), (9, "A", HOLD, 0, 0))

    quotes = quotes_in(rows, {"A", "B"})

    assert [(quote.at_us, quote.ticker) for quote in quotes] == [(7, "A"), (8, "B")]
    assert [quote.bids for quote in quotes] == [OutcomePrices(4_000, None), OutcomePrices(None, 5_700)]


def test_of_many_prices_the_last_of_each_market_is_enough():
    rows = rows_of(*((at, ticker, HOLD, 100 + at, 9_000) for at, ticker in enumerate("ABAAB")))

    quotes = quotes_in(rows, {"A", "B"}, last_alone=True)

    assert [(quote.at_us, quote.ticker) for quote in quotes] == [(3, "A"), (4, "B")]


def test_markets_that_were_never_held_need_no_prices():
    assert quotes_in(rows_of((7, "A", HOLD, 4_000, 5_000)), {"B"}) == []


def test_the_rows_of_a_chunk_are_its_decisions():
    batches = [decided_batch(1, ("A", HOLD, "x"), ("B", BUY, "y")), decided_batch(2, ("B", HOLD, "z"))]

    rows = decode_rows(encode_chunk(batches))

    assert [rows.texts[number] for number in rows.tickers] == ["A", "B", "B"]
    assert [ACTIONS[number] for number in rows.actions] == ["HOLD", "BUY_YES", "HOLD"]
    assert rows.decided_us.tolist() == [batch.decided_us for batch in batches for _ in batch.tickers]
    assert rows.yes_bids_e4.tolist() == [bid for batch in batches for bid in batch.yes_bids_e4]
    assert rows.yes_asks_e4.tolist() == [ask for batch in batches for ask in batch.yes_asks_e4]
