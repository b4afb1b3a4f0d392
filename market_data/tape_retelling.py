"""Tells the tape of a shard all that is known now: from here on it is played without what went before."""

from __future__ import annotations

from market_data.shard_books import ShardBooks


def tell_again(books: ShardBooks, now_us: int) -> None:
    """Write the state of every market. Public trades count as heard from now on: earlier ones are missing."""
    tape, held = books.tape, books.held
    tape.begin_again()
    for ticker, close_us in books.closes_us.items():
        tape.kept(ticker, close_us)
    for ticker, event in books.events.items():
        tape.belongs(ticker, event)
    for ticker, book in held.books.items():
        tape.showed(book.market, book.connection, book.yes, book.no)
        if ticker in held.untrusted:
            tape.distrusted(book.market, held.untrusted[ticker])
    for connection, seq in held.seqs.items():
        tape.took(connection, seq, held.confirmed_us[connection])
    for connection, seq in held.trade_seqs.items():
        tape.heard_trade(connection, seq)
    for ticker in books.trades.heard(books.tickers):
        tape.trades_heard(ticker, now_us)
    books.blocks.tell_again()
    books.reads.tell_again()
