"""A session that is decided again from its recording decides the same, whatever happened in it."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.recorded_session import SESSION
from persistence.account_files import FILL_PROCESSOR, ORDER_MANAGER
from persistence.tape.codec import TapeCodec
from replay.file_recording import FileRecording
from replay.same_decisions import replay_session
from replay.terms import limits_of
from strategies.hardcoded import HardcodedSelector
from tests.replay.session import LIVELY, lived, operations
from trading.tape_rows import CHANGE_YES

EAGER = {"hardcoded": {"hold": 0.2}, "quantitative": {"rules": "imbalance", "imbalance_edge": 0.01}}


def test_a_lively_session_is_decided_again(tmp_path):
    session = lived(tmp_path, LIVELY)

    found = replay_session(session.over())

    assert found.notes == []
    assert found.differences == []
    assert found.equal
    assert (found.positions_equal, found.pnl_equal) == (True, True)
    assert found.decisions > 10
    assert found.judged > 3
    assert session.recorded.account.filled > 3
    assert found.standing.held()
    assert found.standing.fees_e6 == session.recorded.account.ledger.fees_e6


@settings(max_examples=12)
@given(st.lists(operations, min_size=20, max_size=60), st.sampled_from(["hardcoded", "quantitative"]))
def test_whatever_happens_in_a_session_it_is_decided_again(happenings, strategy):
    options = EAGER[strategy]
    with tempfile.TemporaryDirectory() as folder:
        recording = lived(Path(folder), happenings, strategy=strategy, options=options).over()

        found = replay_session(recording)

        assert (found.notes, found.differences) == ([], [])
        assert found.equal
        assert (found.positions_equal, found.pnl_equal) == (True, True)


# --- what is not as it was ---------------------------------------------------------------------------


def tape_of(folder):
    [path, *_] = sorted((folder / "tape").glob("*-0-1-1.db"))
    return path


def rewrite(path, change):
    """Put each piece of a tape through ``change``; None takes it out."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for number, (first_no, body) in enumerate(
            file.execute("SELECT first_no, body FROM piece ORDER BY first_no").fetchall()
        ):
            changed = change(number, body)
            if changed is None:
                file.execute("DELETE FROM piece WHERE first_no = ?", (first_no,))
            else:
                file.execute("UPDATE piece SET body = ? WHERE first_no = ?", (changed, first_no))


