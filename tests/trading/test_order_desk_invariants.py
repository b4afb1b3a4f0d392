"""Whatever is wanted, answered, looked up and seen, and however often the process restarts."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.example_facts import intent, market, opened, seen
from tests.trading.test_order_desk import GO, IDS, LIMITS, SECOND_US
from trading.actions import Action
from trading.events import IntentRecorded
from trading.ledger import Ledger
from trading.order_desk import OrderDesk

TICKERS = ("RAIN-NYC", "RAIN-LA")
UNTOUCHED = "RAIN-SF"  # no step trades it, so its next order is always approved
MARKETS = {ticker: market(ticker) for ticker in (*TICKERS, UNTOUCHED)}

STEPS = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(TICKERS), st.sampled_from(list(Action)[1:])),
    st.tuples(
        st.just("answer"), st.integers(0, 3), st.sampled_from(["accepted", "rejected", "not_sent", "unknown"])
    ),
    st.tuples(st.just("look up"), st.integers(0, 3), st.sampled_from(["accepted", "absent"])),
    st.tuples(st.just("see"), st.integers(0, 3), st.sampled_from(["resting", "canceled", "executed"])),
    st.tuples(st.just("restart"), st.none(), st.none()),
)


def folded(events):
    desk = OrderDesk(Ledger(MARKETS), LIMITS, markets=MARKETS, ids=IDS, order_ttl_us=60 * SECOND_US)
    for event in events:
        desk.take(event)
    return desk


class World:
    """A desk, the events it and the venue gave, and a clock that only goes on."""

    def __init__(self):
        self.events = [opened()]
        self.desk = folded(self.events)
        self.now_us = SECOND_US

    def take(self, step):
        what, which, how = step
        self.now_us += 1
        match what:
            case "decide":
                side = "bid" if how in (Action.BUY_YES, Action.SELL_NO) else "ask"
                self.events += self.desk.decide(intent(how, ticker=which, side=side), GO, now_us=self.now_us)
            case "answer":
                self.settle(sorted(self.desk.in_flight), which, how)
            case "look up":
                self.settle([order.client_order_id for order in self.desk.unsettled()], which, how)
            case "see":
                self.see(which, how)
            case "restart":
                self.desk = folded(self.events)

    def settle(self, names, which, outcome):
        for name in names[which : which + 1]:
            proven = {"order_id": f"venue-{name}", "remaining_e2": 200} if outcome == "accepted" else {}
            self.events.append(self.desk.answered(name, outcome, now_us=self.now_us, **proven))

    def see(self, which, status):
        ours = [o for o in self.desk.ledger.orders.values() if o.is_ours and not o.is_terminal]
        for order in ours[which : which + 1]:
            fact = seen(
                status,
                at_us=self.now_us,
                order_id=f"venue-{order.client_order_id}",
                client_order_id=order.client_order_id,
                ticker=order.ticker,
                side=order.side,
                initial_e2=200,
                remaining_e2=200 if status == "resting" else 0,
            )
            self.events.append(fact)
            self.desk.take(fact)


def standing(desk):
    """All that decides what the desk does next."""
    ledger = desk.ledger
    orders = {key: (order.state(), order.reserved_count_e2) for key, order in ledger.orders.items()}
    next_id = desk.decide(intent(ticker=UNTOUCHED), GO, now_us=600 * SECOND_US)[0].client_order_id
    unsettled = sorted(order.key for order in desk.unsettled())
    return orders, ledger.reserve_e6(), sorted(desk.blocked()), unsettled, next_id


@given(st.lists(STEPS, max_size=25))
def test_no_market_ever_has_two_orders_whose_fate_is_open(steps):
    world = World()
    for step in steps:
        world.take(step)

        open_fates = Counter(
            o.ticker for o in world.desk.ledger.open_orders() if o.is_unsent or o.is_unresolved
        )
        assert max(open_fates.values(), default=0) <= 1
        assert world.desk.blocked() == set(open_fates)


@given(st.lists(STEPS, max_size=25))
def test_no_client_order_id_is_used_twice_even_after_restarts(steps):
    world = World()
    for step in steps:
        world.take(step)

    names = [event.client_order_id for event in world.events if isinstance(event, IntentRecorded)]
    assert names == [IDS.make(number) for number in range(1, len(names) + 1)]


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=25), st.randoms(use_true_random=False))
def test_the_desk_is_the_fold_of_the_events_in_any_order(steps, rng: Random):
    world = World()
    for step in steps:
        world.take(step)
    first, *facts = world.events
    shuffled = rng.sample(facts, len(facts))
    world.desk.in_flight.clear()  # a process that starts has nothing on its way

    expected = standing(world.desk)

    assert standing(folded([first, *facts])) == expected
    assert standing(folded([first, *shuffled])) == expected


@given(st.lists(STEPS, max_size=25))
def test_every_order_that_is_not_proven_ended_keeps_its_cash_reserved(steps):
    world = World()
    for step in steps:
        world.take(step)

        for order in world.desk.ledger.orders.values():
            assert order.is_terminal or order.reserved_count_e2 == order.count_e2
