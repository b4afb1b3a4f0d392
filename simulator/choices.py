"""This exchange's choices where the protocol page says "unpublished" or contradicts itself.

Every field is a CHOICE: a client could depend on the other answer, so each can be set
(``python run.py exchange --choice NAME=VALUE``). The defaults suit the widest range of clients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

_WORDS: Final = {"true": True, "false": False}


class ChoiceError(ValueError):
    """A name or value that is no choice."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Section numbers are those of the protocol page."""

    omit_empty_sides: bool = False
    """5.5: leave an empty side out of a snapshot instead of sending ``[]``."""

    sends_sending_ts: bool = True
    """5.3: ``sending_ts_ms`` on every WebSocket message."""

    yes_price_by_default: bool = False
    """5.5: ``use_yes_price`` of a subscription that does not say; Kalshi will flip it to true."""

    ok_takes_number: bool = True
    """5.4: an ``ok`` consumes a sequence number; else it repeats the last one."""

    keeps_sid: bool = True
    """5.2: subscribing again to a channel merges into its sid; else it makes another sid."""

    ignores_unknown_markets: bool = False
    """5.2: a WebSocket command goes on without the markets it names in vain; else error 11 names them."""

    best_level_first: bool = False
    """3.2: order of the levels of a REST book; seen is best last, the endpoint's text says best first."""

    most_markets_per_subscription: int = 100_000
    """5.1: more are refused with error 26."""

    most_markets_per_session: int = 500_000
    """5.1"""

    most_commands_per_s: int = 10_000
    """5.1: more are refused with error 27."""

    most_connections: int = 200
    """5.1: WebSockets of one account; the next upgrade is refused with 429."""

    weekly_pause: bool = False
    """3.1: no creates and amends on Thursday from 03:00 to 05:00 ET; else open day and night."""

    archive_after_s: int = 90 * 86_400
    """3.1, 3.3: records older than this are found under ``/historical`` only."""

    clock_window_s: int = 30
    """1.3: how far a request's timestamp may be from the exchange's clock, to either side."""

    insufficient_balance_status: int = 400
    """2.3: HTTP status of ``insufficient_balance``."""

    market_inactive_status: int = 400
    """2.3: HTTP status of ``market_inactive``."""

    decrease_to_zero: bool = True
    """11: a decrease may take all that is left, which cancels the order; else it is refused."""

    partial_ioc_is_executed: bool = False
    """11: status of an immediate_or_cancel that filled in part; else it is ``canceled``."""

    sends_direction_fields: bool = True
    """11: ``side``, ``action``, ``is_yes``, ``purchased_side``, ``taker_side`` are still sent."""

    marks_at_last_price: bool = False
    """11: ``portfolio_value`` takes positions at the last trade; else at the best bid of what is held."""

    trade_fee_unit_e6: int = 100
    """7.3 step 1, in millionths of a dollar: a fee is rounded up to $0.0001; a later reading says 1."""

    fee_rebate_unit_e6: int = 10_000
    """7.3 step 3, in millionths of a dollar: what a full accumulator gives back."""

    @staticmethod
    def read(settings: Iterable[str]) -> Choices:
        """From ``NAME=VALUE`` texts. Raises ChoiceError."""
        chosen: dict[str, bool | int] = {}
        defaults = asdict(Choices())
        for setting in settings:
            name, _, text = setting.partition("=")
            if name not in defaults:
                raise ChoiceError(f"{name!r} is none of {', '.join(defaults)}")
            is_flag = isinstance(defaults[name], bool)
            value = _WORDS.get(text) if is_flag else int(text) if text.isdecimal() else None
            if value is None:
                raise ChoiceError(f"{name} must be {'true or false' if is_flag else 'a whole number'}")
            if name.endswith("_status") and not 400 <= value < 500:
                raise ChoiceError(f"{name} must be from 400 to 499")
            if name.endswith("_unit_e6") and not 0 < value <= 1_000_000:
                raise ChoiceError(f"{name} must be from 1 to 1000000")
            chosen[name] = value
        return Choices(**chosen)  # type: ignore[arg-type]
