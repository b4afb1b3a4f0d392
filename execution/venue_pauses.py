"""Whether the execution venue answers and takes orders, on each of its shards (protocol 3.1).

A venue that leaves the reads of its status unanswered, or answers that it cannot, is away. A pause is learnt
from that status, read every few seconds, or from the first order or cancel that is refused because of it.
An order or a cancel that is answered by a redirect, which is not followed, is taken for such a refusal by
every shard. All of it ends with a status that was asked for later, and orders go on only once the account
has been checked: much may have happened to it that nobody told. Times are monotonic seconds given by the
caller unless the name says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from kalshi_client.repeated_read import status_reads
from kalshi_client.rest.outcomes import REDIRECTED
from kalshi_client.wire.records import ExchangeStatus, Paused

AWAY_READS: Final = 2  # unanswered in a row: one may be lost
CHECKING: Final = "checking the account before orders go on"
AWAY: Final = "the venue does not answer"
HOLD_S: Final = 2.0  # after a refusal that the status does not know of; doubles each time in a row
MOST_HOLD_S: Final = 30.0

CODES: Final[dict[str, Paused]] = {"trading_is_paused": "trading", "exchange_is_paused": "exchange"}  # (2.3)
_WORDS: Final = {"trading": "the venue has paused trading", "exchange": "the venue has paused, cancels too"}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Believed until a status that was asked for at ``until`` or later."""

    what: Paused
    until: float


@dataclass(frozen=True, slots=True)
class _Redirect:
    """Of an order or a cancel, on whatever shard; believed as long as a refusal."""

    how: str  # "redirected to …"
    until: float


class VenuePauses:
    """The permissions of the venue's latest words. ``first_check``: a number that no check of the account
    had before."""

    def __init__(self, *, first_check: int) -> None:
        self._check = first_check
        self._status: ExchangeStatus | None = None
        self._refusals: dict[int, _Refusal] = {}  # by shard
        self._in_a_row: dict[int, int] = {}  # refusals by shard, since an order of it was accepted
        self._redirect: _Redirect | None = None
        self._redirects_in_a_row = 0  # since an order was accepted
        self._unchecked: set[int] = set()  # shards whose pause is over, and the account not checked since
        self._unanswered = 0  # reads in a row
        self._reads = status_reads()

    # --- the venue's words -----------------------------------------------------------------------

    def next_read(self, now: float) -> bool:
        """Whether to read the status now; that read has then begun."""
        return self._reads.begins(now)

    def read_failed(self, now: float, *, is_away: bool = False) -> None:
        """The read came to nothing: what was known still holds. ``is_away``: the venue did not answer, or
        could not."""
        self._reads.ended(now, again_soon=True)
        self._unanswered = self._unanswered + 1 if is_away else 0

    def learn(self, status: ExchangeStatus, now: float, *, shards: Collection[int]) -> None:
        """Take in the status that was asked for; ``shards``: those on which there is anything to trade."""
        asked_at = now if self._reads.asked_at is None else self._reads.asked_at
        known = {*shards, *self._refusals}
        holds_all = self.is_away or self._redirect is not None
        before = {shard for shard in known if holds_all or self.paused(shard)}
        self._status, self._unanswered = status, 0
        self._refusals = {shard: each for shard, each in self._refusals.items() if each.until > asked_at}
        if self._redirect is not None and self._redirect.until <= asked_at:
            self._redirect = None
        is_redirected = self._redirect is not None
        if over := {shard for shard in before if not (is_redirected or self.paused(shard))}:
            self._unchecked |= over
            self._check += 1
        is_held = is_redirected or any(self.paused(shard) for shard in {*shards, *self._refusals})
        self._reads.ended(now, again_soon=is_held)

    def accepted(self, shard: int) -> None:
        """An order of this shard was accepted."""
        self._in_a_row.pop(shard, None)
        self._redirects_in_a_row = 0

    def refused(self, shard: int, code: str, now: float, *, detail: str = "") -> None:
        """An order or a cancel of this shard was refused, or not answered as it should be."""
        if code == REDIRECTED:
            if self._redirect is None:  # else it was sent before the answer to another one held them back
                self._redirects_in_a_row += 1
            self._redirect = _Redirect(detail, now + _hold_s(self._redirects_in_a_row))
        elif what := CODES.get(code.lower()):
            self._in_a_row[shard] = self._in_a_row.get(shard, 0) + 1
            self._refusals[shard] = _Refusal(what, now + _hold_s(self._in_a_row[shard]))
        else:
            return
        self._reads.hasten(now)  # when it goes on, only the status tells

    def checked(self, number: int) -> None:
        """The account has been checked, from a read that began after the check was asked for."""
        if number == self._check:
            self._unchecked.clear()

    # --- what follows ----------------------------------------------------------------------------

    @property
    def check(self) -> int:
        """The number of the check of the account that orders wait for; 0 while they wait for none."""
        return self._check if self._unchecked else 0

    @property
    def is_away(self) -> bool:
        """Whether the venue does not answer."""
        return self._unanswered >= AWAY_READS

    @property
    def is_clear(self) -> bool:
        """Whether nothing is known that keeps an order from any shard."""
        told = self._status is not None and not self._status.is_open
        return not (self._refusals or self._redirect or self._unchecked or self.is_away or told)

    def paused(self, shard: int) -> Paused:
        """The pause of this shard now."""
        refusal = self._refusals.get(shard)
        told: Paused = "" if self._status is None else self._status.paused(shard)
        said = {told, refusal.what if refusal else ""}
        return "exchange" if "exchange" in said else "trading" if "trading" in said else ""

    def holds(self, shard: int) -> str:
        """Why no order may be sent to this shard; "" when one may."""
        if self.is_away:
            return AWAY
        if self._redirect is not None:
            return f"orders are {self._redirect.how}"
        if paused := self.paused(shard):
            return _WORDS[paused] + ("" if self._status is None else self._status.resumption())
        return CHECKING if shard in self._unchecked else ""

    def holds_all(self, shards: Collection[int]) -> str:
        """Why no order may be sent to any of these; "" when one may be sent to some."""
        reasons = [self.holds(shard) for shard in sorted(shards)]
        return reasons[0] if reasons and all(reasons) else ""

    def summary(self, shards: Collection[int]) -> str:
        """Why no order may be sent to some of these, in a line; "" when one may be sent to all."""
        held: dict[str, list[str]] = {}
        for shard in sorted(shards):
            if reason := self.holds(shard):
                held.setdefault(reason, []).append(str(shard))
        if everywhere := self.holds_all(shards):
            return everywhere
        return "; ".join(f"{reason} (shard {', '.join(names)})" for reason, names in held.items())

    def condition(self, shards: Collection[int]) -> tuple[str, str]:
        """``live``, ``paused`` or ``down``, and why; some shards may be paused while the venue is live."""
        is_down = self.is_away or self._redirect is not None
        state = "down" if is_down else "paused" if self.holds_all(shards) else "live"
        return state, self.summary(shards)

    def report(self) -> dict[str, Any] | None:
        """For people; None before the venue has said anything of itself."""
        status = self._status
        if status is None:
            return None
        return {
            "exchange_active": status.exchange_active,
            "trading_active": status.trading_active,
            "paused_shards": sorted(status.paused_shards | self._refusals.keys()),
            "resumes_us": status.resumes_us,
        }


def _hold_s(times: int) -> float:
    """The time for which the latest of so many refusals in a row is believed."""
    return float(min(MOST_HOLD_S, HOLD_S * 2.0 ** min(times - 1, 10)))
