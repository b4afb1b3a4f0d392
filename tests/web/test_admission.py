"""The page opens to its users and to nobody else."""

import pytest

from web.admission import Admission

OURS = Admission("127.0.0.1", "secret", guards_page=False)
SHARED = Admission("0.0.0.0", "secret", guards_page=True)


@pytest.mark.parametrize(
    ("admission", "host", "known"),
    [
        (OURS, "127.0.0.1:8003", True),
        (OURS, "localhost:8003", True),
        (OURS, "localhost:9000", True),
        (OURS, "[::1]:8003", True),
        (OURS, "evil.example:8003", False),
        (OURS, "192.168.1.4:8003", False),
        (OURS, "", False),
        (SHARED, "trader.lan:8003", True),
        (SHARED, "192.168.1.4:8003", True),
    ],
)
def test_a_name_that_another_site_could_choose_is_not_ours(admission, host, known):
    assert admission.knows_host(host) is known


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("", True),
        ("http://localhost:8003", True),
        ("http://localhost:5173", False),
        ("http://evil.example", False),
        ("null", False),
    ],
)
def test_only_our_own_page_may_speak(origin, own):
    assert OURS.is_own_origin(origin, "localhost:8003") is own


def test_the_token_opens_the_buttons_and_a_guarded_page():
    assert OURS.may_act("secret")
    assert not OURS.may_act("")
    assert not OURS.may_act("sécret")
    assert OURS.may_look("")
    assert not SHARED.may_look("")
    assert SHARED.may_look("secret")


def test_the_token_is_in_no_text():
    assert "secret" not in repr(OURS)
