"""A piece of the tape as bytes that say of themselves what they are, and whether they are whole."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from persistence.tape.columns import pack_columns, unpack_columns
from trading.tape_rows import TapePiece

try:
    import zstandard
except ImportError:  # it packs as well, and takes four times as long
    zstandard = None  # type: ignore[assignment]

PLAIN: Final = 0  # neither columns nor compression: for a moment, and quick
ZLIB: Final = 1
ZSTD: Final = 2
_LEVELS: Final = {ZLIB: 1, ZSTD: 3}  # of effort: higher ones gain little and cost double
_MAGIC: Final = b"RLT2"
_EARLIER: Final = b"RLT1"  # of versions that packed prices otherwise, under the same number
# magic, codec, rows, first_no, t0_us, t1_us, first_text, bytes of the texts and of all when unpacked
_HEAD: Final = struct.Struct("<4sBIQqqIII")
_CHECKSUM: Final = struct.Struct("<I")
_BEGIN: Final = _HEAD.size + _CHECKSUM.size
MOST_BYTES: Final = 1 << 28  # of an unpacked piece; what says more is damaged


class PieceDamaged(Exception):
    """These bytes are not what was packed."""


class TapeCodec:
    """Packs and unpacks pieces, in one thread. ``number`` is how it packs; it unpacks whatever it can."""

    def __init__(self, number: int = ZLIB if zstandard is None else ZSTD) -> None:
        self.number = number
        self._ways = {number: _ways(number)}

    def pack(self, piece: TapePiece) -> bytes:
        texts = "\0".join(piece.texts).encode()
        if piece.texts:
            texts += b"\0"
        columns = np.stack(piece.columns).tobytes() if self.number == PLAIN else pack_columns(piece)
        body = texts + columns
        head = _HEAD.pack(
            _MAGIC,
            self.number,
            len(piece.kind),
            piece.first_no,
            piece.t0_us,
            piece.t1_us,
            piece.first_text,
            len(texts),
            len(body),
        )
        packed = self._ways[self.number].compress(body)
        return head + _CHECKSUM.pack(zlib.crc32(packed, zlib.crc32(head))) + packed

    def unpack(self, packed: bytes) -> TapePiece:
        """Raises PieceDamaged, if but one byte is not what it was."""
        if packed.startswith(_EARLIER):
            raise PieceDamaged("an earlier version wrote it, in a form that this one does not read")
        if len(packed) < _BEGIN or not packed.startswith(_MAGIC):
            raise PieceDamaged("it does not begin like a piece of a tape")
        head, body = packed[: _HEAD.size], packed[_BEGIN:]
        if _CHECKSUM.unpack_from(packed, _HEAD.size)[0] != zlib.crc32(body, zlib.crc32(head)):
            raise PieceDamaged("its checksum is wrong")
        _, number, rows, first_no, t0_us, t1_us, first_text, text_bytes, size = _HEAD.unpack(head)
        if size > MOST_BYTES:
            raise PieceDamaged(f"it says that it is {size} bytes long")
        try:
            ways = self._ways.setdefault(number, self._ways.get(number) or _ways(number))
            whole = ways.decompress(body, size)
            packed_columns = whole[text_bytes:]
            kind, a, b, c = (
                np.frombuffer(packed_columns, np.int64, 4 * rows).reshape(4, rows)
                if number == PLAIN
                else unpack_columns(packed_columns, rows)
            )
            texts = whole[:text_bytes].decode().split("\0")[:-1]
        except (ValueError, KeyError, IndexError, zlib.error) as error:
            raise PieceDamaged(f"it cannot be unpacked ({error})") from error
        return TapePiece(first_no, t0_us, t1_us, kind, a, b, c, first_text, tuple(texts))


class _Ways(NamedTuple):
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes, int], bytes]
    """To so many bytes."""


def _ways(number: int) -> _Ways:
    if number == PLAIN:
        return _Ways(bytes, lambda body, _: body)
    if number == ZLIB:
        return _Ways(_zip, _unzip)
    if number != ZSTD:
        raise PieceDamaged(f"it is packed in a way that is not known here, {number}")
    if zstandard is None:
        raise PieceDamaged("it is packed with zstandard, which is not installed: pip install zstandard")
    decompressor = zstandard.ZstdDecompressor()

    def decompress(body: bytes, size: int) -> bytes:
        try:
            return decompressor.decompress(body, max_output_size=size)
        except zstandard.ZstdError as error:
            raise ValueError(error) from error

    return _Ways(zstandard.ZstdCompressor(level=_LEVELS[ZSTD]).compress, decompress)


def _zip(body: bytes) -> bytes:
    return zlib.compress(body, _LEVELS[ZLIB])


def _unzip(body: bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(body, size)
