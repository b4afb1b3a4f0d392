"""The document of results tells a person who was not there everything but secrets."""

from datetime import UTC, datetime

from cli.checklist.fault_seen import FaultSeen
from cli.checklist.lines import line
from cli.checklist.machine import machine, versions
from cli.checklist.report import Results, Setting, report
from tests.cli.checklist.test_fault_seen import comparison

SETTING = Setting(datetime(2026, 12, 1, tzinfo=UTC), "run.py verify", {"cores": "2"}, {"Python": "3.11"})
RESULTS = Results(
    session="s1",
    environment={"data_label": "loopback", "execution_label": "loopback"},
    config={
        "web": {"port": 1, "token": "hunter2"},
        "credentials": {"demo": {"key_id": "hunter2"}},
        "venues": {
            "loopback": {"rest_url": "http://h/x", "key_id": "hunter2", "private_key_path": "/hunter2"}
        },
    },
    lines=[line("balance", "$1 | $2", "> $0", holds=True), line("fills", "no trade", "≥ 1", holds=None)],
    faults=[FaultSeen("fault: network cut", "cut", "held", "paused", True, None, comparison(), 30, ())],
    latency_ms={"decision_to_ack": {"p50": 1.0, "p95": 2.0, "p99": 3.0, "n": 4}},
)


def test_the_document_has_every_line_what_was_not_shown_faults_latencies_and_where_it_was_made():
    text = report(RESULTS, SETTING)

    for part in (
        "| ✓ | balance | $1 \\| $2 | > $0 |",
        "- fills: no trade",
        "| decision to acknowledgement | 1.0 | 2.0 | 3.0 | 4 |",
        "| network cut | cut | held | paused | – |",
        "- cores: 2",
        "- Python 3.11",
        "**Not shown: fills.",
        "rest_url: http://h/x",
    ):
        assert part in text


def test_no_key_and_no_token_is_in_the_document():
    assert "hunter2" not in report(RESULTS, SETTING)


def test_machine_and_versions_are_told():
    assert {"system", "cores", "memory", "load average"} == machine().keys()
    assert versions()["Python"].startswith("3.")
