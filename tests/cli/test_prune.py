"""``sessions --prune`` drops what is old of this state folder's accounts, and never a row of another."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2.sql import SQL, Identifier

from benchmarks.ledger_history import START_US, History
from cli.errors import CLEAN, ConfigurationError, PreflightRefused
from cli.prune import prune
from cli.running_session import RunningSession, run_file
from persistence.account_files import accounts_in, is_minted
from persistence.database.connections import connect, transaction
from persistence.database.faults import DatabaseDown
from persistence.database.named_queries import queries
from persistence.recording.retention import DAY_US, drop_world
from settings.config import Config
from tests.persistence.ledger_database import rows
from tests.persistence.recorded_session import record

OURS, THEIRS, REAL = "loopback-0a1b2c3d", "loopback-4e5f6a7b", "demo-8c9d0e1f"
DAYS = 30
LATER_US = START_US + (DAYS + 2) * DAY_US


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def config(database, state_dir):
    return Config.model_validate({"state_dir": str(state_dir), "database": {"dsn": database}})


def remember(connection, state_dir, account, seed=1):
    """An account with orders, decisions and a tape of the time of the history."""
    history = History(seed, account=account).trade(5)
    folder = record(connection, history, state_dir, batches=4)
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (START_US / 1e6, START_US / 1e6))
    add_tape(connection, account, history.session, START_US)


def add_tape(connection, account, session, at_us):
    with transaction(connection) as cursor:
        cursor.execute(
            "INSERT INTO tape_chunk (account, session, shard, incarnation, first_no, last_no, t0_us, t1_us,"
            " changes, codec, body) VALUES (%s, %s, 0, 1, 1, 9, %s, %s, 9, 2, 'abc')",
            (account, session, at_us, at_us),
        )
        cursor.execute("INSERT INTO tape_text VALUES (1, 0, 1, %s, %s, 'KX-1')", (account, session))


def everything_of(connection, account):
    """A hash of the account's rows, by table."""
    found = {}
    with transaction(connection) as cursor:
        cursor.execute(queries("retention")["tables_of_accounts"])
        for (table,) in cursor.fetchall():
            question = SQL(
                "SELECT count(*), md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE \"C\"))"
                " FROM {} AS row WHERE account = %s"
            ).format(Identifier(table))
            cursor.execute(question, (account,))
            found[table] = cursor.fetchone()
    return found


def sizes(connection, account):
    return {table: count for table, (count, _) in everything_of(connection, account).items() if count}


def test_a_world_in_which_nothing_happened_goes_with_its_folder_and_no_other_row(
    connection, config, state_dir, tmp_path, capsys
):
    remember(connection, state_dir, OURS)
    remember(connection, tmp_path / "another machine", THEIRS, seed=2)
    theirs = everything_of(connection, THEIRS)
    assert len(sizes(connection, OURS)) > 12

    assert prune(config, is_agreed=True, now_us=LATER_US) == CLEAN

    assert sizes(connection, OURS) == {}
    assert everything_of(connection, THEIRS) == theirs
    assert not (state_dir / OURS).exists()
    assert (tmp_path / "another machine" / THEIRS).exists()
    told = capsys.readouterr().out
    assert f"world {OURS}" in told
    assert "1 sessions, 5 orders" in told


def test_what_is_to_go_is_only_told_where_nobody_can_be_asked(connection, config, state_dir):
    remember(connection, state_dir, OURS)
    before = everything_of(connection, OURS)

    with pytest.raises(ConfigurationError) as refused:
        prune(config, is_agreed=False, now_us=LATER_US)

    first, world, *_, last = refused.value.lines
    assert first.startswith("older than 30 days")
    assert world.startswith(f"world {OURS}")
    assert last == "nothing was dropped: say --yes to drop it"
    assert everything_of(connection, OURS) == before
    assert (state_dir / OURS).exists()


def test_of_an_account_of_a_real_venue_only_the_tape_goes(connection, config, state_dir):
    remember(connection, state_dir, REAL)
    before = everything_of(connection, REAL)

    prune(config, is_agreed=True, now_us=LATER_US)

    changed = {"tape_chunk", "tape_text"}
    after = everything_of(connection, REAL)
    assert {table for table in before if after[table] != before[table]} == changed
    assert not changed & sizes(connection, REAL).keys()
    assert (state_dir / REAL / "order_manager.db").exists()
    with pytest.raises(ValueError, match="not of this program"):
        drop_world(connection, REAL)


def test_of_an_account_that_machines_share_only_the_tape_recorded_here_goes(
    connection, config, state_dir, tmp_path
):
    remember(connection, state_dir, REAL)
    remember(connection, tmp_path / "another machine", REAL, seed=2)
    old = rows(connection, "SELECT session FROM tape_chunk ORDER BY session")

    assert prune(config, is_agreed=True, now_us=LATER_US) == CLEAN

    (here,) = rows(connection, "SELECT session FROM tape_chunk")
    assert old == sorted([(History(1, account=REAL).session,), here])
    assert here == (History(2, account=REAL).session,)
    assert rows(connection, "SELECT DISTINCT session FROM tape_text") == [here]


