"""The decisions on one market, and what came of each, are told apart from all others."""

from dataclasses import replace

from tests.persistence.decided_batches import decided_batch
from tests.trading.example_facts import answered, fill, recorded, seen, send_started
from trading.actions import Action
from trading.decision_history import Fate, decisions_on, fates, tally, without_figures
from trading.events import Refused

NAME = "s1-2-1/0"


def refused(decision, reason="max_exposure"):
    return Refused(1, "KX-1", "BUY_YES", reason, decision)


def test_a_decision_bears_the_name_that_the_ledger_knows_it_by():
    batches = [
        decided_batch(1, ("KX-0", Action.HOLD, "a"), ("KX-1", Action.BUY_NO, "b")),
        decided_batch(2, ("KX-0", Action.HOLD, "c")),
        decided_batch(3, ("KX-1", Action.HOLD, "d")),
    ]

    found = list(decisions_on("KX-1", batches))

    assert [(each.name, each.action, each.reason) for each in found] == [
        ("s1-2-1/1", Action.BUY_NO, "b"),
        ("s1-2-3/0", Action.HOLD, "d"),
    ]
    assert (found[0].yes_bid_e4, found[0].position_e2) == (4_001, -200)


def test_an_order_is_what_all_of_its_events_say():
    order = replace(recorded(), decision=NAME)
    accepted = answered("accepted")

    (fate,) = fates([NAME], [order, send_started(), accepted], [seen("resting"), fill()]).values()

    assert fate.order.known_fills_e2 == fill().count_e2
    assert fate.refused == ""


def test_other_orders_and_other_refusals_are_nobodys():
    order = replace(recorded(), decision="s1-2-7/0")

    assert fates([NAME], [order, send_started(), refused("s1-2-8/0")], []) == {}


def test_a_refusal_of_risk_is_told_by_its_reason():
    assert fates([NAME], [refused(NAME)], []) == {NAME: Fate("max_exposure")}


def test_the_venues_word_on_an_order_that_it_did_not_take_is_kept():
    order = replace(recorded(), decision=NAME)
    no = replace(answered("rejected"), code="invalid", detail="post only cross")

    (fate,) = fates([NAME], [order, send_started(), no], []).values()

    assert (fate.order.state(), fate.said) == ("rejected", "post only cross")


def test_reasons_that_differ_in_their_figures_are_counted_as_one():
    rows = [("KX-1", Action.HOLD, f"draw {n}: 0.{n}") for n in range(3)]
    batches = [decided_batch(number, row) for number, row in enumerate(rows, 1)]
    batches.append(replace(decided_batch(4, ("KX-1", Action.BUY_NO, "x")), outcomes=("write_budget",)))
    batches.append(decided_batch(5, ("KX-1", Action.BUY_NO, "x")))
    batches.append(decided_batch(6, ("KX-1", Action.BUY_NO, "x")))

    counts = tally(decisions_on("KX-1", batches), {"s1-2-5/0": Fate("max_exposure")})

    assert counts.decisions == 6
    assert counts.held == {"draw #: #.#": 3}
    assert counts.refused_by_selector == {"write_budget": 1}
    assert counts.refused_by_risk == {"max_exposure": 1}
    assert counts.asked == 1
    assert counts.since_us == batches[0].decided_us


def test_figures_are_left_out_of_a_text():
    assert without_figures("draw 12: 0.0431, +5%") == "draw #: #.#, +#%"
    assert without_figures("no edge") == "no edge"
