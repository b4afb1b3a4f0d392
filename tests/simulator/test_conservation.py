"""Whatever is sent: contracts and money are conserved, books are never crossed, deltas add up."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.engine.accounts.reserve import market_reserve_e6
from simulator.engine.matching.orders import Order
from tests.simulator.builders import NOW_US, TICKER, Venue

SIDES = st.sampled_from(["bid", "ask"])
PRICES = st.integers(min_value=1, max_value=99).map(lambda cents: cents * 100) | st.sampled_from(
    [10, 4710, 9990]
)
COUNTS = st.integers(min_value=1, max_value=5_000)
TERMS = st.sampled_from(
    [
        {},
        {"post_only": True},
        {"time_in_force": "immediate_or_cancel"},
        {"time_in_force": "immediate_or_cancel", "reduce_only": True},
        {"time_in_force": "fill_or_kill"},
        {"self_trade_prevention": "maker"},
        {"expires_s": NOW_US // 1_000_000 + 5},
    ]
)


class AnyCommands(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.venue = Venue(fee_type="quadratic_with_maker_fees")
        self.second = self.venue.engine.open_account(50_000_000)
        self.now_us = NOW_US

    @rule(side=SIDES, price_e4=PRICES, count_e2=COUNTS, terms=TERMS, who=st.integers(0, 2))
    def place(self, side, price_e4, count_e2, terms, who):
        account = (self.venue.user, self.second, self.venue.other)[who]
        self.venue.send(side, price_e4, count_e2, by=account, now_us=self.now_us, **terms)

    @rule(pick=st.integers(0, 30))
    def cancel(self, pick):
        resting = self.venue.listed.book.orders()
        if resting:
            self.venue.engine.cancel(resting[pick % len(resting)], now_us=self.now_us)

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds):
        self.now_us += seconds * 1_000_000
        self.venue.engine.expire(now_us=self.now_us)

    @invariant()
    def no_contract_appears_or_vanishes(self):
        positions = [account.holdings[TICKER].position_e2 for account in self.venue.engine.accounts]

        assert sum(positions) == 0
        assert self.venue.listed.open_interest_e2 == sum(max(0, position) for position in positions)

    @invariant()
    def no_money_appears_or_vanishes(self):
        engine = self.venue.engine
        cash_e6 = sum(account.cash_e6[0] for account in engine.accounts)
        collateral_e6 = self.venue.listed.open_interest_e2 * 10_000

        assert cash_e6 + collateral_e6 + engine.fees_e6 == 150_000_000

    @invariant()
    def the_book_is_not_crossed(self):
        book = self.venue.listed.book
        if book.best_bid_e4 is not None and book.best_ask_e4 is not None:
            assert book.best_bid_e4 < book.best_ask_e4

    @invariant()
    def the_deltas_told_add_up_to_the_book(self):
        told: Counter[tuple[str, int]] = Counter()
        for side, price_e4, delta_e2, _ in self.venue.news.deltas:
            told[side, price_e4] += delta_e2
        book = self.venue.listed.book
        held = {("bid", price_e4): level.count_e2 for price_e4, level in book.bids.items()}
        held |= {("ask", price_e4): level.count_e2 for price_e4, level in book.asks.items()}

        assert {key: count for key, count in told.items() if count} == held

    @invariant()
    def the_reserve_is_that_of_the_resting_orders(self):
        for account in (self.venue.user, self.second):
            claims = [
                (order.side, order.price_e4, order.remaining_e2)
                for order in self.venue.listed.book.orders()
                if order.owner is account
            ]
            position_e2 = account.holdings[TICKER].position_e2

            assert account.reserved_e6 == market_reserve_e6(self.venue.listed.market, position_e2, claims)

    @invariant()
    def an_account_keeps_its_precision(self):
        assert self.venue.user.cash_e6[0] % 100 == 0

    @invariant()
    def every_order_adds_up(self):
        for order in self.venue.user.orders.values():
            assert isinstance(order, Order)
            if order.status == "executed":
                assert order.filled_e2 == order.request.count_e2
            else:
                assert order.filled_e2 + order.remaining_e2 <= order.request.count_e2


AnyCommands.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
test_any_commands = AnyCommands.TestCase
