"""The keys that the exchange makes for its users, and the files in which they find them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from simulator.access.signatures import PSS, PublicKey

KeyKind = Literal["rsa", "ed25519"]

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


class KeyGone(Exception):
    """The file of a key was removed or spoilt."""


class KeyFolder:
    """Private keys as PEM files, one for each name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: dict[str, PrivateKey] = {}

    def path_of(self, name: str) -> Path:
        return self._path / f"{name}.pem"

    def make(self, name: str, kind: KeyKind = "rsa") -> PublicKey:
        """Write a fresh key, in place of one of that name, and give its public half."""
        self._loaded.pop(name, None)
        return make_private_key(self.path_of(name), kind)

    def sign(self, name: str, text: bytes, *, public_key: PublicKey) -> bytes:
        """By the key of that name. Raises KeyGone unless its file holds the one with this public half."""
        key = self._loaded.get(name)
        if key is None:
            key = self._loaded[name] = _load(self.path_of(name))
        if key.public_key() != public_key:
            raise KeyGone(f"{self.path_of(name)} holds another key")
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(text, PSS, hashes.SHA256())
        return key.sign(text)


def make_private_key(path: Path, kind: KeyKind = "rsa") -> PublicKey:
    """Write a fresh key as PEM, readable by its owner alone, and give its public half."""
    if kind == "rsa":
        return _write(rsa.generate_private_key(public_exponent=65_537, key_size=2048), path)
    return _write(ed25519.Ed25519PrivateKey.generate(), path)


def is_name(text: str) -> bool:
    """Whether an account may be called so: the name is a file's too."""
    return _NAME.fullmatch(text) is not None


def public_pem(key: PublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def read_public_pem(pem: str) -> PublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, PublicKey)
    return key


def _load(path: Path) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyGone(f"{path}: {error}") from error
    if not isinstance(key, PrivateKey):
        raise KeyGone(f"{path} holds a key of another kind")
    return key


def _write(key: PrivateKey, path: Path) -> PublicKey:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Created with its final mode: there is no moment in which others could read it.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return key.public_key()
