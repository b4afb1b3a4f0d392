"""People are told which of the markets they named are not traded, once, and how many are."""

from __future__ import annotations

from kalshi_client.missing_markets import Missing
from market_data.choice_report import ChoiceReport
from tests.market_data.test_market_choice import WHY, choice_of, offer, tickers
from trading.mapped_pair import MarketFacts


def report_of(*, wanted: int, listed: int, refused: list[int], named_by: str = "", mapped: list[int] = ()):
    """The data venue lists so many; the execution venue refuses these."""
    choice = choice_of(wanted)
    choice.take_offer(offer(range(listed)), held=())
    report = ChoiceReport(
        choice, wanted=wanted, named_by=named_by, renamed={t: f"{t}X" for t in tickers(mapped)}
    )
    while not choice.is_answered:
        asked = {*choice.plan.chosen, *choice.asked_about}
        out = sorted(asked.intersection(tickers(refused)))
        choice.take_answer(choice.number, {WHY: out} if out else {}, held=())
        report.take_answer(renamed=0, mapped={})
    report.counts()
    return report


def test_a_market_of_the_map_that_the_execution_venue_lacks_is_named():
    report = report_of(wanted=3, listed=8, refused=[1, 2], mapped=[1])

    assert [each["sentence"] for each in report.missing()] == [f"'M0001' {WHY}"]
    assert report.missing()[0]["setting"] == "markets.map"
    assert report.news() == [f"Not traded: markets.map: 'M0001' {WHY}"]
    assert report.news() == []


RAIN, SNOW = MarketFacts("Will it rain?", 9), MarketFacts("Will it snow?", 9)


def test_a_line_of_the_map_that_joins_unrelated_markets_is_told_once_and_shown_while_it_does():
    report = report_of(wanted=3, listed=3, refused=[], mapped=[1, 2])
    said = (
        "M0002 M0002X may be two markets and not one: 'Will it rain?' and 'Will it snow?' have no word in "
        "common; it is traded as the line says"
    )

    report.take_search([], [], fallback="", mapped={"M0001": RAIN, "M0002": RAIN})
    assert report.doubtful == []
    report.take_answer(renamed=2, mapped={"M0001": RAIN, "M0002": SNOW})

    assert (report.doubtful, report.news(), report.news()) == ([said], [f"markets.map: {said}"], [])
    assert report.missing() == []
    report.take_search([], [], fallback="", mapped={"M0002": SNOW})
    assert report.doubtful == []


def test_a_market_whose_ticker_a_line_takes_is_named_and_not_counted_as_unlisted():
    report = report_of(wanted=1, listed=1, refused=[], mapped=[1])
    found = [Missing("markets.map", "M0001", "is not listed"), Missing("markets.map", "M0001X", "is taken")]

    report.take_search(found, [], fallback="", mapped={})

    assert report.news() == [f"Not traded: {each}" for each in found]
    assert report.counts()["only_execution"] == 1


def test_a_market_that_nobody_named_is_only_counted():
    report = report_of(wanted=3, listed=8, refused=[1])

    assert (report.missing(), report.news()) == ([], [])
    assert report.counts() == {
        "wanted": 3,
        "on_both": 3,
        "only_data": 1,
        "only_execution": 0,
        "renamed": 0,
    }


def test_named_markets_that_are_refused_are_told_under_the_setting_that_names_them():
    report = report_of(wanted=3, listed=3, refused=[2], named_by="markets.tickers")

    assert [each["setting"] for each in report.missing()] == ["markets.tickers"]
    assert report.is_short


def test_the_counts_are_told_once_and_only_where_something_is_missing():
    whole = report_of(wanted=3, listed=8, refused=[])
    short = report_of(wanted=3, listed=3, refused=[0, 1])

    assert (whole.is_short, whole.news_of_counts()) == (False, [])
    assert short.is_short
    assert len(short.news_of_counts()) == 1
    assert short.news_of_counts() == []


def test_the_counts_are_those_of_the_last_answer_while_a_question_is_open():
    report = report_of(wanted=3, listed=8, refused=[1])
    before = report.counts()

    report.choice.take_offer(offer([0, 20, 21]), held=())

    assert not report.choice.is_answered
    assert (report.counts(), report.is_short) == (before, False)
