"""OrderExecution with a real outbox and real threads, against a venue in memory."""

import logging
import select
import time

from execution.order_execution import OrderExecution
from execution.venue_pauses import VenuePauses
from execution.write_budget import WriteBudget
from kalshi_client.background import Background
from kalshi_client.rest.throttle import EndpointCosts, TokenBucket
from persistence.outbox import Outbox, OutboxReader
from tests.actors.rehearsal import finish
from tests.trading.example_facts import intent, market, opened
from tests.trading.test_order_desk import GO, IDS, LIMITS, PREFIX
from trading.actions import Action
from trading.ledger import Ledger
from trading.order_desk import PROOF_MARGIN_US, OrderDesk

PATIENCE_S = 10.0
YEAR_US = 31_536_000_000_000
TICKERS = ("RAIN-NYC", "RAIN-LA")


class Rig:
    """One process after another over the same outbox."""

    def __init__(self, folder, venue, *, capacity=1_000.0, refill_per_s=1e-6):
        self.path = folder / "order_manager.db"
        self.venue = venue
        close_us = time.time_ns() // 1000 + YEAR_US
        self.markets = {ticker: market(ticker, close_us=close_us) for ticker in TICKERS}
        self.budget = WriteBudget(TokenBucket(capacity, refill_per_s), EndpointCosts())
        self.log = logging.getLogger("rig")
        self.pauses = VenuePauses(first_check=1)
        self.start()

    def start(self):
        self.outbox = Outbox(self.path, "OrderManager")
        self.desk = OrderDesk(
            Ledger(self.markets), LIMITS, markets=self.markets, ids=IDS, order_ttl_us=60_000_000
        )
        self.desk.take(opened())
        for _, event in self.outbox.events():
            self.desk.take(event)
        self.background = Background(2, name="rig")
        self.execution = OrderExecution(
            self.desk,
            outbox=self.outbox,
            budget=self.budget,
            rest=self.venue,
            background=self.background,
            pauses=self.pauses,
            log=self.log,
        )

    def stop(self):
        """As a crash would: what is under way finishes, and nobody takes its answer."""
        finish(self.background)
        self.outbox.close()

    def want(self, *tickers, action=Action.BUY_YES, permits=GO):
        side = "bid" if action in (Action.BUY_YES, Action.SELL_NO) else "ask"
        intents = [
            intent(action, ticker=ticker, side=side, decision=f"1/{number}")
            for number, ticker in enumerate(tickers, 1)
        ]
        self.execution.take_intents(intents, lambda _ticker: permits)

    def take_answers(self):
        """Until nothing is under way."""
        deadline = time.monotonic() + PATIENCE_S
        while self.background.pending:
            left_s = deadline - time.monotonic()
            readable, _, _ = select.select([self.background.fileno()], [], [], max(0.0, left_s))
            assert readable, "an answer never came"
            for done in self.background.drain():
                self.execution.take_answer(done)

    def place(self, *tickers, **how):
        self.want(*tickers, **how)
        self.take_answers()

    def look_up(self):
        self.execution.look_up_unsettled()
        self.take_answers()

    def cancel(self):
        wait_s = self.execution.cancel_resting(lambda _order: True, why="a test")
        self.take_answers()
        return wait_s

    def pass_deadlines(self):
        """From now on the venue's reads are fresh enough to prove what they lack."""
        deadlines_us = [order.deadline_us or 0 for order in self.desk.ledger.orders.values()]
        self.venue.now_us = max(deadlines_us, default=0) + PROOF_MARGIN_US + 1

    def on_disk(self, kind=object):
        reader = OutboxReader(self.path)
        try:
            return [event for _, event in reader.events() if isinstance(event, kind)]
        finally:
            reader.close()

    def state(self, number):
        return self.desk.ledger.orders[f"{PREFIX}{number}"].state(self.desk.in_flight)
