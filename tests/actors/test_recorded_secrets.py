"""No password and no token of a configuration is in a file or a table that a session leaves."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import pytest

from actors import messages
from actors.recorder import Recorder
from cli.running_session import RunningSession
from persistence.database.connections import connect
from tests.cli.test_session import session
from tests.persistence.ledger_database import rows
from tests.trading.example_facts import market

CANARY = "c4n4ry-0f-4-p4ssw0rd"
SECRET = {
    "data": {"venue": "production"},
    "venues": {
        "production": {
            "rest_url": f"https://me:{CANARY}@proxy.example/trade-api/v2",
            "ws_url": f"wss://me:{CANARY}@proxy.example/trade-api/ws/v2",
        }
    },
    "web": {"token": CANARY},
}
WHO = {
    "Supervisor": messages.Stop(5.0, "stopped"),
    "OrderManager": messages.MarketsRead([market()], "0f1e2d3c4b5a6978"),
}


def tables_with(connection, text):
    """The tables that have a row with the text in any column."""
    listed = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    names = [name for (name,) in rows(connection, listed)]
    counts = {
        name: rows(connection, f"SELECT count(*) FROM {name} AS row WHERE row::text LIKE %s", f"%{text}%")
        for name in names
    }
    return [name for name, counted in counts.items() if counted != [(0,)]]


def files_with(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.parametrize("is_there", [True, False], ids=["written", "refused"])
def test_no_secret_of_a_configuration_is_left_in_a_file_or_a_table(
    rehearse_here, database, tmp_path, is_there
):
    dsn = f"{database} password={CANARY}" if is_there else f"host=/nonexistent password={CANARY}"
    keys = {"KALSHI_PROD_KEY_ID": "prod-key", "KALSHI_PROD_PRIVATE_KEY_PATH": "key.pem"}
    made = session(SECRET | {"database": {"dsn": dsn}}, "key.pem", **keys)
    told = made.settings()

    known = {"database": told["database"], "config": told["config"], "run_pid": 4711, "session": "s1"}
    recorder = rehearse_here(Recorder, **known)
    recorder.wire(page=1)
    recorder.telemetry(lambda values: values["database"]["state"] == ("ready" if is_there else "down"))
    for name, message in reversed(WHO.items()):
        recorder.say(message, by=name)
    recorder.hear(messages.Stopped)
    place = {"account": "a", "account_dir": "", "execution": asdict(made.execution)}
    running = RunningSession(1, "s1", "127.0.0.1", 0, "", **place, config=made.recorded_config())
    running.write(tmp_path / "run.json")

    assert files_with(tmp_path, CANARY) == []
    assert files_with(tmp_path, "proxy.example") != []  # where it is reached is told
    with closing(connect(database, name="test")) as connection:
        assert tables_with(connection, CANARY) == []
        assert tables_with(connection, "proxy.example") == (["session", "fresh_event"] if is_there else [])
