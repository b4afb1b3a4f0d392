"""A fault of the database is told in one line, as one that passes or one that a person has to mend."""

import psycopg2
import pytest

from persistence.database.connections import Database
from persistence.database.faults import DatabaseDown, DatabaseRefused, described, fault_of
from persistence.faults import PersistenceError

WHERE = 'connection to server at "db.example" (10.0.0.1), port 5432 failed: '
CONNECTING = {
    "nobody listens": (f"{WHERE}Connection refused\n\tIs the server running?", DatabaseDown),
    "no such host": ('could not translate host name "db.example" to address: Unknown', DatabaseDown),
    "it starts": (f"{WHERE}FATAL:  the database system is starting up", DatabaseDown),
    "too many of us": (f"{WHERE}FATAL:  sorry, too many clients already", DatabaseDown),
    "a wrong password": (f'{WHERE}FATAL:  password authentication failed for user "u"', DatabaseRefused),
    "no password": (f"{WHERE}fe_sendauth: no password supplied", DatabaseRefused),
    "no such user": (f'{WHERE}FATAL:  role "u" does not exist', DatabaseRefused),
    "no such database": (f'{WHERE}FATAL:  database "d" does not exist', DatabaseRefused),
    "not from here": (f'{WHERE}FATAL:  no pg_hba.conf entry for host "1"', DatabaseRefused),
    "no encryption": (f"{WHERE}server does not support SSL, but SSL was required", DatabaseRefused),
    "not allowed in": (f'{WHERE}FATAL:  permission denied for database "d"', DatabaseRefused),
}


@pytest.mark.parametrize(("text", "kind"), CONNECTING.values(), ids=CONNECTING)
def test_what_a_server_says_before_anybody_is_signed_in_becomes_a_fault(text, kind):
    fault = fault_of("database host=db.example", psycopg2.OperationalError(text))

    assert type(fault) is kind
    assert str(fault).startswith("database host=db.example: ")
    assert len(str(fault).splitlines()) == 1
    assert ("database.dsn" in str(fault)) == (kind is DatabaseRefused)


def of_state(state):
    class Error(psycopg2.DatabaseError):
        pgcode = state

    return Error("ERROR:  as it is\nDETAIL:  more")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57P01", DatabaseDown),  # terminated by an administrator
        ("57014", DatabaseDown),  # a statement that took too long
        ("55P03", DatabaseDown),  # a lock that took too long
        ("53100", DatabaseDown),  # its disk is full
        ("40001", DatabaseDown),
        ("42P01", DatabaseDown),  # its tables are gone
        ("42501", DatabaseRefused),  # missing rights
        ("25006", DatabaseRefused),  # it only reads
        ("28P01", DatabaseRefused),
        ("3F000", DatabaseRefused),  # no schema to make tables in
        ("XX001", DatabaseRefused),  # it is damaged
        ("42703", PersistenceError),  # a column that is not there
    ],
)
def test_what_a_server_says_later_becomes_a_fault_by_its_number(state, kind):
    fault = fault_of("database host=h", of_state(state))

    assert type(fault) is kind
    assert str(fault).startswith("database host=h: as it is")


def test_a_connection_that_was_closed_is_a_database_that_is_down():
    assert isinstance(
        fault_of("database", psycopg2.InterfaceError("connection already closed")), DatabaseDown
    )


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:hunter2@db.example:5433/d?sslmode=require",
        "host=db.example password=hunter2 port=5433 dbname=d user=u",
        "host=db.example password='hunter2' port=5433 dbname=d user=u sslpassword=hunter2",
    ],
)
def test_a_database_is_described_without_its_password(dsn):
    assert str(Database(dsn)) == "database host=db.example port=5433 dbname=d user=u"
    assert "hunter2" not in repr(Database(dsn))


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:hun@ter2@db.example/d",
        "postgresql://u:hun/ter2@db.example/d",
        "host=db.example hunter2",
        "password='hunter2",
    ],
)
def test_of_a_string_that_cannot_be_read_nothing_is_shown(dsn):
    with pytest.raises(DatabaseRefused) as told:
        described(dsn)

    assert str(told.value).startswith("database.dsn: no connection string: write postgresql://")
    assert told.value.__suppress_context__
    assert not [part for part in ("hun", "ter2") if part in str(told.value)]
