"""Carries a request of the page to the actors, and their answer to the page.

The page's threads ask and wait here; the program's loop alone speaks with the actors, and hands
every answer to ``take``.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any, Final

from actors.messages import (
    ActionAnswered,
    ActionRequested,
    BookLinesReported,
    BookLinesRequested,
    BookReported,
    BookRequested,
    Message,
    WhyReported,
    WhyRequested,
)
from trading.book import books_hash
from trading.market import format_count_e2, format_price_e4

ANSWER_WITHIN_S: Final = 2.0
BOOK_WITHIN_S: Final = 1.0
WHY_WITHIN_S: Final = 1.0
HASH_FRESH_S: Final = 1.0
WHO_KNOWS_WHY: Final = ("Supervisor", "Selector", "OrderManager")

Answer = ActionAnswered | BookReported | BookLinesReported | WhyReported


class ActorRequests:
    """Questions under way, each with somebody waiting. ``tell`` must be callable from any thread."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Answer]] = {}
        self._hash_lock = threading.Lock()
        self._hash = ("", float("-inf"))  # and when it was made, monotonic seconds

    def take(self, message: Message) -> bool:
        """Whether it was an answer; one that nobody waits for any more is dropped."""
        if not isinstance(message, Answer):
            return False
        waiting = self._waiting.get(message.request_id)
        if waiting is not None:
            waiting.put(message)
        return True

    def act(self, action: str) -> tuple[bool, str]:
        """The Supervisor's answer to it. Raises TimeoutError."""
        with _Question(self) as question:
            self._tell(ActionRequested(question.number, action))
            answer = question.answer(ANSWER_WITHIN_S)
        assert isinstance(answer, ActionAnswered)
        return answer.ok, answer.text

    def book(self, ticker: str) -> dict[str, Any] | None:
        """One book in decimal strings; None when no watcher claims the market. Raises TimeoutError."""
        with _Question(self) as question:
            self._tell(BookRequested(question.number, ticker))
            answer = question.answer(BOOK_WITHIN_S)
        assert isinstance(answer, BookReported)
        return _readable(answer.book) if answer.found else None

    def why(self, ticker: str) -> dict[str, dict[str, Any]]:
        """The reasons of each actor that keep the market's orders back; one that is silent is left out.

        Raises TimeoutError when all of them are.
        """
        facts: dict[str, dict[str, Any]] = {}
        until = time.monotonic() + WHY_WITHIN_S
        with _Question(self) as question:
            self._tell(WhyRequested(question.number, ticker))
            while len(facts) < len(WHO_KNOWS_WHY):
                try:
                    answer = question.answer(until - time.monotonic())
                except TimeoutError:
                    if not facts:
                        raise
                    break
                assert isinstance(answer, WhyReported)
                facts[answer.source] = answer.facts
        return facts

    def books_hash(self) -> str:
        """The hash of all books, at most ``HASH_FRESH_S`` old. Raises TimeoutError."""
        with self._hash_lock:
            text, made_at = self._hash
            if time.monotonic() - made_at > HASH_FRESH_S:
                text = books_hash(self._all_lines())
                self._hash = (text, time.monotonic())
            return text

    def _all_lines(self) -> list[str]:
        by_shard: dict[int, bytes] = {}
        until = time.monotonic() + ANSWER_WITHIN_S
        with _Question(self) as question:
            self._tell(BookLinesRequested(question.number))
            shards = 1
            while len(by_shard) < shards:
                answer = question.answer(until - time.monotonic())
                assert isinstance(answer, BookLinesReported)
                by_shard[answer.shard] = answer.lines
                shards = answer.shards
        return [line for lines in by_shard.values() for line in zlib.decompress(lines).decode().splitlines()]

    # --- for _Question ---

    def open(self) -> tuple[int, queue.SimpleQueue[Answer]]:
        number = next(self._numbers)
        waiting: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._waiting[number] = waiting
        return number, waiting

    def close(self, number: int) -> None:
        self._waiting.pop(number, None)


class _Question:
    """One question, forgotten when its ``with`` block ends."""

    def __init__(self, requests: ActorRequests) -> None:
        self._requests = requests
        self.number, self._answers = requests.open()

    def __enter__(self) -> _Question:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._requests.close(self.number)

    def answer(self, timeout_s: float) -> Answer:
        try:
            return self._answers.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            raise TimeoutError("no actor answered") from None


def _readable(book: dict[str, Any]) -> dict[str, Any]:
    sides = {
        side: [[format_price_e4(price_e4), format_count_e2(count_e2)] for price_e4, count_e2 in book[side]]
        for side in ("yes", "no")
    }
    return {**book, **sides}
