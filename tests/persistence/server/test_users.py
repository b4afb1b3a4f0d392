"""The last user of a server may stop it, and none before."""

import pytest

from persistence.database.faults import DatabaseDown
from persistence.faults import PersistenceError
from persistence.server.users import ServerUsers


@pytest.fixture
def two(tmp_path):
    users = ServerUsers(tmp_path), ServerUsers(tmp_path)
    yield users
    for each in users:
        each.leave()


def test_who_is_alone_has_no_others(two):
    one, other = two
    one.join()

    assert not one.others()
    assert other.others()


def test_both_have_another_until_one_leaves(two):
    one, other = two
    one.join()
    other.join()

    assert (one.others(), other.others()) == (True, True)
    one.leave()
    assert (one.others(), other.others()) == (True, False)


def test_a_question_gives_no_share_up(two):
    one, other = two
    one.join()
    other.join()

    one.others()
    other.leave()

    assert other.others()


def test_joining_and_leaving_may_be_repeated(two):
    one, other = two
    one.join()
    one.join()
    one.leave()
    one.leave()

    assert not other.others()


def test_only_one_changes_the_server_at_a_time(two):
    one, other = two
    with (
        one.changing(),
        pytest.raises(DatabaseDown, match="the database is being started or stopped"),
        other.changing(within_s=0.0),
    ):
        pass
    with other.changing(within_s=0.0):
        pass


def test_a_lock_file_is_never_one_that_a_link_leads_to(tmp_path):
    (tmp_path / "users.lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PersistenceError, match=r"users\.lock"):
        ServerUsers(tmp_path).join()
    assert not (tmp_path / "elsewhere").exists()
