"""Signs requests with the account's private key (protocol 1.2)."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kalshi_client.errors import KeyFileError
from kalshi_client.private_key import PrivateKey, load_private_key

_KEY_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")  # it becomes a header: no spaces, no line ends
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


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
        return Signer(key_id, load_private_key(Path(path)))

    def headers(self, method: str, path: str, *, timestamp_ms: int) -> dict[str, str]:
        """The three signed headers. ``path`` is the whole path; its query is not signed."""
        text = f"{timestamp_ms}{method.upper()}{path.partition('?')[0]}".encode()
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": str(timestamp_ms),
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(self._sign(text)).decode(),
        }

    def fingerprint(self) -> str:
        """Tells this key from any other, by its public half alone."""
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(public).hexdigest()

    def has_signed(self, signature: bytes, text: bytes) -> bool:
        """Whether a holder of this very key has signed the text."""
        try:
            if isinstance(self._key, Ed25519PrivateKey):
                self._key.public_key().verify(signature, text)
            else:
                self._key.public_key().verify(signature, text, _PSS, hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def _sign(self, text: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(text)
        return self._key.sign(text, _PSS, hashes.SHA256())

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Signer holds a private key and never travels in a message")
