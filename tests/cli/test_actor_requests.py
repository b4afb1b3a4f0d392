"""Each question of the page gets its own answer, and none is waited for without end."""

import threading
import zlib

import pytest

from actors.messages import (
    ActionAnswered,
    ActionRequested,
    BookLinesReported,
    BookLinesRequested,
    BookReported,
    BookRequested,
    StateChanged,
    WhyReported,
)
from cli import actor_requests
from cli.actor_requests import WHO_KNOWS_WHY, ActorRequests
from trading.book import books_hash

LINES = {0: ["A,yes,4700,1000", "A,no,5200,300"], 1: ["B,yes,100,100"]}


class Actors:
    """Answers from another thread, as the program's loop does."""

    def __init__(self, *answers_of):
        self.answers_of = answers_of
        self.asked = []
        self.requests = ActorRequests(self.tell)

    def tell(self, message):
        self.asked.append(message)
        threading.Thread(target=self.answer, args=(message,)).start()

    def answer(self, message):
        for answers in self.answers_of:
            for answer in answers(message):
                assert self.requests.take(answer)


def lines_reported(request, shard, *, shards=2):
    packed = zlib.compress("\n".join(LINES[shard]).encode())
    return BookLinesReported(request.request_id, shard, shards, packed)


def test_an_action_gets_the_supervisors_answer():
    actors = Actors(lambda asked: [ActionAnswered(asked.request_id, False, "halted")])

    assert actors.requests.act("resume") == (False, "halted")
    assert actors.asked == [ActionRequested(1, "resume")]


def test_an_answer_to_somebody_else_is_not_ours():
    actors = Actors(
        lambda asked: [
            ActionAnswered(asked.request_id + 100, False, "no"),
            ActionAnswered(asked.request_id, True, "yes"),
        ]
    )

    assert actors.requests.act("pause") == (True, "yes")


def test_actors_that_say_nothing_time_out(monkeypatch):
    monkeypatch.setattr(actor_requests, "ANSWER_WITHIN_S", 0.0)
    requests = ActorRequests(lambda _: None)

    with pytest.raises(TimeoutError):
        requests.act("pause")
    with pytest.raises(TimeoutError):
        requests.books_hash()


def test_a_late_answer_is_dropped(monkeypatch):
    monkeypatch.setattr(actor_requests, "ANSWER_WITHIN_S", 0.0)
    requests = ActorRequests(lambda _: None)
    with pytest.raises(TimeoutError):
        requests.act("pause")

    assert requests.take(ActionAnswered(1, True, "paused"))


def test_what_is_no_answer_is_left_to_others():
    assert not ActorRequests(lambda _: None).take(StateChanged("trading", ""))


def test_a_book_is_written_in_dollars_and_contracts():
    book = {"ticker": "A", "seq": 3, "yes": [[4700, 1000]], "no": [[5205, 250]]}
    actors = Actors(lambda asked: [BookReported(asked.request_id, True, book)])

    assert actors.requests.book("A") == book | {"yes": [["0.4700", "10.00"]], "no": [["0.5205", "2.50"]]}
    assert actors.asked == [BookRequested(1, "A")]


def test_a_market_that_no_watcher_claims_has_no_book():
    actors = Actors(lambda asked: [BookReported(asked.request_id, False, {})])

    assert actors.requests.book("A") is None


def test_actors_that_are_silent_have_not_said_that_there_is_no_book(monkeypatch):
    monkeypatch.setattr(actor_requests, "BOOK_WITHIN_S", 0.0)

    with pytest.raises(TimeoutError):
        ActorRequests(lambda _: None).book("A")


def test_the_hash_is_over_the_lines_of_all_shards_in_any_order():
    actors = Actors(
        lambda asked: [lines_reported(asked, 1), lines_reported(asked, 1), lines_reported(asked, 0)]
    )

    assert actors.requests.books_hash() == books_hash(LINES[0] + LINES[1])


def test_the_hash_is_asked_for_once_while_it_is_fresh():
    actors = Actors(lambda asked: [lines_reported(asked, 0, shards=1)])

    assert actors.requests.books_hash() == actors.requests.books_hash() == books_hash(LINES[0])
    assert actors.asked == [BookLinesRequested(1)]


def test_what_the_actors_know_of_a_market_is_told_by_actor():
    actors = Actors(
        lambda asked: [WhyReported(asked.request_id, name, {"of": asked.ticker}) for name in WHO_KNOWS_WHY]
    )

    assert actors.requests.why("A") == {name: {"of": "A"} for name in WHO_KNOWS_WHY}


def test_an_actor_that_is_silent_about_a_market_is_left_out(monkeypatch):
    monkeypatch.setattr(actor_requests, "WHY_WITHIN_S", 0.0)
    said = {"state": "paused"}
    requests = ActorRequests(lambda asked: requests.take(WhyReported(asked.request_id, "Supervisor", said)))

    assert requests.why("A") == {"Supervisor": said}


def test_when_all_are_silent_about_a_market_nobody_waits_for_long(monkeypatch):
    monkeypatch.setattr(actor_requests, "WHY_WITHIN_S", 0.0)

    with pytest.raises(TimeoutError):
        ActorRequests(lambda _: None).why("A")
