"""Two identities: what is wrong with either is named before anything starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from cli import run
from cli.errors import PREFLIGHT_REFUSED, PreflightRefused
from cli.keys import check_keys, require_keys
from cli.main import main
from cli.session import make_session
from cli.venue_check import check_venues
from settings.config import Config
from tests.kalshi_client.loopback import loopback

HYBRID = {"data": {"venue": "production"}, "execution": {"venue": "demo"}}
PROD_ID, PROD_PATH = "KALSHI_PROD_KEY_ID", "KALSHI_PROD_PRIVATE_KEY_PATH"
DEMO_ID, DEMO_PATH = "KALSHI_DEMO_KEY_ID", "KALSHI_DEMO_PRIVATE_KEY_PATH"


def pem(key, form=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def write(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    return path


KEY, OTHER = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
EC = ec.generate_private_key(ec.SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture
def variables(tmp_path):
    """Two good identities."""
    return {
        PROD_ID: "prod-1",
        PROD_PATH: str(write(tmp_path / "prod.pem", pem(KEY))),
        DEMO_ID: "demo-1",
        DEMO_PATH: str(write(tmp_path / "demo.pem", pem(OTHER))),
    }


def spoilt(content):
    def spoil(variables):
        with open(variables[DEMO_PATH], "wb") as file:
            file.write(content)

    return spoil


WRONG = {
    "no id": (lambda v: v.pop(DEMO_ID), "no key id: set KALSHI_DEMO_KEY_ID"),
    "no path": (lambda v: v.pop(DEMO_PATH), "no key file: set KALSHI_DEMO_PRIVATE_KEY_PATH"),
    "neither": (
        lambda v: (v.pop(DEMO_ID), v.pop(DEMO_PATH)),
        "no key: set KALSHI_DEMO_KEY_ID and KALSHI_DEMO_PRIVATE_KEY_PATH",
    ),
    "an id that is none": (lambda v: v.update({DEMO_ID: "a\r\nb"}), "has characters that no key id has"),
    "not there": (lambda v: os.unlink(v[DEMO_PATH]), "there is no such key file"),
    "unreadable": (lambda v: v.update({DEMO_PATH: "/"}), "the key file cannot be read: Is a directory"),
    "open to others": (lambda v: os.chmod(v[DEMO_PATH], 0o640), "may be read by others (mode 0640)"),
    "the key in place of its path": (
        lambda v: v.update({DEMO_PATH: pem(OTHER).decode()}),
        "KALSHI_DEMO_PRIVATE_KEY_PATH holds a key; give the path of its file instead",
    ),
    "too short": (spoilt(pem(rsa.generate_private_key(65_537, 1024))), "is an RSA key of 1024 bits"),
    "EC": (spoilt(pem(EC)), "is an EC key (secp256r1)"),
    "public": (spoilt(PUBLIC), "is a public key"),
    "a certificate": (spoilt(CERTIFICATE), "is a certificate"),
    "with a password": (
        spoilt(pem(EC, encryption=BestAvailableEncryption(b"secret"))),
        "is a private key with a password",
    ),
    "OpenSSH": (spoilt(pem(KEY, PrivateFormat.OpenSSH)), "is a private key in OpenSSH's form"),
    "DER": (
        spoilt(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        "is in DER form",
    ),
    "empty": (spoilt(b""), "demo.pem is empty"),
    "damaged": (spoilt(pem(KEY)[:60]), "is a damaged or unknown private key"),
    "the same id": (
        lambda v: v.update({DEMO_ID: "prod-1"}),
        "KALSHI_PROD_KEY_ID and KALSHI_DEMO_KEY_ID name the same key id prod-1",
    ),
    "the same key": (spoilt(pem(KEY)), "KALSHI_DEMO_PRIVATE_KEY_PATH lead to the same private key"),
}


@pytest.mark.parametrize(("spoil", "told"), WRONG.values(), ids=WRONG)
def test_every_kind_of_wrong_has_its_sentence_and_nothing_starts(
    capsys, tmp_path, monkeypatch, variables, spoil, told
):
    spoil(variables)
    for name in (PROD_ID, PROD_PATH, DEMO_ID, DEMO_PATH):
        monkeypatch.setenv(name, variables[name]) if name in variables else monkeypatch.delenv(name, False)
    monkeypatch.setattr(run.OwnExchanges, "start", lambda *_, **__: pytest.fail("something was started"))

    exit_code = main(["--hybrid", "--port", "0", "--set", f"state_dir={tmp_path}/state"])

    said = capsys.readouterr().err
    assert exit_code == PREFLIGHT_REFUSED
    assert told in said
    assert re.match("(production and )?demo: ", said)
    assert "PRIVATE KEY-----" not in said
    others = [text for _, text in WRONG.values() if text != told and text in said]
    assert others == []


def test_all_that_is_wrong_with_two_keys_is_told_at_once(tmp_path, variables):
    variables[PROD_PATH] = variables[DEMO_PATH] = str(tmp_path / "none.pem")
    variables[DEMO_ID] = "prod-1"

    with pytest.raises(PreflightRefused) as refused:
        check_keys(require_keys(Config.model_validate(HYBRID), variables))

    assert [line.partition(": ")[0] for line in refused.value.lines] == [
        "production",
        "demo",
        "production and demo",
        "production and demo",
    ]


def test_two_keys_that_are_wrong_alike_are_not_called_one_key(variables):
    with pytest.raises(PreflightRefused) as refused:
        check_keys(
            require_keys(Config.model_validate(HYBRID), variables | {PROD_ID: "id 1", DEMO_ID: "id 2"})
        )

    assert len(refused.value.lines) == 2
    assert "same" not in str(refused.value)


def test_good_keys_pass_and_an_exchange_of_the_session_needs_none(variables):
    check_keys(require_keys(Config.model_validate(HYBRID), variables))

    assert require_keys(Config(), {}) == {}


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="shown on Linux alone")
def test_erased_variables_are_in_no_process_that_is_started_or_forked(variables):
    """The program's own view is not enough: the system shows those that it was started with."""
    script = (
        "import os, pathlib, subprocess\n"
        "from cli.process_environment import erase_variables\n"
        f"erase_variables({list(variables)!r})\n"
        "told = os.fork()\n"
        "if told == 0:\n"
        "    print(pathlib.Path('/proc/self/environ').read_bytes(), flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(told, 0)\n"
        "print(dict(os.environ), subprocess.check_output(['env']), flush=True)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | variables | {"KEPT": "kept-1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.count("kept-1") == 3
    assert [value for value in variables.values() if value in done.stdout] == []


def test_a_key_may_be_named_in_the_configuration_instead(variables):
    named = {"key_id": "prod-9", "private_key_path": variables[PROD_PATH]}
    config = Config.model_validate(HYBRID | {"credentials": {"production": named}})

    key = require_keys(config, variables)["production"]

    assert (key.key_id, key.path, key.id_said_in) == (
        "prod-9",
        named["private_key_path"],
        "credentials.production.key_id",
    )


@pytest.mark.parametrize("given", [{"key_id": "a"}, {"private_key_path": "/a.pem"}])
def test_half_an_identity_is_a_mistake_in_the_configuration(given):
    with pytest.raises(ValueError, match="key_id and private_key_path must be given together"):
        Config.model_validate({"credentials": {"demo": given}})


def test_swapped_keys_are_refused_by_both_venues_and_said_to_be_swapped(tmp_path):
    with loopback(markets=5) as production, loopback(markets=5) as demo:
        ids = [venue.admit(key, tier="basic").key_id for venue, key in ((production, KEY), (demo, OTHER))]
        urls = {
            name: {"rest_url": venue.served.rest_url, "ws_url": venue.served.ws_url}
            for name, venue in (("production", production), ("demo", demo))
        }
        swapped = {
            PROD_ID: ids[1],
            PROD_PATH: str(write(tmp_path / "demo.pem", pem(OTHER))),
            DEMO_ID: ids[0],
            DEMO_PATH: str(write(tmp_path / "prod.pem", pem(KEY))),
        }
        config = Config.model_validate(HYBRID | {"venues": urls})
        session = make_session(
            config, name="s1", started_us=0, exchanges={}, keys=require_keys(config, swapped), renamed={}
        )

        with pytest.raises(PreflightRefused) as refused:
            check_venues(session)

    assert len(refused.value.lines) == 3
    assert re.search("production and demo may be swapped", refused.value.lines[-1])