def test_a_world_that_lives_on_keeps_its_ledger_and_what_is_young(connection, config, state_dir):
    remember(connection, state_dir, OURS)
    os.utime(state_dir / OURS / "order_manager.db", (LATER_US / 1e6, LATER_US / 1e6))
    add_tape(connection, OURS, "s2", LATER_US)
    before = everything_of(connection, OURS)

    prune(config, is_agreed=True, now_us=LATER_US)

    after = everything_of(connection, OURS)
    changed = {table for table in before if after[table] != before[table]}
    assert changed == {"decision_chunk", "tape_chunk", "tape_text"}
    assert rows(connection, "SELECT session FROM tape_chunk") == [("s2",)]
    assert rows(connection, "SELECT session FROM tape_text") == [("s2",)]


def test_the_account_of_the_session_that_runs_is_never_a_world_that_goes(
    connection, config, state_dir, session_elsewhere
):
    remember(connection, state_dir, OURS)
    pid = session_elsewhere(config).pid
    RunningSession(pid, "s1", "127.0.0.1", 0, "", OURS, str(state_dir / OURS), {}, {}).write(run_file(config))

    prune(config, is_agreed=True, now_us=LATER_US)

    assert "fill" in sizes(connection, OURS)
    assert (state_dir / OURS).exists()


def test_a_world_that_came_back_to_life_while_the_question_stood_stays(
    connection, config, state_dir, session_elsewhere, monkeypatch
):
    remember(connection, state_dir, OURS)
    pid = session_elsewhere(config).pid
    RunningSession(pid, "s1", "127.0.0.1", 0, "", REAL, str(state_dir / REAL), {}, {}).write(run_file(config))

    def answered_late(*_, **__):
        os.utime(state_dir / OURS / "order_manager.db", (LATER_US / 1e6, LATER_US / 1e6))
        return True

    monkeypatch.setattr("cli.prune._is_agreed", answered_late)
    before = everything_of(connection, OURS)
    prune(config, is_agreed=False, now_us=LATER_US)

    assert everything_of(connection, OURS) == before  # its old chunks were not shown either
    assert (state_dir / OURS).exists()


def test_a_drop_that_was_cut_off_leaves_no_folder_to_be_recorded_again_and_the_next_ends_it(
    connection, config, state_dir, monkeypatch
):
    remember(connection, state_dir, OURS)
    monkeypatch.setattr("persistence.recording.old_records.drop_world", cut_off)
    with pytest.raises(PreflightRefused):
        prune(config, is_agreed=True, now_us=LATER_US)
    assert accounts_in(state_dir) == []
    assert "fill" in sizes(connection, OURS)

    monkeypatch.undo()
    assert prune(config, is_agreed=True, now_us=LATER_US) == CLEAN

    assert sizes(connection, OURS) == {}
    assert [path.name for path in state_dir.iterdir() if OURS in path.name] == []


def cut_off(*_):
    raise DatabaseDown("the server ended")


def test_a_file_that_goes_while_it_is_looked_at_stops_nothing(connection, config, state_dir, monkeypatch):
    remember(connection, state_dir, OURS)
    look = Path.lstat

    def goes(path):
        if path.name == "order_manager.db":
            path.unlink()
        return look(path)

    monkeypatch.setattr(Path, "lstat", goes)

    assert prune(config, is_agreed=True, now_us=LATER_US) == CLEAN
    assert sizes(connection, OURS) == {}
    assert not (state_dir / OURS).exists()


def test_nothing_old_is_said_to_be_so(connection, config, state_dir, capsys):
    remember(connection, state_dir, OURS)
    before = everything_of(connection, OURS)

    assert prune(config, is_agreed=True, now_us=START_US + DAY_US) == CLEAN

    assert capsys.readouterr().out == "nothing is older than 30 days\n"
    assert everything_of(connection, OURS) == before


def test_a_day_of_which_nobody_else_has_anything_is_dropped_as_a_whole(connection, config, state_dir):
    remember(connection, state_dir, OURS)
    assert len(days(connection)) >= 2

    prune(config, is_agreed=True, now_us=LATER_US)

    assert [day for day in days(connection) if not day.endswith("_others")] == []


def test_a_day_of_which_somebody_else_has_something_stays(connection, config, state_dir, tmp_path):
    remember(connection, state_dir, OURS)
    remember(connection, tmp_path / "another machine", THEIRS, seed=2)

    prune(config, is_agreed=True, now_us=LATER_US)

    ((account,),) = rows(connection, "SELECT DISTINCT account FROM decision_chunk")
    assert account == THEIRS


def days(connection):
    found = rows(connection, queries("retention")["days"] % {"table": "'decision_chunk'"})
    return [name for (name,) in found]


def test_old_logs_go_and_young_ones_stay(connection, config, state_dir):
    logs = state_dir / "logs"
    logs.mkdir(parents=True)
    for name, at_us in (("s1.log", START_US), ("s2.log", LATER_US), ("thespian.log", START_US)):
        (logs / name).write_text("INFO")
        os.utime(logs / name, (at_us / 1e6, at_us / 1e6))

    prune(config, is_agreed=True, now_us=LATER_US)

    assert sorted(file.name for file in logs.iterdir()) == ["s2.log", "thespian.log"]


@pytest.mark.parametrize(
    ("account", "minted"),
    [
        ("loopback-0a1b2c3d", True),
        ("demo-standin-0a1b2c3d", True),
        ("demo-0a1b2c3d", False),
        ("production-0a1b2c3d", False),
        ("loopback-standin", False),
        ("my-loopback-0a1b2c3d", False),
    ],
)
def test_a_minted_account_is_told_by_its_name(account, minted):
    assert is_minted(account) is minted
