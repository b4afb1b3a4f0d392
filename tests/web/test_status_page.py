"""HTTP serves its pages to those that may see them."""

import pytest
import requests

from tests.web.conftest import TOKEN, serve
from tests.web.reports import ENVIRONMENT
from tests.web.test_status import PROMISED
from web import freshness

WITH_TOKEN = {"X-Token": TOKEN}


def get(served, path, **options):
    return requests.get(served.url + path, timeout=10, allow_redirects=False, **options)


def post(served, path, **options):
    return requests.post(served.url + path, timeout=10, **options)


def test_the_root_leads_to_the_page(served):
    answer = get(served, "/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/rl-trader")


def test_the_page_carries_its_token_and_allows_nothing_from_elsewhere(served):
    answer = get(served, "/rl-trader")

    assert f'content="{TOKEN}"' in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.js", "paint.js", "figures.js", "store.js", "style.css", "icon.svg"])
def test_everything_the_page_asks_for_is_there(served, name):
    assert get(served, f"/rl/static/{name}").status_code == 200


def test_the_status_has_every_promised_figure(served):
    assert get(served, "/rl/status").json().keys() == PROMISED.keys() | {"books_hash"}


def test_the_status_comes_without_a_hash_when_no_watcher_answers(served):
    served.trader.silent = True

    assert get(served, "/rl/status").json()["books_hash"] is None


def test_the_status_waits_for_nobody_once_the_actors_are_silent(served, monkeypatch):
    monkeypatch.setattr(freshness, "STALE_S", -1.0)  # what was heard just now counts as long ago
    status = get(served, "/rl/status").json()

    assert status["books_hash"] is None
    assert "nothing heard from the Supervisor" in status["state_reason"]


def test_the_trader_status_lists_positions(served):
    assert get(served, "/rl/trader/status").json()["positions"][1]["position"] == "-2.50"


def test_health_names_the_part_that_fails(served):
    assert (get(served, "/rl/health").status_code, get(served, "/rl/health").json()["failing"]) == (200, {})

    served.report("Supervisor", actors=[{"name": "Selector", "state": "restarting"}])

    answer = get(served, "/rl/health")
    assert (answer.status_code, answer.json()["failing"]) == (503, {"Selector": "restarting"})


def test_health_is_not_silent_about_names_that_are_not_traded(served):
    missing = [{"setting": "markets.tickers", "sentence": "'NO-SUCH' is not listed"}]
    served.report("Supervisor", discovery={"at_us": 1, "chosen": 3, "fallback": "", "missing": missing})

    answer = get(served, "/rl/health")

    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert answer.json()["warnings"] == {"markets.tickers": "'NO-SUCH' is not listed"}


@pytest.mark.parametrize(("query", "code"), [("?ticker=MARKET-ABC", 200), ("?ticker=NONE", 404), ("", 400)])
def test_a_book_is_served_by_ticker(served, query, code):
    assert get(served, f"/rl/orderbook/snapshot{query}").status_code == code


def test_a_button_presses_and_says_what_came_of_it(served):
    answer = post(served, "/rl/actions/pause", headers=WITH_TOKEN)

    assert (answer.status_code, answer.json(), served.trader.actions) == (
        200,
        {"ok": True, "text": "paused"},
        ["pause"],
    )


def test_a_refused_action_says_why(served):
    served.trader.refuses = "halted: equity is below the floor"

    answer = post(served, "/rl/actions/resume", headers=WITH_TOKEN)

    assert (answer.status_code, answer.json()["text"]) == (409, "halted: equity is below the floor")


def test_an_action_that_no_actor_answers_is_not_said_to_be_done(served):
    served.trader.silent = True

    assert post(served, "/rl/actions/pause", headers=WITH_TOKEN).status_code == 504


REFUSED = {
    "no token": ("/rl/actions/pause", {}, 403),
    "a wrong token": ("/rl/actions/pause", {"X-Token": "guess"}, 403),
    "another site with the token": (
        "/rl/actions/pause",
        WITH_TOKEN | {"Origin": "http://evil.example"},
        403,
    ),
    "another name with the token": ("/rl/actions/pause", WITH_TOKEN | {"Host": "evil.example"}, 421),
    "an action that is none": ("/rl/actions/buy", WITH_TOKEN, 404),
}


@pytest.mark.parametrize(("path", "headers", "code"), REFUSED.values(), ids=REFUSED)
def test_a_press_is_refused(served, path, headers, code):
    assert post(served, path, headers=headers).status_code == code
    assert served.trader.actions == []


def test_an_action_is_never_a_link(served):
    assert get(served, "/rl/actions/pause", headers=WITH_TOKEN).status_code == 405


def test_another_name_sees_nothing(served):
    assert get(served, "/rl/status", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("path", ["/rl-trader", "/rl/status", "/rl/trader/status", "/rl/static/page.js"])
def test_a_guarded_page_shows_nothing_without_its_token(guarded, path):
    assert get(guarded, path).status_code == 401
    assert get(guarded, path, headers=WITH_TOKEN).status_code == 200


def test_the_token_in_the_address_becomes_a_cookie_of_this_page_alone(guarded):
    answer = get(guarded, f"/rl-trader?token={TOKEN}")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/rl-trader")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert get(guarded, "/rl-trader", cookies=answer.cookies).status_code == 200


def test_health_of_a_guarded_page_needs_no_token(guarded):
    assert get(guarded, "/rl/health").status_code == 503


def test_the_page_says_where_data_come_from_and_orders_go_and_who_fills_them():
    told = {
        "data_label": "production (stand-in on this machine)",
        "execution_label": "demo at https://elsewhere.example",
        "account": "demo-12345678",
        "counterparty": {"fills_per_min": 120},
    }
    served = serve(environment=ENVIRONMENT | told)
    page = get(served, "/rl-trader").text
    served.server.stop()

    shown = ("data_label", "execution_label", "account")
    assert [told[name] for name in shown if told[name] not in page] == []
    assert "a scripted counterparty" in page


def test_the_page_says_why_a_market_is_not_traded(served):
    answer = get(served, "/rl/why?ticker=MARKET-ABC&last=3")

    assert answer.json() == {"ticker": "MARKET-ABC", "verdict": "never traded: 3"}


@pytest.mark.parametrize(
    "query", ["", "?ticker=", "?ticker=A&last=0", "?ticker=A&last=x", "?ticker=A&last=201"]
)
def test_a_question_about_no_market_or_of_no_size_is_refused(served, query):
    assert get(served, f"/rl/why{query}").status_code == 400


def test_a_question_that_no_actor_answers_is_told_as_that(served):
    served.trader.silent = True

    assert get(served, "/rl/why?ticker=A").status_code == 504
