"""Whatever the venue answers, and however often the process restarts."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_client.rest.outcomes import CancelResult, SendResult
from tests.execution.fake_venue import LOST, FakeVenue
from tests.execution.order_desk_rig import TICKERS, Rig
from trading.actions import Action

FATES = st.sampled_from(
    [
        "placed",
        "answer lost",
        LOST,
        SendResult("rejected", code="insufficient_balance"),
        SendResult("not_sent", code="no_answer"),
        OSError("the thread fell over"),
    ]
)
CANCEL_FATES = st.sampled_from(
    [
        None,
        CancelResult("unknown", code="no_answer"),
        CancelResult("rejected", code="not_found"),
        OSError("the thread fell over"),
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("want"), st.sampled_from([Action.BUY_YES, Action.BUY_NO]), st.tuples(FATES, FATES)),
    st.tuples(st.just("cancel"), st.none(), CANCEL_FATES),
    st.tuples(st.just("look up"), st.none(), st.none()),
    st.tuples(st.just("crash"), st.booleans(), st.none()),
    st.tuples(st.just("amend"), st.sampled_from(["desk-1", "desk-2"]), st.none()),
)


def take(rig, step):
    what, how, fates = step
    match what:
        case "want":
            rig.venue.sends.extend(fates)
            rig.want(*TICKERS, action=how)
            rig.take_answers()
            rig.venue.sends.clear()
        case "cancel":
            rig.venue.cancels.extend([fates] if fates else [])
            rig.cancel()
            rig.venue.cancels.clear()
        case "look up":
            rig.look_up()
        case "amend":  # by somebody else, who calls what rests by a name of his own
            for order_id in list(rig.venue.resting):
                rig.venue.change(order_id, client_order_id=f"{how}-{order_id}")
        case "crash":
            if how:  # with something on its way
                rig.want(*TICKERS)
            rig.stop()
            rig.start()


@settings(max_examples=25)
@given(st.lists(STEPS, max_size=8))
def test_no_order_is_sent_twice_and_every_fate_is_learnt(steps):
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder), FakeVenue())
        try:
            for step in steps:
                take(rig, step)
            rig.pass_deadlines()
            rig.look_up()

            received = rig.venue.received
            assert len(received) == len(set(received))
            assert not list(rig.desk.unsettled())
            # An attempt without an answer is found by its name alone, as long as it bears it.
            open_orders = {o.order_id for o in rig.desk.ledger.open_orders()}
            resting = rig.venue.resting
            renamed = {order_id for order_id in resting if resting[order_id].client_order_id[:4] == "desk"}
            assert open_orders <= set(resting) <= open_orders | renamed
            assert set(received) <= set(rig.desk.ledger.orders)
        finally:
            rig.stop()
