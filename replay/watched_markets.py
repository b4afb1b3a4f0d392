"""The markets of a session as they were at each of its batches, played from the watchers' tapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from market_data.played_trades import TradeRow, trade_columns
from market_data.tape_player import TapeDamaged, TapePlayer
from persistence.tape.outbox import TapeGap
from replay.recording import Recording, RecordingDamaged
from trading.decision import DecidedBatch, WatcherBatch
from trading.observation_batches import SeenBatch, Together
from trading.tape_rows import TapePiece

MOST_NOTES: Final = 20

Heard = Callable[[TapePlayer, TapePiece, int], None]
"""Plays a piece up to a row, for who has to see each change on the way."""


class NotPlayable(Exception):
    """The observation of a batch is not on the tape; the text says why."""


class NotWrittenYet(NotPlayable):
    """The tape ends before the batch."""


class WatchedMarkets:
    """The tapes of all watchers of one session. ``changes``: of books, in the pieces that were played."""

    def __init__(self, recording: Recording, play: Heard = TapePlayer.play) -> None:
        self.notes: list[str] = []
        """What is missing or damaged of the tapes, as far as it was needed."""
        self.changes = 0
        self._recording = recording
        self._play = play
        self._tapes: dict[int, _Tape] = {}  # by shard: a watcher that is replaced never comes back

    def observe(self, batches: Sequence[DecidedBatch]) -> tuple[list[NotPlayable | None], Together]:
        """The markets of each batch as the Selector was shown them but for the account, or why that is lost.

        They have to follow each other, and those of earlier calls.
        """
        lost: list[NotPlayable | None] = []
        found: list[SeenBatch] = []
        trades: list[TradeRow] = []
        for batch in batches:
            try:
                seen, rows = self._see(batch)
            except NotPlayable as reason:
                lost.append(reason)
            else:
                lost.append(None)
                found.append(seen)
                trades += rows
        return lost, Together(found, trade_columns(trades))

    def _see(self, batch: DecidedBatch) -> tuple[SeenBatch, list[TradeRow]]:
        watcher = batch.watcher
        if not watcher.tape_no:
            raise NotPlayable("no tape was recorded with it")
        player = self._tape(watcher).advance(watcher.tape_no)
        if (player.batch_no, player.observed_us) != (watcher.batch_no, batch.observed_us):
            raise NotPlayable(f"row {watcher.tape_no} of the tape of {_name(watcher)} is not this batch")
        held = player.books.held.books
        if not all(ticker in held for ticker in batch.tickers):
            raise NotPlayable(f"the tape of {_name(watcher)} does not hold all of its markets there")
        return player.see(dict(zip(batch.tickers, batch.changed_us, strict=True)))

    def player(self, shard: int) -> TapePlayer | None:
        """The books of a shard, as of its newest batch."""
        tape = self._tapes.get(shard)
        return None if tape is None else tape.player

    def players(self) -> list[TapePlayer]:
        """The books of all shards."""
        return [tape.player for tape in self._tapes.values()]

    def _tape(self, watcher: WatcherBatch) -> _Tape:
        tape = self._tapes.get(watcher.shard)
        if tape is None or tape.incarnation != watcher.incarnation:
            tape = self._tapes[watcher.shard] = _Tape(self, self._recording, watcher)
        return tape

    def play(self, player: TapePlayer, piece: TapePiece, upto_no: int) -> None:
        self._play(player, piece, upto_no)

    def note(self, text: str) -> None:
        """Remember what is wrong with a tape, once."""
        if text not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(text)


class _Tape:
    """One watcher's life, played as far as it was needed."""

    def __init__(self, markets: WatchedMarkets, recording: Recording, watcher: WatcherBatch) -> None:
        self.player = TapePlayer()
        self.incarnation = watcher.incarnation
        self._markets = markets
        self._name = _name(watcher)
        self._parts = recording.tape(watcher.shard, watcher.incarnation)
        self._gaps = recording.gaps(watcher.shard, watcher.incarnation)
        self._piece: TapePiece | None = None
        self._is_broken = False  # until everything is told again

    def advance(self, upto_no: int) -> TapePlayer:
        """Play up to this row. Raises NotPlayable where it is missing."""
        self._name_gaps(upto_no)
        player = self.player
        while player.played_no < upto_no:
            piece = self._next_piece()
            if piece is None:
                raise NotWrittenYet(f"the tape of {self._name} ends with row {player.played_no}")
            if piece.first_no > upto_no:
                raise NotPlayable(f"rows up to {piece.first_no - 1} of the tape of {self._name} are missing")
            if self._is_broken and not piece.begins_anew:
                self._piece = None
                continue
            try:
                self._markets.play(player, piece, upto_no)
            except TapeDamaged as damage:
                self._markets.note(f"the tape of {self._name} is damaged: {damage}")
                self._is_broken, self._piece = True, None
            else:
                self._is_broken = False
        return player

    def _next_piece(self) -> TapePiece | None:
        """The piece that has the row after the last one played; None behind the end."""
        while self._piece is None or self._piece.last_no <= self.player.played_no:
            try:
                part = next(self._parts, None)
            except RecordingDamaged as damage:
                self._markets.note(str(damage))
                self._parts = iter(())
                return None
            if part is None:
                return None
            if isinstance(part, TapeGap):
                self._markets.note(
                    f"rows {part.first_no} to {part.last_no} of the tape of {self._name}: {part.why}"
                )
                self._is_broken = True
            else:
                self._piece = part
                self._markets.changes += part.changes
        return self._piece

    def _name_gaps(self, upto_no: int) -> None:
        while self._gaps and self._gaps[0].first_no <= upto_no:
            gap = self._gaps.pop(0)
            self._markets.note(
                f"rows {gap.first_no} to {gap.last_no} of the tape of {self._name} are missing: {gap.why}"
            )


def _name(watcher: WatcherBatch) -> str:
    return f"watcher {watcher.shard}, incarnation {watcher.incarnation}"
