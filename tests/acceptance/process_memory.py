"""Looks for a private key in the memory, the open files and the environment of a process (Linux)."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_WRITABLE: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \d+ *(.*)")
_PIECE: Final = 48  # bytes of a number: no other number has them
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Traces:
    """The signs that a process holds an RSA key: its PEM text and its numbers, in either order of bytes.

    OpenSSL keeps a number as words, the least one first, which here is the little-endian order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        pem = path.read_bytes()
        key = load_pem_private_key(pem, None)
        assert isinstance(key, RSAPrivateKey)
        numbers = key.private_numbers()
        self.pieces = {"PEM": pem.splitlines()[3]}
        for name in ("d", "p", "q"):
            number: int = getattr(numbers, name)
            for order in ("big", "little"):
                whole = number.to_bytes((number.bit_length() + 7) // 8, order)
                self.pieces[f"{name} {order}"] = whole[40 : 40 + _PIECE]

    def found_in(self, memory: Iterable[bytes]) -> set[str]:
        """The traces in these pieces of memory."""
        return {name for piece in memory for name, trace in self.pieces.items() if trace in piece}


def open_files(pid: int) -> set[Path]:
    """The files that a process has open. Raises OSError."""
    return {found for each in Path(f"/proc/{pid}/fd").iterdir() if (found := _target(each)) is not None}


def environment_of(pid: int) -> bytes:
    """As the process got it from whoever started it."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def _target(link: Path) -> Path | None:
    try:
        return Path(os.readlink(link))
    except OSError:
        return None  # closed meanwhile


def written_memory(pid: int) -> list[bytes]:
    """All that a process may have written and still has. Raises OSError."""
    pieces = []
    with (
        open(f"/proc/{pid}/mem", "rb", buffering=0) as memory,
        open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pages,
    ):
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            match = _WRITABLE.match(line)
            if match is None or match[3].startswith("[v"):
                continue
            for first, last in _runs(pages, int(match[1], 16), int(match[2], 16)):
                with contextlib.suppress(OSError):  # it was let go of meanwhile
                    memory.seek(first)
                    pieces.append(memory.read(last - first))
    return pieces


def _runs(pages: BinaryIO, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Where there is anything in a region: most of what is reserved was never touched."""
    pages.seek(first // _PAGE * 8)
    entries = np.frombuffer(pages.read((last - first) // _PAGE * 8), dtype="<u8")
    is_there = np.concatenate(([0], (entries >> 62) != 0, [0])).astype(np.int8)  # in memory, or swapped out
    edges = np.flatnonzero(np.diff(is_there)).reshape(-1, 2)
    yield from ((first + int(begin) * _PAGE, first + int(end) * _PAGE) for begin, end in edges)
