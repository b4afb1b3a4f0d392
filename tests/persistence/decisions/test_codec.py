"""Many batches in one blob: small, whole, and never read for what they are not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.decisions.codec import ChunkDamaged, decode_chunk, decode_decisions_on, encode_chunk
from persistence.decisions.columns import ACTIONS, MOST_TEMPLATES, join_numbers, split_numbers
from persistence.decisions.integer_columns import ZLIB, ZSTD, pack, squeezer, unpack
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.decisions.test_journal import texts
from tests.persistence.default_session import default_session
from trading.actions import Action

BYTES_A_DECISION = 16
integers = st.integers(-(2**63), 2**63 - 1)


def test_every_action_has_a_number():
    assert sorted(ACTIONS) == sorted(Action)


@given(st.lists(integers, max_size=80), st.sampled_from([ZLIB, ZSTD]), st.integers(1, 3))
def test_any_integers_come_out_as_they_went_in(values, compression, lag):
    packed = pack(values, squeezer(compression), lag=lag)

    assert unpack(packed, compression).tolist() == values


def test_a_column_of_equal_steps_takes_next_to_nothing():
    packed = pack(np.arange(5_000) * 1_000_000, squeezer(ZSTD))

    assert len(packed[-1]) < 100


@given(texts)
def test_a_reason_comes_back_from_its_template_and_its_numbers(text):
    split = split_numbers(text)

    if split is not None:
        template, numbers = split
        assert join_numbers(template, iter(numbers)) == text


def test_reasons_that_differ_in_their_figures_have_one_template():
    templates = {split_numbers(f"draw {number}: 0.{number + 1000}")[0] for number in range(100)}

    assert len(templates) == 1


@given(
    st.lists(st.lists(st.tuples(texts, st.sampled_from(Action), texts), max_size=4), max_size=4),
    st.sampled_from([ZLIB, ZSTD]),
)
def test_any_batches_come_out_as_they_went_in(batches, compression):
    decided = [decided_batch(number, *rows) for number, rows in enumerate(batches, 1)]

    assert decode_chunk(encode_chunk(decided, compression=compression), SETUP) == decided


def test_batches_of_several_ledgers_and_sources_come_out_as_they_went_in():
    one = decided_batch(1, *(("KX-1", Action.HOLD, "no edge"),) * 4)
    other = replace(one, batch_no=2, ledgers=(), streams=(0, 1, 2, 0), seqs=(0, 5, 6, 0), awaiting=())

    assert decode_chunk(encode_chunk([one, other]), SETUP) == [one, other]


def test_a_strategy_that_never_says_the_same_twice_is_written_out():
    said = [(f"KX-{n}", Action.HOLD, "".join(chr(97 + int(d)) for d in str(n))) for n in range(5_000)]
    decided = [decided_batch(1, *said)]

    assert len(said) > MOST_TEMPLATES
    assert decode_chunk(encode_chunk(decided), SETUP) == decided


def test_the_batches_that_decided_on_one_market_are_found_among_all():
    batches = default_session(decisions=900)
    ticker = batches[7].tickers[0]

    found = decode_decisions_on(ticker, encode_chunk(batches), SETUP)

    assert found == [batch if ticker in batch.tickers else None for batch in batches]
    assert decode_decisions_on("KX-9", encode_chunk(batches), SETUP) == [None] * len(batches)


@pytest.mark.parametrize("compression", [ZLIB, ZSTD])
def test_a_default_session_takes_at_most_16_bytes_a_decision_with_holds(compression):
    batches = default_session(decisions=5_000)
    decisions = sum(len(batch.tickers) for batch in batches)
    blob = encode_chunk(batches, compression=compression)

    assert len(blob) <= BYTES_A_DECISION * decisions
    assert decode_chunk(blob, SETUP) == batches


def test_no_changed_byte_goes_unnoticed():
    blob = encode_chunk([decided_batch(1, ("KX-1", Action.HOLD, "draw 1: 0.5"))])

    for at in range(len(blob)):
        changed = bytes([*blob[:at], blob[at] ^ 0x10, *blob[at + 1 :]])
        with pytest.raises(ChunkDamaged):
            decode_chunk(changed, SETUP)
    for length in range(0, len(blob), 7):
        with pytest.raises(ChunkDamaged):
            decode_chunk(blob[:length], SETUP)
