"""Of a long session a sample of its decisions gives the mix, and all of them the counts."""

from dataclasses import replace

from reports.plots import Span
from reports.session_figures import DecidedChunk, bars_of, quotes_in
from tests.persistence.decided_batches import decided_batch
from trading.actions import Action
from trading.held_prices import OutcomePrices

SPAN = Span(0, 60_000)
HOLD, BUY = Action.HOLD, Action.BUY_YES


def batch(at_us, *actions):
    rows = [(f"KX-{row}", action, "") for row, action in enumerate(actions)]
    return replace(decided_batch(1, *rows), decided_us=at_us)


def chunk(at_us, decisions, batches=None):
    return DecidedChunk(at_us, at_us, decisions, batches)


def test_decisions_stand_where_they_were_made():
    bars = bars_of([chunk(0, 3, [batch(0, HOLD, BUY), batch(59_999, HOLD)])], SPAN)

    assert [(bar.x0, sum(bar.parts.values())) for bar in bars] == [(0, 2), (59_000, 1)]
    assert bars[0].parts["BUY_YES"] == 1


def test_chunks_that_were_not_read_count_with_the_mix_before_them():
    bars = bars_of([chunk(0, 4, [batch(0, HOLD, HOLD, HOLD, BUY)]), chunk(30_000, 400)], SPAN)

    assert [bar.parts["HOLD"] for bar in bars] == [3, 300]
    assert [bar.parts["BUY_YES"] for bar in bars] == [1, 100]


def test_chunks_before_the_first_that_was_read_have_the_mix_of_all():
    bars = bars_of([chunk(0, 10), chunk(30_000, 2, [batch(30_000, HOLD, BUY)])], SPAN)

    assert bars[0].parts["HOLD"] == bars[0].parts["BUY_YES"] == 5


def test_a_side_of_a_book_that_was_empty_is_no_price():
    made = replace(batch(7, HOLD, HOLD, HOLD), yes_bids_e4=(4_000, 0, 0), yes_asks_e4=(10_000, 4_300, 0))

    quotes = list(quotes_in([made], {"KX-0", "KX-1", "KX-2"}))

    assert [quote.bids for quote in quotes] == [OutcomePrices(4_000, None), OutcomePrices(None, 5_700)]


def test_markets_that_were_never_held_need_no_prices():
    assert list(quotes_in([batch(7, HOLD)], {"KX-9"})) == []
