"""A connection string is held to its form, and its password is never shown."""

import pytest

from settings.config_file import load
from settings.config_tree import ConfigError, Override
from settings.database_settings import dsn_problem, without_password


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        ("", ""),
        ("postgresql:///trading", "postgresql:///trading"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgres://u:hunter2@h:5432/d?sslmode=require", "postgres://u:***@h:5432/d?sslmode=require"),
        ("postgresql://u:h%40nter2@[::1]:5432,h2:5433/d", "postgresql://u:***@[::1]:5432,h2:5433/d"),
        ("postgresql://h/d?user=u&password=hunter2&x=1", "postgresql://h/d?user=u&password=***&x=1"),
        ("host=h password=hun&ter2 user=u", "host=h password=*** user=u"),
        ("host=h password = 'hunter \\' 2' user=u", "host=h password = *** user=u"),
        ("password=hun\\ ter2 sslpassword=x", "password=*** sslpassword=***"),
        ("postgresql://u:hun?ter:#2@h/d", "postgresql://u:***@h/d"),
        ("service=trading", "service=trading"),
    ],
)
def test_a_connection_string_is_taken_and_shown_without_its_password(dsn, shown):
    assert dsn_problem(dsn) == ""
    assert without_password(dsn) == shown


@pytest.mark.parametrize(
    "dsn",
    [
        "hunter2",
        "mysql://u:hunter2@h/d",
        "postgresql://u:hun@ter2@h/d",
        "postgresql://u:hun/ter2@h/d",
        "postgresql://hun:ter2/d",
        "postgresql://u:hun:ter2@h/d@e",
    ],
)
def test_what_is_none_is_refused_without_being_shown(dsn):
    with pytest.raises(ConfigError) as refused:
        load(None, overrides=[Override("--set", "database.dsn", dsn)])

    (line,) = refused.value.lines()
    assert line.startswith("--set: database.dsn: must ")
    assert not [part for part in ("hun", "ter2") if part in line]


def test_a_section_in_its_place_is_refused_without_being_shown():
    with pytest.raises(ConfigError, match=r"^--set: database\.dsn: must be text \(in quotes\)$"):
        load(None, overrides=[Override("--set", "database.dsn", "{password: hunter2}")])
