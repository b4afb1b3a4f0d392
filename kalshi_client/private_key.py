"""Loads a private key from its file, and says what a file is that holds no key Kalshi would take."""

from __future__ import annotations

import os
import re
import shlex
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_client.errors import KeyFileError

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

SMALLEST_RSA_BITS: Final = 2048  # as Kalshi makes them; the text that is signed does not even fit into 512
MAX_KEY_FILE_BYTES: Final = 65_536
NEEDED: Final = (
    "needed is an RSA key of at least 2048 bits or an Ed25519 key, in PEM form, without a password"
)

_VERSION: Final = b"\x02\x01\x00"  # the first thing in a private key's outer sequence (0x30)
_LABEL: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----")
# The body of a key in PEM form: its outer sequence begins so, of an RSA key as of an Ed25519 key.
_BODY: Final = re.compile(r"(MII|MC4CAQ)[A-Za-z0-9+/=\s]{40,}")
_NO_PRIVATE_KEY: Final = {
    "CERTIFICATE": "a certificate",
    "CERTIFICATE REQUEST": "a request for a certificate",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "SSH2 PUBLIC KEY": "a public key",
}


def looks_like_key(text: str) -> bool:
    """Whether a text that should be a name or a path has a key in it, and so must never be shown."""
    return "-----BEGIN" in text or _BODY.search(text) is not None


def load_private_key(path: Path) -> PrivateKey:
    """The key in a file. Raises KeyFileError, which says what the file is and what is needed."""
    pem = _read_private_file(path)
    label = _label(pem)
    if not label.endswith("PRIVATE KEY"):
        raise KeyFileError(f"{path} is {_other_file(label, pem)}; {NEEDED}")
    if label == "OPENSSH PRIVATE KEY":
        convert = f"ssh-keygen -p -m PKCS8 -f {shlex.quote(str(path))}"
        raise KeyFileError(f"{path} is a private key in OpenSSH's form; change its form with: {convert}")
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:  # cryptography's way of saying that a password is needed
        raise KeyFileError(f"{path} is a private key with a password; store it without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path} is a damaged or unknown private key; {NEEDED}") from None
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST_RSA_BITS
    ):
        return key
    raise KeyFileError(f"{path} is {_other_key(key)}; {NEEDED}")


def _read_private_file(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())  # of what was opened, not of what the path is by now
            _check_private(path, status.st_mode)
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: there is no such key file") from None
    except OSError as error:
        raise KeyFileError(f"{path}: the key file cannot be read: {error.strerror}") from None
    if len(content) > MAX_KEY_FILE_BYTES:
        raise KeyFileError(f"{path} is longer than any key; {NEEDED}")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in place of the file cannot hang the start


def _check_private(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise KeyFileError(f"{path} is not a file")
    if mode & 0o077:
        close = f"chmod 600 {shlex.quote(str(path))}"
        raise KeyFileError(f"{path} may be read by others (mode {stat.S_IMODE(mode):04o}); run: {close}")


def _label(content: bytes) -> str:
    """That of the first private key, or else of the first part; empty where nothing is in PEM form."""
    labels: list[str] = [label.decode() for label in _LABEL.findall(content)]
    return next((label for label in labels if label.endswith("PRIVATE KEY")), (labels or [""])[0])


def _other_file(label: str, content: bytes) -> str:
    if label:
        return _NO_PRIVATE_KEY.get(label, f"in PEM form but a {label}")
    if not content.strip():
        return "empty"
    if content.startswith(b"ssh-"):
        return "a public key"
    if content[:1] == b"0" and _VERSION in content[:16]:
        return "in DER form"
    return "no private key"


def _other_key(key: object) -> str:
    if isinstance(key, RSAPrivateKey):
        return f"an RSA key of {key.key_size} bits"
    if isinstance(key, EllipticCurvePrivateKey):
        return f"an EC key ({key.curve.name})"
    kind = type(key).__name__.removeprefix("_").removesuffix("PrivateKey")
    return f"a private key of kind {kind}"
