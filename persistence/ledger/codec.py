"""Events of the ledger as rows: a number for the kind, the time, and the other values in their order.

The names of the values are said once, in the table ``event_kind``: written with every event they would be
more than half of it. A field is only ever added at the end, with a default.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, Final, NamedTuple

import msgspec

from trading.events import (
    AccountOpened,
    Answered,
    BalanceSeen,
    CancelAnswered,
    CancelStarted,
    CashMoved,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    MarketSeen,
    OrderSeen,
    Reconciled,
    Refused,
    SendStarted,
    SessionEnded,
    SessionStarted,
    SessionValued,
    SettlementSeen,
)

KINDS: Final[dict[type[LedgerEvent], int]] = {
    IntentRecorded: 1,
    SendStarted: 2,
    Answered: 3,
    CancelStarted: 4,
    CancelAnswered: 5,
    Refused: 6,
    AccountOpened: 11,
    FillSeen: 12,
    OrderSeen: 13,
    SettlementSeen: 14,
    CashMoved: 15,
    BalanceSeen: 16,
    Reconciled: 17,
    SessionStarted: 21,
    SessionEnded: 22,
    MarketSeen: 23,
    SessionValued: 24,
}
_TIME: Final = "at_us"
_FIELDS: Final[dict[int, tuple[Field[Any], ...]]] = {
    number: tuple(field for field in fields(kind) if field.name != _TIME) for kind, number in KINDS.items()
}
_DECODERS: Final[dict[int, msgspec.json.Decoder[LedgerEvent]]] = {
    number: msgspec.json.Decoder(kind) for kind, number in KINDS.items()
}


class StoredEvent(NamedTuple):
    """An event as ``ledger_event`` holds it."""

    kind: int
    at_us: int
    payload: str


def field_names(kind: int) -> list[str]:
    """The names of a payload's values."""
    return [field.name for field in _FIELDS[kind]]


def stored(event: LedgerEvent) -> StoredEvent:
    """The event as a row."""
    kind = KINDS[type(event)]
    values = [getattr(event, field.name) for field in _FIELDS[kind]]
    while values and _is_default(_FIELDS[kind][len(values) - 1], values[-1]):
        values.pop()
    return StoredEvent(kind, event.at_us, json_text(values))


def event_of(kind: int, at_us: int, payload: list[Any]) -> LedgerEvent:
    """The event that a row holds. Raises ValueError for one that this program did not write."""
    known = _DECODERS.get(kind)
    if known is None or len(payload) > len(_FIELDS[kind]):
        raise ValueError(f"an event of kind {kind} with {len(payload)} values is not known here")
    values = {field.name: value for field, value in zip(_FIELDS[kind], payload, strict=False)}
    try:
        return known.decode(msgspec.json.encode({_TIME: at_us, **values}))
    except msgspec.ValidationError as error:
        raise ValueError(f"an event of kind {kind} cannot be read: {error}") from error


def as_read_back(event: LedgerEvent) -> LedgerEvent:
    """The event as ``event_of`` will give it."""
    kind, at_us, payload = stored(event)
    return event_of(kind, at_us, msgspec.json.decode(payload))


def json_text(value: Any) -> str:
    """As JSON that PostgreSQL takes: it has no character for zero."""
    text = msgspec.json.encode(value).decode()
    return msgspec.json.encode(_cleaned(msgspec.to_builtins(value))).decode() if "\\u0000" in text else text


def clean(text: str) -> str:
    """As text that PostgreSQL takes."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case dict():
            return {_cleaned(key): _cleaned(each) for key, each in value.items()}
        case list() | tuple():
            return [_cleaned(each) for each in value]
        case _:
            return value


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default)
    return field.default_factory is not MISSING and bool(value == field.default_factory())
