"""The lines about the account: what page and socket show, held to the venue's own figures."""

from __future__ import annotations

from collections.abc import Iterator

from cli.checklist.account_figures import ACCOUNT_KINDS, RESULT_KINDS, SOCKET_KINDS
from cli.checklist.comparison import CASH, Comparison
from cli.checklist.evidence import Compared
from cli.checklist.lines import Line, line
from cli.checklist.order_lines import differences
from cli.checklist.recorded_figures import FILL
from trading.market import format_money_e6


def balance_line(compared: Compared) -> Line:
    """There is paper money to trade with."""
    if compared.venue is None:
        return line("balance", compared.unread, "> $0", holds=None)
    available_e6 = sum(compared.venue.available_e6.values())
    return line("balance", f"{_dollars(available_e6)} available at the venue", "> $0", holds=available_e6 > 0)


def account_lines(compared: Compared) -> Iterator[Line]:
    """Positions, balance, results and open orders; each says at how many fills it was compared."""
    fills = compared.ledger.tell((FILL,)).equal
    yield _compared("positions and balance", compared.page, ACCOUNT_KINDS, fills)
    yield _compared("realised P&L and fees", compared.page, RESULT_KINDS, fills, detail=_results(compared))
    yield _compared("/rl/ws against the venue", compared.socket, SOCKET_KINDS, fills)


def _compared(
    name: str, comparison: Comparison, kinds: tuple[str, ...], fills: int, *, detail: str = ""
) -> Line:
    limit = "equal to the venue's REST"
    told = comparison.tell(kinds)
    moving = f", {told.moving:,} never stood still" if told.moving else ""
    figure = f"{detail}{told.equal:,} figures equal at {fills:,} fills{moving}{differences(told.different)}"
    if told.different:
        return line(name, figure, limit, holds=False)
    is_cash_missing = CASH in kinds and CASH not in comparison.equal
    return line(name, figure, limit, holds=None if not fills or is_cash_missing else True)


def _results(compared: Compared) -> str:
    if compared.venue is None:
        return ""
    held = compared.venue.positions.values()
    realised_e6, fees_e6 = sum(each.realised_e6 for each in held), sum(each.fees_e6 for each in held)
    return f"{_dollars(realised_e6)} and {_dollars(fees_e6)} at the venue; "


def _dollars(money_e6: int) -> str:
    return f"{'-' if money_e6 < 0 else ''}${format_money_e6(abs(money_e6))}"
