"""A watcher's tape."""

from trading import tape_rows as rows_of
from trading.tape import NoTape, TapeRecorder
from trading.tape_rows import joined

NYC, LA = "RAIN-NYC", "RAIN-LA"


def rows(piece):
    return list(zip(*(column.tolist() for column in piece.columns), strict=True))


def test_rows_are_numbered_through_all_pieces():
    tape = TapeRecorder()
    tape.kept(NYC, 9)
    first = tape.take(10)
    tape.batch(1, 20, 0)
    assert tape.last_no == 2
    second = tape.take(30)

    assert (first.first_no, first.last_no, second.first_no, second.last_no) == (1, 1, 2, 2)
    assert (first.t0_us, first.t1_us, second.t0_us, second.t1_us) == (10, 10, 10, 30)
    assert tape.take(40) is None


def test_a_text_stands_in_the_piece_that_first_names_it():
    tape = TapeRecorder()
    tape.kept(NYC, 9)
    first = tape.take(1)
    tape.kept(NYC, 9)
    tape.belongs(NYC, "RAIN")
    second = tape.take(2)

    assert (first.first_text, first.texts) == (0, (NYC,))
    assert (second.first_text, second.texts) == (1, ("RAIN",))
    assert joined([first, second]).texts == (NYC, "RAIN")


def test_trades_of_one_moment_tell_it_once_and_each_piece_tells_it_anew():
    tape = TapeRecorder()
    tape.traded(NYC, "bid", 4_000, 100, 77)
    tape.traded(LA, "ask", 4_100, 200, 77)
    first = tape.take(1)
    tape.traded(NYC, "bid", 4_000, 100, 77)
    second = tape.take(2)

    trade = (rows_of.TRADE_AT, 77, 0, 0), (rows_of.BOUGHT, 0, 4_000, 100)
    assert rows(first) == [*trade, (rows_of.SOLD, 1, 4_100, 200)]
    assert rows(second) == [*trade]  # the piece before it may be the one that is missing


def test_everything_told_again_names_every_text_again():
    tape = TapeRecorder()
    tape.kept(NYC, 9)
    tape.take(1)
    tape.left_out.add(0)
    tape.begin_again()
    tape.kept(NYC, 9)
    piece = tape.take(2)

    assert piece.begins_anew
    assert (piece.first_text, piece.texts) == (0, (NYC,))
    assert tape.left_out == set()


def test_a_text_of_the_venue_is_written_so_that_it_can_be_read():
    tape = TapeRecorder()
    tape.ended(1, "closed\0 by \ud800")

    assert tape.take(1).texts == ("closed by ?",)


def test_books_without_a_tape_keep_no_rows():
    tape = NoTape()
    tape.kept(NYC, 9)
    tape.rows.extend((0, 0, 4_000, 100))

    assert (tape.last_no, tape.take(1)) == (0, None)
