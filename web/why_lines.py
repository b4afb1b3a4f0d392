"""The JSON of ``/rl/why`` as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from trading.printable import printable

_ANY: Final = "any order"


def why_lines(why: Mapping[str, Any]) -> list[str]:
    """The verdict first, then what would have to be different, then the decisions."""
    lines = [f"{why['ticker']}: {why['verdict']}", *_now(why), *_needed(why), *_decisions(why)]
    lines += [f"note: {note}" for note in why["notes"]]
    return [printable(line) for line in lines]


def _now(why: Mapping[str, Any]) -> Iterator[str]:
    state, market = why["state"], why["market"]
    if state is None or market is None:
        session = f"session {why['session']}" if why["session"] else "no session is known that"
        yield f"{session} does not run: what keeps orders back now is not known"
        return
    reason = f" ({state['reason']})" if state["reason"] else ""
    yield f"session {why['session']}: {state['state'] or 'state unknown'}{reason}"
    if state["silent"]:
        yield f"no answer from {', '.join(state['silent'])}"
    if market["tradable"] is not None:
        yes, no = _level(market["yes"]), _level(market["no"])
        may = "may be traded on" if market["tradable"] else f"may not be traded on: {market['reason']}"
        yield f"its book: YES bid {yes}, NO bid {no}; it {may}"
    if market["position"] is not None:
        orders = [f"{row['order']} {row['action']} {row['state']}" for row in market["orders"]]
        yield f"held: {_held(market['position'])}; own orders: {', '.join(orders) or 'none'}"


def _level(levels: Sequence[Sequence[str]]) -> str:
    return f"{levels[0][0]} × {levels[0][1]}" if levels else "none"


def _needed(why: Mapping[str, Any]) -> Iterator[str]:
    if why["needed"] is None:
        return
    yield "For an order to leave now:"
    by_action = {action: list(against) for action, against in why["needed"].items()}
    lists = list(by_action.values())
    everywhere = [each for each in lists[0] if all(each in others for others in lists[1:])]
    for each in everywhere:
        yield f"  {_ANY:<9} {each['reason']}: {each['sentence']}"
    for action, against in by_action.items():
        for each in against:
            if each not in everywhere:
                yield f"  {action:<9} {each['reason']}: {each['sentence']}"
        if not against:
            yield f"  {action:<9} {_free(why['strategy'])}"


def _free(strategy: Mapping[str, Any] | None) -> str:
    if strategy is None:
        return "nothing keeps it back; the strategy has not been asked about this market yet"
    return (
        f"nothing keeps it back; the strategy has to want it: it last said {strategy['action']}"
        f" ({strategy['reason']}) and sees the market again when its book changes, in"
        f" {strategy['again_in_ms']:,} ms at the earliest (strategy.throttle_s)"
    )


def _decisions(why: Mapping[str, Any]) -> Iterator[str]:
    counts = why["counts"]
    if not counts["decisions"]:
        return
    whole = "in all" if counts["all"] else "looked at"
    yield f"Decisions: {counts['decisions']:,} {whole} since {_time(counts['since_us'])}; the latest:"
    for row in why["decisions"]:
        seen = row["seen"]
        best = f"YES bid {seen['bid'] or '-'} ask {seen['ask'] or '-'}"
        told = f"{best} held {_held(seen['position'])}{_rests(seen)}"
        yield f"  {_time(row['at_us'])} {row['action']:<8} {_came(row)}".rstrip()
        yield f"      {row['reason']} | {told}, changed {seen['changed_ms_ago']:,} ms before"


def _held(position: str) -> str:
    """``2.00 NO``."""
    outcome = "" if float(position) == 0 else " NO" if position.startswith("-") else " YES"
    return f"{position.removeprefix('-')}{outcome}"


def _rests(seen: Mapping[str, Any]) -> str:
    resting = seen["resting"]
    return "".join(
        f" own YES {side} {resting[side]} × {resting[f'{side}_count']}"
        for side in ("bid", "ask")
        if resting[side]
    )


def _came(row: Mapping[str, Any]) -> str:
    """The outcome of it."""
    if (order := row["order"]) is not None:
        said = f" ({order['said']})" if order["said"] else ""
        filled = f"{order['filled']} of {order['count']}"
        price = f"{order['outcome']} {order['outcome_price']}"
        return f"→ {order['order']} at {price}: {order['state']}, {filled} filled{said}"
    if row["refused_by"]:
        return f"→ refused by {row['refused_by']}: {row['outcome']}"
    return "→ nothing came of it: OrderManager did not take it up" if row["outcome"] != "hold" else ""


def _time(at_us: int) -> str:
    seconds, us = divmod(at_us, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{us // 1000:03d}Z"
