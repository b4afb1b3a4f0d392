"""While the venue takes no orders none is sent, and the first one after that waits for a check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.venue_pauses import HOLD_S, MOST_HOLD_S, VenuePauses
from kalshi_client.repeated_read import PAUSED_EVERY_S, STATUS_EVERY_S
from kalshi_client.wire.records import ExchangeStatus, ShardStatus

NOW = 1_000.0
FIRST_CHECK = 50
OPEN, TRADING_PAUSED, EXCHANGE_PAUSED = (True, True), (True, False), (False, False)


def status(exchange=OPEN, *shards, resumes_us=None):
    """``shards``: the words of the shards 0, 1, …"""
    told = tuple(ShardStatus(index, *words, "") for index, words in enumerate(shards))
    paused = frozenset(each.exchange_index for each in told if not each.trading_active)
    return ExchangeStatus(*exchange, paused, resumes_us=resumes_us, shards=told)


class Watching:
    """Pauses, and a venue that can be asked."""

    def __init__(self, *shards):
        self.pauses = VenuePauses(first_check=FIRST_CHECK)
        self.shards = shards or (0,)
        self.now = NOW

    def read(self, told, *, takes_s=0.0, after_s=0.0):
        """A read of the status that begins in so many seconds."""
        self.now += after_s
        assert self.pauses.next_read(self.now)
        self.now += takes_s
        self.pauses.learn(told, self.now, shards=self.shards)

    def refuse(self, code, shard=0, detail=""):
        self.pauses.refused(shard, code, self.now, detail=detail)

    def pass_check(self):
        self.pauses.checked(self.pauses.check)


@pytest.fixture
def watching():
    return Watching()


def test_nothing_is_held_before_the_venue_has_said_anything(watching):
    assert watching.pauses.holds(0) == ""
    assert watching.pauses.is_clear
    assert watching.pauses.report() is None


@pytest.mark.parametrize("told", [status(TRADING_PAUSED), status(TRADING_PAUSED, TRADING_PAUSED)])
def test_a_status_that_says_paused_holds_every_order(watching, told):
    watching.read(told)

    assert watching.pauses.holds(0) == "the venue has paused trading"
    assert watching.pauses.paused(0) == "trading"
    assert not watching.pauses.is_clear


def test_the_venues_estimate_of_the_end_is_told(watching):
    watching.read(status(EXCHANGE_PAUSED, resumes_us=1_795_345_200_000_000))

    assert watching.pauses.holds(0) == (
        "the venue has paused, cancels too; it expects to go on at 2026-11-22 11:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("trading_is_paused", "trading"),
        ("exchange_is_paused", "exchange"),
        ("EXCHANGE_IS_PAUSED", "exchange"),  # some codes come from the engine in upper case (protocol 2.3)
    ],
)
def test_one_refusal_holds_the_orders_that_would_follow_it(watching, code, what):
    watching.read(status())
    watching.refuse(code)

    assert watching.pauses.paused(0) == what
    assert watching.pauses.holds(0)


def test_a_refusal_for_another_reason_holds_nothing(watching):
    for code in ("invalid_order", "insufficient_balance", "no_answer", "409"):
        watching.refuse(code)

    assert watching.pauses.is_clear


def test_after_a_refusal_the_status_is_asked_for_at_once(watching):
    watching.read(status())
    assert not watching.pauses.next_read(watching.now)

    watching.refuse("trading_is_paused")

    assert watching.pauses.next_read(watching.now)
    assert not watching.pauses.next_read(watching.now)  # one at a time


def test_a_status_from_before_the_refusal_does_not_end_the_pause(watching):
    assert watching.pauses.next_read(watching.now)
    watching.refuse("trading_is_paused")
    watching.pauses.learn(status(), watching.now + 5, shards=(0,))

    assert watching.pauses.paused(0) == "trading"


def test_when_the_venue_goes_on_orders_wait_for_a_check_of_the_account(watching):
    watching.read(status(TRADING_PAUSED))
    watching.read(status(), after_s=PAUSED_EVERY_S)
    assert watching.pauses.paused(0) == ""
    assert watching.pauses.holds(0) == "checking the account before orders go on"
    assert watching.pauses.check > FIRST_CHECK

    watching.pauses.checked(watching.pauses.check - 1)  # of an earlier pause
    assert watching.pauses.holds(0)
    watching.pass_check()

    assert watching.pauses.is_clear
    assert watching.pauses.check == 0


def test_a_refusal_alone_is_followed_by_a_check_as_well(watching):
    watching.refuse("trading_is_paused")
    watching.read(status(), after_s=HOLD_S)

    assert watching.pauses.check
    assert watching.pauses.holds(0) == "checking the account before orders go on"


def test_each_end_of_a_pause_has_a_check_of_its_own(watching):
    watching.read(status(TRADING_PAUSED))
    watching.read(status(), after_s=PAUSED_EVERY_S)
    first = watching.pauses.check
    watching.read(status(TRADING_PAUSED), after_s=STATUS_EVERY_S)
    watching.read(status(), after_s=PAUSED_EVERY_S)

    watching.pauses.checked(first)

    assert watching.pauses.holds(0)
    assert watching.pauses.check != first


def test_a_venue_that_refuses_although_its_status_says_active_is_tried_ever_less_often(watching):
    waits = []
    for _ in range(8):
        watching.refuse("trading_is_paused")
        waited = 0.0
        while watching.pauses.paused(0):
            watching.read(status(), after_s=PAUSED_EVERY_S)
            waited += PAUSED_EVERY_S
        watching.pass_check()
        waits.append(waited)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (HOLD_S, MOST_HOLD_S)

    watching.pauses.accepted(0)
    watching.refuse("trading_is_paused")
    watching.read(status(), after_s=HOLD_S)

    assert watching.pauses.paused(0) == ""


REDIRECT = {"code": "redirected", "detail": "redirected to evil.example, which is not followed"}
REDIRECTED = "orders are redirected to evil.example, which is not followed"


def test_one_redirect_holds_the_orders_of_every_shard_and_names_the_host():
    watching = Watching(0, 1)
    watching.refuse(**REDIRECT, shard=1)

    assert watching.pauses.holds_all((0, 1)) == REDIRECTED
    assert watching.pauses.condition((0, 1)) == ("down", REDIRECTED)
    assert watching.pauses.paused(0) == ""  # so cancels are tried


def test_after_a_redirect_orders_go_on_once_the_account_has_been_checked(watching):
    watching.read(status())
    watching.refuse(**REDIRECT)
    watching.read(status())  # asked for before its time is over
    assert watching.pauses.holds(0) == REDIRECTED

    watching.read(status(), after_s=HOLD_S)
    assert watching.pauses.holds(0) == "checking the account before orders go on"
    watching.pass_check()

    assert watching.pauses.is_clear


def test_a_venue_that_goes_on_redirecting_is_tried_ever_less_often(watching):
    waits = []
    for _ in range(8):
        for _ in range(3):  # sent together
            watching.refuse(**REDIRECT)
        waited = 0.0
        while watching.pauses.holds(0) == REDIRECTED:
            watching.read(status(), after_s=PAUSED_EVERY_S)
            waited += PAUSED_EVERY_S
        watching.pass_check()
        waits.append(waited)

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (HOLD_S, MOST_HOLD_S)


def test_a_pause_of_one_shard_holds_that_shard_alone():
    watching = Watching(0, 1)
    watching.read(status(OPEN, OPEN, TRADING_PAUSED))

    assert [bool(watching.pauses.holds(shard)) for shard in (0, 1)] == [False, True]
    assert watching.pauses.holds_all((0, 1)) == ""
    assert watching.pauses.summary((0, 1)) == "the venue has paused trading (shard 1)"
    assert watching.pauses.holds_all((1,)) == "the venue has paused trading"


def test_a_refusal_holds_the_shard_of_its_order_alone():
    watching = Watching(0, 1)
    watching.refuse("trading_is_paused", shard=1)

    assert [bool(watching.pauses.holds(shard)) for shard in (0, 1)] == [False, True]


def test_a_shard_that_goes_on_waits_for_its_check_while_another_trades():
    watching = Watching(0, 1)
    watching.read(status(OPEN, OPEN, TRADING_PAUSED))
    watching.read(status(OPEN, OPEN, OPEN), after_s=PAUSED_EVERY_S)

    assert [bool(watching.pauses.holds(shard)) for shard in (0, 1)] == [False, True]


def test_a_status_that_cannot_be_read_changes_nothing_and_is_asked_for_again(watching):
    watching.read(status(TRADING_PAUSED))
    watching.now += PAUSED_EVERY_S
    assert watching.pauses.next_read(watching.now)
    watching.pauses.read_failed(watching.now)

    assert watching.pauses.paused(0) == "trading"
    assert not watching.pauses.next_read(watching.now)
    assert watching.pauses.next_read(watching.now + PAUSED_EVERY_S)


def test_the_status_is_asked_for_more_often_while_something_is_paused(watching):
    watching.read(status())
    assert not watching.pauses.next_read(watching.now + PAUSED_EVERY_S)
    watching.read(status(TRADING_PAUSED), after_s=STATUS_EVERY_S)

    assert watching.pauses.next_read(watching.now + PAUSED_EVERY_S)


def test_the_report_says_what_the_venue_says(watching):
    watching.read(status(TRADING_PAUSED, TRADING_PAUSED, resumes_us=7))

    assert watching.pauses.report() == {
        "exchange_active": True,
        "trading_active": False,
        "paused_shards": [0],
        "resumes_us": 7,
    }


EVENTS = st.lists(
    st.sampled_from(["pause", "resume", "order", "read_begins", "read_ends", "check", "wait"]), max_size=60
)


@given(events=EVENTS)
def test_whatever_happens_a_pause_costs_one_refusal_and_is_followed_by_a_check(events):
    """A venue that says of itself what is so; orders are sent whenever none is held back."""
    pauses, now = VenuePauses(first_check=FIRST_CHECK), NOW
    is_paused, answer, is_check_owed = False, None, False
    for event in events:
        match event:
            case "pause":
                is_paused = True
            case "resume":
                is_paused = False
            case "order" if not pauses.holds(0):
                assert not is_check_owed, "an order between a refusal and the check"
                if is_paused:
                    pauses.refused(0, "trading_is_paused", now)
                    is_check_owed = True
                else:
                    pauses.accepted(0)
            case "read_begins" if answer is None and pauses.next_read(now):
                answer = status(TRADING_PAUSED if is_paused else OPEN)
            case "read_ends" if answer is not None:
                pauses.learn(answer, now, shards=(0,))
                answer = None
            case "check" if pauses.check:
                pauses.checked(pauses.check)
                is_check_owed = False
            case "wait":
                now += HOLD_S
    assert pauses.is_clear or pauses.holds(0)


# --- a venue that is away ----------------------------------------------------------------------------


def lose_read(watching, *, after_s=PAUSED_EVERY_S):
    watching.now += after_s
    assert watching.pauses.next_read(watching.now)
    watching.pauses.read_failed(watching.now, is_away=True)


def test_a_venue_that_does_not_answer_gets_no_order_and_one_lost_read_says_nothing(watching):
    watching.read(status())

    lose_read(watching, after_s=STATUS_EVERY_S)
    assert watching.pauses.holds(0) == ""

    lose_read(watching)
    assert watching.pauses.holds(0) == "the venue does not answer"
    assert not watching.pauses.is_clear
    assert watching.pauses.condition((0,)) == ("down", "the venue does not answer")


def test_orders_go_on_after_a_check_once_the_venue_answers_again(watching):
    for _ in range(3):
        lose_read(watching)
    watching.read(status(), after_s=PAUSED_EVERY_S)

    assert watching.pauses.holds(0) == "checking the account before orders go on"
    watching.pass_check()
    assert watching.pauses.holds(0) == ""
    assert watching.pauses.condition((0,)) == ("live", "")


def test_a_read_that_was_refused_for_another_reason_is_an_answer(watching):
    lose_read(watching)
    watching.now += PAUSED_EVERY_S
    assert watching.pauses.next_read(watching.now)
    watching.pauses.read_failed(watching.now)
    lose_read(watching)

    assert watching.pauses.holds(0) == ""
