"""Signatures are what the venue verifies; a key file that others can read is refused."""

import base64
import os
import pickle

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_client.auth import Signer
from kalshi_client.errors import KeyFileError

PATH = "/trade-api/v2/portfolio/orders"
SIGNED = b"1795345393123GET/trade-api/v2/portfolio/orders"
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def signature(headers):
    return base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"], validate=True)


@pytest.fixture
def key_file(tmp_path, rsa_pem):
    path = tmp_path / "key.pem"
    path.write_bytes(rsa_pem)
    path.chmod(0o600)
    return path


def test_rsa_signature_covers_timestamp_method_and_path_without_query(key_file, rsa_key):
    signer = Signer.from_pem("key-1", key_file)

    headers = signer.headers("get", PATH + "?limit=5", timestamp_ms=1795345393123)

    assert headers["KALSHI-ACCESS-KEY"] == "key-1"
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == "1795345393123"
    rsa_key.public_key().verify(signature(headers), SIGNED, PSS, hashes.SHA256())


def test_rsa_signature_of_another_path_does_not_verify(signer, rsa_key):
    headers = signer.headers("GET", "/trade-api/v2/portfolio/fills", timestamp_ms=1795345393123)

    with pytest.raises(InvalidSignature):
        rsa_key.public_key().verify(signature(headers), SIGNED, PSS, hashes.SHA256())


def test_ed25519_keys_sign_the_same_text(tmp_path):
    key = Ed25519PrivateKey.generate()
    path = tmp_path / "ed.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o400)

    headers = Signer.from_pem("key-1", path).headers("GET", PATH, timestamp_ms=1795345393123)

    key.public_key().verify(signature(headers), SIGNED)


def test_pkcs1_keys_are_accepted(tmp_path, rsa_key):
    path = tmp_path / "key.pem"
    path.write_bytes(
        rsa_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o600)

    assert Signer.from_pem("key-1", path).key_id == "key-1"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_key_file_that_others_can_read_is_refused_and_told_how_to_close_it(key_file, mode):
    key_file.chmod(mode)

    with pytest.raises(KeyFileError, match=rf"mode 0{mode:o}.*chmod 600 {key_file}"):
        Signer.from_pem("key-1", key_file)


def test_missing_key_file_is_named(tmp_path):
    with pytest.raises(KeyFileError, match=r"nowhere\.pem: there is no such key file"):
        Signer.from_pem("key-1", tmp_path / "nowhere.pem")


def test_folder_in_place_of_a_key_is_refused(tmp_path):
    with pytest.raises(KeyFileError):
        Signer.from_pem("key-1", tmp_path)


def test_pipe_in_place_of_a_key_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(KeyFileError, match="is not a file"):
        Signer.from_pem("key-1", tmp_path / "pipe")


@pytest.mark.parametrize("key_id", ["", "a b", "a\r\nX-Evil: 1", "é"])
def test_key_id_that_could_not_be_a_header_is_refused(key_file, key_id):
    with pytest.raises(KeyFileError):
        Signer.from_pem(key_id, key_file)


def test_signer_shows_no_key_and_does_not_travel(signer):
    assert repr(signer) == "Signer(key_id='key-1')"
    with pytest.raises(TypeError):
        pickle.dumps(signer)
