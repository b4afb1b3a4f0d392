"""The tape's tables have every change, snapshot and public trade with its market and its time."""

from persistence.tape.outbox import TapeSource
from reports.tape_tables import BOOK_COLUMNS, TRADE_COLUMNS, PiecesTable, pages
from tests.persistence.tape_pieces import START_US, recorded
from trading.tape import TapeRecorder

SOURCE = TapeSource("s1", 3, 2)


def named(columns, rows):
    return [dict(zip([column.name for column in columns], row, strict=True)) for row in rows]


def test_changes_and_levels_are_rows_with_the_time_of_their_taking():
    found = named(BOOK_COLUMNS, PiecesTable(SOURCE).book(recorded(2)))

    terms = [(row["what"], row["side"], row["price_e4"], row["count_e2"]) for row in found]
    assert terms == [
        ("snapshot", "yes", 4_000, 500),
        ("snapshot", "no", 5_000, 300),
        ("change", "yes", 4_000, 100),
        ("change", "yes", 4_000, 101),
    ]
    assert {(row["shard"], row["incarnation"], row["ticker"]) for row in found} == {(3, 2, "RAIN-NYC")}
    assert {row["at_us"] for row in found} == {START_US}
    assert [row["tape_no"] for row in found] == sorted({row["tape_no"] for row in found})


def test_a_market_is_named_in_later_pieces_too():
    tape, tables = TapeRecorder(), PiecesTable(SOURCE)
    first, second = recorded(1, tape=tape), recorded(1, tape=tape, at_us=START_US + 9)

    tables.book(first)

    assert {row["ticker"] for row in named(BOOK_COLUMNS, tables.book(second))} == {"RAIN-NYC"}
    assert second.texts == ()


def test_a_book_that_was_read_is_no_snapshot_of_the_stream():
    tape = TapeRecorder()
    tape.read("RAIN-NYC", START_US, {4_000: 500}, {})

    assert PiecesTable(SOURCE).book(tape.take(START_US)) == []


def test_public_trades_have_the_time_told_before_them():
    tape, tables = TapeRecorder(), PiecesTable(SOURCE)
    tape.traded("RAIN-NYC", "bid", 4_100, 700, START_US)
    first = tape.take(START_US)
    tape.traded("RAIN-NYC", "ask", 4_200, 800, START_US)
    second = tape.take(START_US + 5)

    rows = named(TRADE_COLUMNS, tables.trades(first) + tables.trades(second))

    assert [(row["at_us"], row["taker_bought"], row["price_e4"], row["count_e2"]) for row in rows] == [
        (START_US, "yes", 4_100, 700),
        (START_US, "no", 4_200, 800),
    ]


def test_a_session_without_a_tape_still_has_the_columns():
    assert list(pages([], BOOK_COLUMNS, PiecesTable.book)) == [(BOOK_COLUMNS, [])]
