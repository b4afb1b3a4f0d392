"""A piece of the tape comes back as it was, or is said to be damaged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from persistence.tape import codec as tape_codec
from persistence.tape.codec import ZLIB, ZSTD, PieceDamaged, TapeCodec
from tests.persistence.tape_pieces import recorded
from trading.tape_rows import KINDS, TapePiece

rows = st.integers(1, 60)
number = st.one_of(st.integers(-300, 300), st.integers(-(2**63), 2**63 - 1))
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def column(count, elements):
    return arrays.arrays(np.int64, count, elements=elements)


pieces = rows.flatmap(
    lambda count: st.builds(
        TapePiece,
        st.integers(1, 2**60),
        st.integers(0, 2**62),
        st.integers(0, 2**62),
        column(count, st.integers(0, KINDS - 1)),
        column(count, st.one_of(st.integers(0, 5), number)),
        column(count, number),
        column(count, number),
        st.integers(0, 2**31),
        st.lists(text, max_size=4).map(tuple),
    )
)


def same(one, other):
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


@given(pieces, st.sampled_from([ZLIB, ZSTD]))
def test_every_piece_comes_back_as_it_was(piece, codec):
    assert same(TapeCodec().unpack(TapeCodec(codec).pack(piece)), piece)


@given(st.data())
def test_one_changed_byte_is_noticed(data):
    packed = bytearray(TapeCodec().pack(recorded(40)))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(PieceDamaged):
        TapeCodec().unpack(bytes(packed))


@pytest.mark.parametrize("length", [0, 4, 40, 60, -1])
def test_a_piece_that_was_cut_off_is_noticed(length):
    with pytest.raises(PieceDamaged):
        TapeCodec().unpack(TapeCodec().pack(recorded(40))[:length])


def test_without_zstandard_a_piece_is_packed_with_the_standard_library(monkeypatch):
    packed = TapeCodec(ZSTD).pack(recorded())
    monkeypatch.setattr(tape_codec, "zstandard", None)

    assert same(TapeCodec(ZLIB).unpack(TapeCodec(ZLIB).pack(recorded())), recorded())
    with pytest.raises(PieceDamaged, match="pip install zstandard"):
        TapeCodec(ZLIB).unpack(packed)


def test_a_piece_of_an_earlier_form_is_refused_by_name():
    packed = TapeCodec().pack(recorded())

    with pytest.raises(PieceDamaged, match="an earlier version wrote it"):
        TapeCodec().unpack(b"RLT1" + packed[4:])
