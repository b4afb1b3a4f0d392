"""A key file is refused before anything is sent, by what it is and what is needed."""

import os
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.errors import KeyFileError
from kalshi_client.private_key import MAX_KEY_FILE_BYTES, NEEDED, load_private_key

P = 105340141737867705774873713433314264608983550394268374182974877506413925417757
Q = 109367430005848597976931009731307313561663716503181360593704974857171963106607


def pem(key, form=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def small_rsa_key():
    """Of 512 bits, which no library makes any more."""
    e, n = 65_537, P * Q
    d = pow(e, -1, (P - 1) * (Q - 1))
    public = rsa.RSAPublicNumbers(e, n)
    return rsa.RSAPrivateNumbers(P, Q, d, d % (P - 1), d % (Q - 1), pow(Q, -1, P), public).private_key()


EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
PUBLIC = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

REFUSED = {
    "RSA of 512 bits": (pem(small_rsa_key()), "an RSA key of 512 bits"),
    "RSA of 1024 bits": (pem(rsa.generate_private_key(65_537, 1024)), "an RSA key of 1024 bits"),
    "EC": (pem(EC_KEY), "an EC key (secp256r1)"),
    "EC in its own form": (pem(EC_KEY, PrivateFormat.TraditionalOpenSSL), "an EC key (secp256r1)"),
    "DSA": (pem(dsa.generate_private_key(1024)), "a private key of kind DSA"),
    "X25519": (pem(x25519.X25519PrivateKey.generate()), "a private key of kind X25519"),
    "Ed448": (pem(ed448.Ed448PrivateKey.generate()), "a private key of kind Ed448"),
    "a public key": (PUBLIC, "a public key"),
    "a public key of SSH": (b"ssh-ed25519 AAAA me@here\n", "a public key"),
    "a certificate": (
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "a certificate",
    ),
    "another PEM file": (
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n-----END PGP PRIVATE KEY BLOCK-----\n",
        "in PEM form but a PGP PRIVATE KEY BLOCK",
    ),
    "DER": (
        ED_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "in DER form",
    ),
    "empty": (b" \n", "empty"),
    "text": (b"not a key", "no private key"),
    "damaged": (
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "a damaged or unknown private key",
    ),
    "cut short": (pem(ED_KEY)[:60], "a damaged or unknown private key"),
    "too long": (b"a" * (MAX_KEY_FILE_BYTES + 1), "longer than any key"),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    return path


@pytest.mark.parametrize(("content", "what"), REFUSED.values(), ids=REFUSED)
def test_a_file_without_a_key_that_kalshi_takes_is_named(path, content, what):
    path.write_bytes(content)

    with pytest.raises(KeyFileError) as refused:
        load_private_key(path)

    assert str(refused.value) == f"{path} is {what}; {NEEDED}"


def test_a_key_of_openssh_is_told_how_to_be_changed(path):
    path.write_bytes(pem(ED_KEY, PrivateFormat.OpenSSH))

    with pytest.raises(KeyFileError, match=r"in OpenSSH's form; .* ssh-keygen -p -m PKCS8 -f .*key\.pem$"):
        load_private_key(path)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_with_a_password_is_named(path, form):
    path.write_bytes(pem(EC_KEY, form, BestAvailableEncryption(b"secret")))

    with pytest.raises(KeyFileError, match="is a private key with a password; store it without one"):
        load_private_key(path)


def test_a_key_behind_a_certificate_is_found(path):
    path.write_bytes(REFUSED["a certificate"][0] + pem(ED_KEY))

    assert load_private_key(path).public_key() == ED_KEY.public_key()


def test_the_hint_on_a_file_that_others_can_read_can_be_run_as_it_is(tmp_path):
    path = tmp_path / "my key.pem"
    path.write_bytes(pem(ED_KEY))
    path.chmod(0o644)

    with pytest.raises(KeyFileError, match=re.escape(f"mode 0644); run: chmod 600 '{path}'")):
        load_private_key(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(path):
    path.chmod(0o200)

    with pytest.raises(KeyFileError, match="the key file cannot be read: Permission denied"):
        load_private_key(path)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda raw: pem(ED_KEY)[:40] + raw))
def test_any_bytes_are_a_key_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "key.pem"
    path.touch(mode=0o600)
    path.write_bytes(content)

    with pytest.raises(KeyFileError, match=re.escape(str(path))):
        load_private_key(path)
