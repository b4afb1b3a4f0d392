"""``report`` makes one file of a session, in which everything is drawn that was recorded."""

import html
import json
import re
import xml.etree.ElementTree
from html.parser import HTMLParser

import pytest

from benchmarks.ledger_history import ACCOUNT, SESSION, START_US
from cli.errors import CLEAN, PREFLIGHT_REFUSED
from cli.main import main
from persistence.database.connections import transaction
from persistence.sessions.facts import read_session
from persistence.sessions.listing import sessions
from reports.scales import Point
from reports.session_figures import figures_of
from reports.words import cents, gain, in_cents
from tests.persistence.ledger_database import rows


class Page(HTMLParser):
    """The parts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "rect", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, words):
        self.words.append(words)


@pytest.fixture(scope="module")
def page(recorded, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "r.html"
    assert main(["report", SESSION, "--to", str(file), *recorded.flags]) == CLEAN
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text()


def test_a_report_is_one_file_that_asks_nobody_for_anything(page):
    found = Page(page)

    assert found.open == []
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe"}
    assert not re.search(r"https?://|@import|url\(", page)


def test_every_plot_of_a_report_is_drawn(page):
    drawings = re.findall(r"<svg.*?</svg>", page)
    labels = [xml.etree.ElementTree.fromstring(drawing).get("aria-label") for drawing in drawings]

    assert [label for label in labels if label] == [
        "Equity over time",
        "Drawdown over time",
        "Decisions over time by action",
        "Orders by time from decision to answer",
    ]
    assert not re.search("nan|inf", "".join(drawings).lower())


def test_a_report_has_each_market_and_every_key_of_the_configuration(page, recorded):
    words = set(Page(page).words)

    assert {"markets.count", "1000", "strategy.name", "hardcoded"} <= words
    traded = rows(
        recorded.connection, "SELECT DISTINCT ticker FROM position_change WHERE session = %s", SESSION
    )
    assert {ticker for (ticker,) in traded} <= words


def cards(text):
    """The large figures and what stands below each, by their headings."""
    found = re.findall(
        r'<h2>([^<]*)</h2><p class="figure [^"]*">([^<]*)</p><p class="note">([^<]*)</p>', text
    )
    return {html.unescape(heading): (value, note) for heading, value, note in found}


def test_a_report_begins_and_ends_with_what_the_session_itself_said_last(page, recorded):
    ((gain_e6, cash_e6, held_e6),) = rows(
        recorded.connection,
        "SELECT gain_e6, cash_e6, held_e6 FROM session_value WHERE session = %s",
        SESSION,
    )

    told = cards(page)

    assert next(iter(told)) == "P&L of the session"
    assert told["P&L of the session"] == (cents(gain_e6), f"$10,000.00 to {in_cents(cash_e6 + held_e6)}")
    assert told["Equity at the end"] == (
        in_cents(cash_e6 + held_e6),
        f"{in_cents(cash_e6)} available, {in_cents(held_e6)} in positions;"
        " valued by the books of the data venue",
    )


def test_the_markets_of_a_report_add_up_to_its_first_figure(page, recorded):
    """Of an account that began with the session."""
    ((gain_e6,),) = rows(recorded.connection, "SELECT gain_e6 FROM session_value WHERE session = %s", SESSION)
    table = page.partition("<h2>Markets")[2].partition("</table>")[0]

    headings = re.findall(r"<th(?: [^>]*)?>([^<]*)", table)
    (whole, *each) = (re.findall(r"<td[^>]*>([^<]*)", row) for row in table.split("<tr>")[2:])

    place = headings.index("P&amp;L")
    assert (whole[0], whole[place]) == ("all markets", gain(gain_e6, places=4))
    shown = [float(row[place].replace("$", "")) for row in each if row[place] != "–"]
    assert shown == sorted(shown, reverse=True)
    assert sum(shown) == pytest.approx(gain_e6 / 1e6)


def test_the_curve_of_equity_ends_with_the_last_word(recorded):
    (listed,) = [
        each
        for each in sessions(recorded.connection, now_us=0, accounts=[ACCOUNT])
        if each.session == SESSION
    ]
    facts = read_session(recorded.connection, listed)

    figures = figures_of(facts, [])

    assert figures.equity[-1] == Point(facts.last_word.at_us, facts.last_word.equity_e6)
    assert figures.equity[0].y == facts.last_word.equity_e6 - facts.last_word.gain_e6
    assert sum(figures.worth_e6.values()) == facts.last_word.held_e6


def test_a_gain_that_is_counted_from_a_restart_says_so(recorded, tmp_path):
    def begin_at(at_us):
        with transaction(recorded.connection) as cursor:
            cursor.execute("UPDATE session_value SET since_us = %s WHERE session = %s", (at_us, SESSION))

    begin_at(START_US + 70_000_000)
    try:
        assert main(["report", SESSION, "--to", str(tmp_path / "r.html"), *recorded.flags]) == CLEAN
    finally:
        begin_at(START_US)

    value, note = cards((tmp_path / "r.html").read_text())["P&L of the session"]

    assert ", when OrderManager was restarted: over the whole session equity changed by " in note
    assert note.endswith(value)  # the example gained nothing before


def test_of_a_session_that_was_killed_a_report_says_what_it_goes_by(recorded, tmp_path):
    connection = recorded.connection
    forget = "DELETE FROM session_value WHERE session = %s RETURNING row_to_json(session_value)"
    stored = rows(connection, forget, SESSION)
    try:
        assert main(["report", SESSION, "--to", str(tmp_path / "r.html"), *recorded.flags]) == CLEAN
    finally:
        put_back = "INSERT INTO session_value SELECT * FROM json_populate_record(NULL::session_value, %s)"
        with transaction(connection) as cursor:
            cursor.execute(put_back, [json.dumps(stored[0][0])])

    value, note = cards((tmp_path / "r.html").read_text())["Change of equity"]

    assert value != "–"
    assert note.endswith("recorded with: it did not come to say what it was worth")


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_session_that_is_not_there_is_answered_with_the_newest(run, command):
    code, told, complaint = run(command, "s0", "--to", "nowhere")

    assert (code, told) == (PREFLIGHT_REFUSED, "")
    first, *newest = complaint.splitlines()
    assert first == "no session 's0' is recorded; the newest are"
    assert any(SESSION in line and ACCOUNT in line for line in newest)


def test_a_report_that_cannot_be_written_is_one_line(run, tmp_path):
    code, _, complaint = run("report", SESSION, "--to", tmp_path / "missing" / "r.html")

    assert (code, complaint) == (
        PREFLIGHT_REFUSED,
        f"cannot write {tmp_path}/missing/r.html: No such file or directory\n",
    )
