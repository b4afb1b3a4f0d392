"""Each rule speaks where its book and trades are as it wants them, and for the right outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.action_selector import Decision, StrategyError
from strategies.quantitative import QuantitativeSelector
from strategies.registry import make_selector
from tests.trading.observed_exchange import WatchedExchange
from trading.actions import Action, legal_actions
from trading.book import Book
from trading.observation import Resting, WatchedMarket, observe
from trading.trade_flow import TradeFlow

S = 1_000_000
NOW_US = 1_000 * S
EVEN = ({4_900: 100}, {4_900: 100})  # 0.49 to 0.51
YES_HEAVY = ({4_900: 300}, {4_900: 100})
NO_HEAVY = ({4_900: 100}, {4_900: 300})
HOLD, BUY_YES, SELL_YES, BUY_NO, SELL_NO = Action


def market(book=EVEN, *trades, position_e2=0, resting=None):
    """One market after these (age_s, price_e4, taker_side, how many) trades of a contract."""
    levels, flow = Book(), TradeFlow()
    levels.replace(*book)
    for number, (age_s, price_e4, side, times) in enumerate(trades):
        for each in range(times):
            flow.add(
                "A",
                trade_id=f"{number}/{each}",
                price_e4=price_e4,
                count_e2=100,
                taker_side=side,
                at_us=NOW_US - age_s * S,
            )
    batch = observe([WatchedMarket("A", levels, 0, 1, 9)], NOW_US, flow)
    return batch.with_account({"A": position_e2}, {"A": resting} if resting else {})


def decide(batch, **options) -> list[Decision]:
    return make_selector("quantitative", seed=7, options=options).select(batch)


def decided(batch, **options) -> Action:
    ((action, _),) = decide(batch, **options)
    return action


@pytest.mark.parametrize(
    ("rule", "seen", "action", "reason"),
    [
        pytest.param("microprice", market(YES_HEAVY), BUY_YES, "microprice +0.0050", id="less is offered"),
        pytest.param("microprice", market(NO_HEAVY), BUY_NO, "microprice -0.0050", id="less is bid"),
        pytest.param("microprice", market(EVEN), HOLD, "no edge", id="even"),
        pytest.param("imbalance", market(YES_HEAVY), BUY_YES, "imbalance +50%", id="YES outweighs"),
        pytest.param("imbalance", market(NO_HEAVY), BUY_NO, "imbalance -50%", id="NO outweighs"),
        pytest.param(
            "imbalance",
            market(({4_900: 300, 4_800: 100}, {4_900: 100, 4_800: 300})),
            HOLD,
            "no edge",
            id="even over several levels",
        ),
        pytest.param(
            "mean_reversion",
            market(EVEN, (100, 5_200, "bid", 5)),
            BUY_YES,
            "mean_reversion +0.0200",
            id="fallen below its mean",
        ),
        pytest.param(
            "mean_reversion",
            market(EVEN, (100, 4_800, "bid", 5)),
            BUY_NO,
            "mean_reversion -0.0200",
            id="risen above its mean",
        ),
        pytest.param(
            "mean_reversion", market(EVEN, (100, 5_200, "bid", 4)), HOLD, "no edge", id="too few trades"
        ),
        pytest.param(
            "mean_reversion", market(EVEN, (400, 5_200, "bid", 9)), HOLD, "no edge", id="trades too old"
        ),
        pytest.param(
            "momentum",
            market(EVEN, (100, 4_900, "ask", 5), (2, 5_100, "bid", 5)),
            BUY_YES,
            "momentum +0.0100",
            id="takers push it up",
        ),
        pytest.param(
            "momentum",
            market(EVEN, (100, 5_100, "bid", 5), (2, 4_900, "ask", 5)),
            BUY_NO,
            "momentum -0.0100",
            id="takers push it down",
        ),
        pytest.param(
            "momentum",
            market(EVEN, (100, 4_900, "ask", 5), (2, 5_100, "ask", 5)),
            HOLD,
            "no edge",
            id="up against its takers",
        ),
        pytest.param(
            "momentum",
            market(EVEN, (100, 4_900, "ask", 9), (2, 5_100, "bid", 4)),
            HOLD,
            "no edge",
            id="too few of them lately",
        ),
    ],
)
def test_a_rule_speaks_where_it_should(rule, seen, action, reason):
    assert decide(seen, rules=[rule]) == [Decision(action, reason)]


def test_a_rule_speaks_from_its_edge_on():
    assert decided(market(YES_HEAVY), rules="microprice", microprice_edge=0.005) is BUY_YES
    assert decided(market(YES_HEAVY), rules="microprice", microprice_edge=0.0051) is HOLD
    assert decided(market(YES_HEAVY), rules="imbalance", imbalance_edge=0.5) is BUY_YES
    assert decided(market(YES_HEAVY), rules="imbalance", imbalance_edge=0.51) is HOLD


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (market(({4_900: 300}, {})), "a side of the book is missing"),
        (market(({}, {})), "a side of the book is missing"),
        (market(({4_000: 300}, {4_900: 100})), "spread too wide"),
        (market(YES_HEAVY, resting=Resting(4_900, 100)), "own order rests"),
    ],
)
def test_nothing_is_done_where_nothing_can_be_had(seen, reason):
    assert decide(seen) == [Decision(HOLD, reason)]


@pytest.mark.parametrize(
    ("book", "position_e2", "resting", "action"),
    [
        (YES_HEAVY, 100, None, BUY_YES),
        (YES_HEAVY, -100, None, SELL_NO),
        (NO_HEAVY, 100, None, SELL_YES),
        (NO_HEAVY, -100, None, BUY_NO),
        (YES_HEAVY, 0, Resting(ask_price_e4=5_100), BUY_YES),
        (NO_HEAVY, 0, Resting(ask_price_e4=5_100), HOLD),
    ],
)
def test_what_is_held_and_what_rests_decides_how_it_is_done(book, position_e2, resting, action):
    assert decided(market(book, position_e2=position_e2, resting=resting)) is action


FALLEN_YET_BID = market(YES_HEAVY, (100, 5_200, "bid", 5))
RISEN_YET_BID = market(YES_HEAVY, (100, 4_800, "bid", 5))
BOTH = ["microprice", "mean_reversion"]


def test_rules_that_agree_are_all_named():
    assert decide(FALLEN_YET_BID, rules=BOTH) == [
        Decision(BUY_YES, "microprice +0.0050, mean_reversion +0.0200")
    ]


@pytest.mark.parametrize("agree", [1, 2])
def test_rules_that_disagree_hold(agree):
    assert decide(RISEN_YET_BID, rules=BOTH, agree=agree) == [Decision(HOLD, "rules disagree")]


def test_as_many_rules_must_speak_as_are_to_agree():
    quiet = market(YES_HEAVY)

    assert decided(quiet, rules=BOTH) is HOLD
    assert decided(quiet, rules=BOTH, agree=1) is BUY_YES


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rules": ["astrology"]}, "option rules lists one or more of microprice, imbalance, mean_reversion"),
        ({"rules": []}, "option rules"),
        ({"rules": 7}, "option rules"),
        ({"rules": [["momentum"]]}, "option rules"),
        ({"rules": ["momentum", "momentum"]}, "each once"),
        ({"agree": 3}, "option agree is a whole number from 1 to 2"),
        ({"agree": True}, "option agree"),
        ({"imbalance_levels": 11}, "from 1 to 10, not 11"),
        ({"least_trades": 2.5}, "option least_trades"),
        ({"microprice_edge": 0}, "option microprice_edge is a number above 0"),
        ({"max_spread": 1.01}, "up to 1"),
        ({"max_spread": 0.00005}, "in steps of 1/10000"),
        ({"rules": ["momentum"], "momentum_edge": "much"}, "option momentum_edge"),
        ({"max_spread": float("nan")}, "option max_spread"),
        ({"max_spread": True}, "option max_spread"),
        ({"edge": 0.1}, "edge"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_in_words(options, text):
    with pytest.raises(StrategyError, match=text):
        make_selector("quantitative", seed=7, options=options)


# --- over a living exchange ------------------------------------------------------------------------

ALL = {"rules": ["microprice", "imbalance", "mean_reversion", "momentum"], "agree": 1}


@pytest.fixture(scope="module")
def batches():
    exchange = WatchedExchange()
    found = []
    for _ in range(100):
        exchange.trade()
        exchange.run(0.4)
        found.append(exchange.observe())
    return found


@pytest.mark.parametrize("rule", ALL["rules"])
def test_every_rule_finds_something_to_do_each_way_and_mostly_holds_or_tells_why(batches, rule):
    selector = make_selector("quantitative", seed=7, options={"rules": [rule]})

    chosen = [decision for batch in batches for decision in selector.select(batch)]

    actions = {decision.action for decision in chosen}
    assert {BUY_YES, BUY_NO, HOLD} <= actions
    assert all(decision.reason for decision in chosen)


def test_the_same_batches_are_decided_alike_by_any_seed_and_in_any_company(batches):
    once = make_selector("quantitative", seed=7, options=ALL)
    again = make_selector("quantitative", seed=8, options=ALL)

    assert [once.select(batch) for batch in batches] == [again.select(batch) for batch in batches]


def test_only_legal_actions_are_chosen(batches):
    selector = make_selector("quantitative", seed=7, options=ALL)

    for batch in batches:
        for row, decision in enumerate(selector.select(batch)):
            assert decision.action in legal_actions(int(batch.position_e2[row]), batch.resting_sides(row))


SIDES = st.dictionaries(st.integers(100, 4_900), st.integers(1, 10**6), max_size=4)
MIRROR = {BUY_YES: BUY_NO, BUY_NO: BUY_YES, SELL_YES: SELL_NO, SELL_NO: SELL_YES, HOLD: HOLD}


@given(SIDES, SIDES, st.integers(-500, 500))
def test_the_mirrored_market_gets_the_mirrored_action(yes, no, position_e2):
    options = {"rules": ["imbalance"], "max_spread": 1}
    here = market((yes, no), position_e2=position_e2)
    mirrored = market((no, yes), position_e2=-position_e2)

    assert decided(mirrored, **options) is MIRROR[decided(here, **options)]


@given(st.lists(st.tuples(SIDES, SIDES, st.integers(-500, 500)), max_size=8), st.integers(0, 8))
def test_markets_are_decided_alike_in_one_batch_and_in_two(many, cut):
    """So a replay may show it many batches as one."""
    assert QuantitativeSelector.decides_by_market
    watched, held = [], {}
    for number, (yes, no, position_e2) in enumerate(many):
        book = Book()
        book.replace(yes, no)
        watched.append(WatchedMarket(f"M{number}", book, 1, number, 9))
        held[f"M{number}"] = position_e2

    def chosen(markets, observed_us):
        return decide(observe(markets, observed_us).with_account(held, {}), rules=["microprice", "imbalance"])

    assert chosen(watched, 0) == chosen(watched[:cut], 7) + chosen(watched[cut:], 9)
