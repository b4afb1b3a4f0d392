"""Who is asking? Signs requests with the account's private key (protocol 1.2)."""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path
from typing import Final, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_client.errors import KeyFileError

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

MAX_KEY_FILE_BYTES: Final = 65_536
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")  # it becomes a header: no spaces, no line ends


class Signer:
    """Holds one account's key and signs with it. Safe to use from several threads.

    Loading a key takes tens of milliseconds and signing a fraction of one: load it once.
    """

    def __init__(self, key_id: str, key: PrivateKey) -> None:
        if not _KEY_ID.fullmatch(key_id):
            raise KeyFileError("the API key id is empty or has characters that no key id has")
        self.key_id = key_id
        self._key = key

    @staticmethod
    def from_pem(key_id: str, path: str | Path) -> Signer:
        """Load the key file. Raises KeyFileError, whose text says what to change."""
        return Signer(key_id, _load_key(Path(path)))

    def headers(self, method: str, path: str, *, timestamp_ms: int) -> dict[str, str]:
        """The three signed headers. ``path`` is the whole path; its query is not signed."""
        text = f"{timestamp_ms}{method.upper()}{path.partition('?')[0]}".encode()
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": str(timestamp_ms),
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(self._sign(text)).decode(),
        }

    def _sign(self, text: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(text)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
        return self._key.sign(text, pss, hashes.SHA256())

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Signer holds a private key and never travels in a message")


def _load_key(path: Path) -> PrivateKey:
    pem = _read_private_file(path)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:  # cryptography's way of saying that a password is needed
        raise KeyFileError(f"{path} is protected by a password; store the key without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path} is not a private key in PEM form") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise KeyFileError(f"{path} is neither an RSA nor an Ed25519 key; Kalshi accepts no other")
    return key


def _read_private_file(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())  # of what was opened, not of what the path is by now
            _check_private(path, status.st_mode)
            return file.read(MAX_KEY_FILE_BYTES)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: there is no such key file") from None
    except OSError as error:
        raise KeyFileError(f"{path}: the key file cannot be read: {error.strerror}") from None


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in place of the file cannot hang the start


def _check_private(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise KeyFileError(f"{path} is not a file")
    if mode & 0o077:
        raise KeyFileError(
            f"{path} may be read by others (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
        )
