"""News of the markets from both venues ends in figures, in the log and in messages to actors."""

from __future__ import annotations

import logging

from actors.market_desk import MANAGER, LogLine, MarketDesk, OutgoingMessage
from actors.messages import MarketsChosen, MarketsDiscovered, MarketsListed, ShardAssigned

DISCOVERED = MarketsDiscovered(
    tickers=["A", "B"],
    closes_us=[9, 9],
    activity_e2=[2, 1],
    strikes=[("", None, None)] * 2,
    event_no=[0, 0],
    events=[("E", False, 2)],
    mapped={"A": ("Will it rain?", 9)},
)


def desk_that_has_searched() -> tuple[MarketDesk, list[OutgoingMessage]]:
    desk = MarketDesk(shards=1, wanted=2, named_by="", renamed={"A": "A-X"})
    return desk, list(desk.take_search(DISCOVERED, now_us=1))


def test_the_markets_found_are_assigned_to_watchers_and_told_to_who_trades_them():
    _, sent = desk_that_has_searched()

    assert sent[0] == OutgoingMessage(MANAGER, MarketsChosen(["A", "B"], 1, []))
    assert [(to, type(message)) for to, message in sent[1:]] == [("MarketWatcher-0", ShardAssigned)]


def test_a_line_of_the_map_that_joins_unrelated_markets_is_logged_and_is_in_the_figures():
    desk, _ = desk_that_has_searched()
    desk.take_log_lines()
    assert desk.figures()["market_map"] is None

    list(desk.take_answer(MarketsListed(1, {}, 1, {"A": ("Will it snow?", 9)})))

    (line,) = desk.figures()["market_map"]["doubtful"]
    assert line.startswith("A A-X may be two markets and not one: ")
    assert desk.take_log_lines() == [LogLine(logging.WARNING, f"markets.map: {line}")]
    assert desk.take_log_lines() == []