PIECEWISE = [step for part in range(6) for step in (*LIVELY[: len(LIVELY) // 6], ("write_tape", 0))]


@pytest.mark.parametrize("at", [5, 60, -1], ids=["head", "columns", "end"])
def test_one_changed_byte_of_the_tape_is_noticed_and_the_piece_named(tmp_path, at):
    session = lived(tmp_path, PIECEWISE)
    recording = session.over()

    def change(number, body):
        at_byte = at % len(body)
        return body[:at_byte] + bytes([body[at_byte] ^ 1]) + body[at_byte + 1 :] if number == 2 else body

    rewrite(tape_of(session.folder), change)
    found = replay_session(recording)

    assert not found.equal
    assert found.left_out > 0
    assert found.decision_hash != found.live_hash
    assert any("watcher 0, incarnation 1: damaged" in note for note in found.notes)


def test_a_changed_level_is_named_with_batch_and_market_although_its_checksum_is_right(tmp_path):
    session = lived(tmp_path, PIECEWISE)
    recording = session.over()
    codec = TapeCodec()

    def change(number, body):
        piece = codec.unpack(body)
        if number != 1:
            return body
        sizes = piece.c.copy()
        sizes[(piece.kind == CHANGE_YES) & (piece.b == 4_100)] += 100
        moved = piece.b.copy()
        moved[(piece.kind == CHANGE_YES) & (piece.b == 4_100)] += 100
        return codec.pack(piece._replace(b=moved, c=sizes))

    rewrite(tape_of(session.folder), change)
    found = replay_session(recording)

    assert not found.equal
    first = found.differences[0]
    assert (first.ticker, first.column) == ("RAIN-NYC", "yes_bids_e4")
    assert str(first).startswith("batch s1k3f90-1-")
    assert "live" in str(first)


def test_a_piece_that_is_gone_is_named(tmp_path):
    session = lived(tmp_path, PIECEWISE)
    recording = session.over()
    rewrite(tape_of(session.folder), lambda number, body: None if number == 2 else body)

    found = replay_session(recording)

    assert not found.equal
    assert any("missing" in note for note in found.notes)


def test_after_a_watcher_that_was_killed_the_decisions_are_compared_again(tmp_path):
    lost = [("wait", 1_200), ("decide", 0), ("kill_watcher", 0)]
    session = lived(tmp_path, [*LIVELY, ("write_tape", 0), *lost, *LIVELY])

    found = replay_session(session.over())

    assert (found.left_out, found.differences) == (1, [])
    assert not found.equal
    assert (found.positions_equal, found.pnl_equal) == (True, True)
    assert "the tape of watcher 0, incarnation 1 ends with row" in found.notes[0]


def test_a_changed_decision_is_named(tmp_path):
    session = lived(tmp_path, LIVELY)
    recording = session.over()
    selector = recording.selectors()[0]
    changed = [
        replace(batch, reasons=("another", *batch.reasons[1:])) if batch.batch_no == 3 else batch
        for batch in selector.batches()
    ]
    selector.batches = lambda: iter(changed)
    recording.selectors = lambda: [selector]

    found = replay_session(recording)

    assert not found.equal
    assert [(each.column, each.live) for each in found.differences] == [("reasons", "another")]
    assert "left another hash" in found.notes[0]


@pytest.mark.parametrize("strategy", ["hardcoded", "quantitative"])
def test_the_account_is_that_of_the_ledgers_whatever_a_record_says_was_seen_of_it(tmp_path, strategy):
    recording = lived(tmp_path, LIVELY, strategy=strategy, options=EAGER[strategy]).over()
    [selector] = recording.selectors()
    held = next(batch for batch in selector.batches() if any(batch.positions_e2))
    other = tuple(-900 if position_e2 else 0 for position_e2 in held.positions_e2)
    changed = [
        replace(batch, positions_e2=other) if batch.batch_no == held.batch_no else batch
        for batch in selector.batches()
    ]
    selector.batches = lambda: iter(changed)
    selector.final_hash = lambda: None
    recording.selectors = lambda: [selector]

    found = replay_session(recording)

    assert [each.column for each in found.differences] == ["positions_e2"]
    assert found.decision_hash == found.live_hash  # of what was decided, not of what was seen


def test_a_damaged_event_of_a_ledger_is_told(tmp_path):
    session = lived(tmp_path, [*LIVELY, ("answer", True), ("fill", 0, 100), ("take_facts",)])
    recording = session.over()
    for name in (FILL_PROCESSOR, ORDER_MANAGER):
        with closing(sqlite3.connect(session.folder / name)) as file:
            file.execute("UPDATE event SET payload = 'x' WHERE seq = (SELECT max(seq) FROM event)")
            file.commit()

    found = replay_session(recording)

    assert any("that cannot be read" in note for note in found.notes)
    assert not (found.positions_equal and found.equal)


def test_batches_that_are_gone_are_named(tmp_path):
    recording = lived(tmp_path, LIVELY).over()
    [selector] = recording.selectors()
    kept = [batch for batch in selector.batches() if batch.batch_no not in (3, 4)]
    selector.batches = lambda: iter(kept)
    selector.final_hash = lambda: None
    recording.selectors = lambda: [selector]

    found = replay_session(recording)

    assert not found.equal
    assert found.left_out == 2
    assert found.notes[0] == "batches s1k3f90-1-3 to 4 are not in the recording"


def test_an_order_that_the_replay_does_not_decide_on_is_none_of_its_account(tmp_path):
    session = lived(tmp_path, LIVELY)
    recording = session.over()
    [selector] = recording.selectors()
    selector.setup = replace(selector.setup, seed=8)
    recording.selectors = lambda: [selector]

    found = replay_session(recording)

    assert not found.equal
    assert not found.positions_equal
    assert not found.pnl_equal
    assert {"reasons", "intent"} <= {each.column for each in found.differences}


def test_other_limits_of_risk_are_noticed(tmp_path, monkeypatch):
    session = lived(tmp_path, LIVELY)
    recording = session.over()
    monkeypatch.setattr(
        "replay.accounts.limits_of",
        lambda about, session: replace(limits_of(about, session), max_exposure_per_market_e6=1),
    )

    found = replay_session(recording)

    assert {(each.column, each.replayed) for each in found.differences} == {
        ("verdict", "max_exposure_per_market")
    }


def test_a_session_that_still_runs_is_replayed_as_far_as_its_tape_is_written(tmp_path):
    session = lived(tmp_path, [*LIVELY, ("write_tape", 0), ("write_tape", 1), *LIVELY[:8]])

    found = replay_session(FileRecording(session.folder, SESSION))

    session.over()
    assert found.is_running
    assert found.equal
    assert found.notes == []
    assert 0 < found.batches < replay_session(FileRecording(session.folder, SESSION)).batches


def test_a_strategy_that_fails_is_told(tmp_path, monkeypatch):
    recording = lived(tmp_path, LIVELY).over()
    monkeypatch.setattr(HardcodedSelector, "select", lambda *_: [])

    found = replay_session(recording)

    assert "the strategy gave 0 decisions" in found.notes[0]
    assert found.left_out == found.batches
    assert found.decisions == 0  # what was decided again is counted
