"""However the venue's messages are cut into batches, repeated, and interrupted by restarts."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from execution.account_book import AccountBook
from execution.account_facts import fill_seen, order_seen
from execution.account_reads import AccountRead
from persistence.outbox import Outbox
from tests.execution.fake_venue import fill_message, order_message
from tests.trading.example_facts import market, opened
from trading.events import PositionAt, Reconciled

TICKERS = ("RAIN-NYC", "RAIN-LA")
SIDES = st.sampled_from(["bid", "ask"])
PRICES = st.integers(1, 99).map(lambda cents: 100 * cents)


def of_order(number):
    """The terms on which every message about one of three orders agrees."""
    return {
        "order_id": f"v{number}",
        "ticker": TICKERS[number % 2],
        "side": "ask" if number == 2 else "bid",
    }


# A trade id tells one story here; what two stories do is tested by example.
FILLS = st.integers(1, 12).map(
    lambda n: fill_message(f"t{n}", price_e4=500 * n, count_e2=100 * n, ts_ms=1_000 * n, **of_order(n % 3))
)
ORDERS = st.builds(
    lambda n, status, fill_e2: order_message(
        client_order_id=f"somebody-{n}",
        status=status,
        fill_e2=fill_e2,
        remaining_e2=1_000 - fill_e2 if status == "resting" else 0,
        **of_order(n),
    ),
    st.integers(0, 2),
    st.sampled_from(["resting", "canceled"]),
    st.integers(0, 9).map(lambda n: 100 * n),
)
BATCHES = st.lists(st.lists(st.one_of(FILLS, ORDERS), max_size=5), max_size=6)


class OnDisk:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "fill_processor.db"
        self.open()

    def open(self):
        self._outbox = Outbox(self.path, "FillProcessor")
        self.book = AccountBook(self._outbox, account="loopback")
        for event in self.book.past():
            self.book.take(event)
        self.book.learn_markets((market(ticker) for ticker in TICKERS), venue_us=0)

    def close(self):
        self._outbox.close()

    def reopen(self):
        self.close()
        self.open()

    def record(self, messages):
        is_fill = [hasattr(message, "trade_id") for message in messages]
        self.book.record(
            [
                fill_seen(message, at_us=1) if fill else order_seen(message, at_us=1)
                for message, fill in zip(messages, is_fill, strict=True)
            ]
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self._folder.cleanup()


def standing(book):
    ledger = book.ledger
    orders = {key: (order.state(), order.reserved_count_e2) for key, order in ledger.orders.items()}
    money = (ledger.cash_e6(), ledger.reserve_e6(), ledger.realised_e6, ledger.fees_e6)
    known = (book.is_opened, book.seq, book.outbox_id, book.known())
    return dict(ledger.positions), orders, money, known


@settings(max_examples=25)
@given(BATCHES, st.integers(0, 6))
def test_reopening_the_outbox_gives_the_same_account(batches, reopened_after):
    with OnDisk() as disk:
        disk.book.record([opened()])
        for number, batch in enumerate(batches):
            disk.record(batch)
            if number == reopened_after:
                disk.book.record([Reconciled(9, 1)])
                disk.reopen()
        before = standing(disk.book)

        disk.reopen()

        assert standing(disk.book) == before


@settings(max_examples=25)
@given(BATCHES)
def test_batches_and_repetitions_do_not_matter(batches):
    messages = [message for batch in batches for message in batch]
    with OnDisk() as once, OnDisk() as often:
        for disk in (once, often):
            disk.book.record([opened()])
        once.record(list(dict.fromkeys(messages)))
        for batch in batches:
            often.record(batch)
            often.record(batch)

        positions, _, money, _ = standing(once.book)
        assert standing(often.book)[0] == positions
        assert standing(often.book)[2] == money
        assert often.book.conflicts == []


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(TICKERS), SIDES, PRICES, st.integers(1, 50)), max_size=5),
    st.dictionaries(st.sampled_from(TICKERS), st.integers(-30, 30)),
    st.integers(0, 10**9),
)
def test_an_account_opens_with_the_cash_that_the_venue_calls_available(orders, positions, available_e6):
    resting = [
        order_message(
            order_id=f"v{n}",
            client_order_id=f"somebody-{n}",
            ticker=ticker,
            side=side,
            price_e4=price_e4,
            initial_e2=100 * contracts,
            remaining_e2=100 * contracts,
        )
        for n, (ticker, side, price_e4, contracts) in enumerate(orders)
    ]
    held = [
        PositionAt(t, 0, 100 * n, abs(n) * 500_000, realised_e6=0, fees_e6=0) for t, n in positions.items()
    ]
    read = AccountRead(0, 0, [], [], resting, [], held, {0: available_e6})

    with OnDisk() as disk:
        disk.book.record(disk.book.news_in(read, now_us=1))

        assert disk.book.ledger.available_e6(0) == available_e6
        assert disk.book.ledger.available_e6() == available_e6
