"""``check --online``: signs in at both venues and says what it finds there.

Of the execution venue the account, its limits and clock; of the data venue limits, clock and what its key may
do, as far as the venue tells it: nothing is tried, and no account there is read.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from cli.keys import Keys
from cli.own_exchanges import OwnExchanges
from cli.session import Session, make_session
from cli.venue_check import problem_of, problem_of_account
from execution.chosen_markets import why_refused
from execution.execution_markets import TRADED, UNLISTED
from kalshi_client.errors import RequestFailed
from kalshi_client.mapped_markets import MAP
from kalshi_client.missing_markets import Missing
from kalshi_client.rest.client import RestClient
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.records import AccountLimits
from market_data.choice_report import doubtful_lines
from market_data.market_search import MarketSearch, search_of
from settings.config_file import LoadedConfig
from settings.venue_access import VenueAccess, account_rest_for, rest_for
from trading.mapped_pair import MarketFacts
from trading.market_map import MarketMap
from trading.scope import PRIMARY
from trading.venue_time import UNMEASURED, ClockOffset

NOT_KNOWN: Final = "not known"
TICKERS: Final = "markets.tickers"
OFFERED: Final = (
    2  # markets asked about for each that is wanted: where some are missing the next best are taken
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of a look at a venue; ``problem``: the reason why it did not end."""

    lines: Sequence[str] = ()
    tickers: Sequence[str] = ()
    problem: str = ""
    mapped: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The venue's facts of markets of the map, by the data venue's ticker: the fields of MarketFacts."""


def look_online(loaded: LoadedConfig, keys: Keys, *, say: Callable[..., None]) -> None:
    """Say what both venues tell. Raises PreflightRefused with a line for each that lets no session in.

    Exchanges that the configuration asks for are started in a folder of their own, and ended.
    """
    config = loaded.config
    with tempfile.TemporaryDirectory(prefix="rl-trader-check-") as folder:
        own = OwnExchanges.start(
            config.model_copy(update={"state_dir": folder}), log=Path(folder) / "check.log"
        )
        try:
            session = make_session(
                config,
                name="check",
                started_us=0,
                exchanges=own.addresses,
                keys=keys,
                renamed=loaded.renamed,
            )
            _look(session, say)
        finally:
            own.stop()


def _look(session: Session, say: Callable[..., None]) -> None:
    data = _seen(partial(see_data, session))
    execution = _seen(partial(see_account, session, data.tickers))
    say(*data.lines, *execution.lines, *_doubts(session.renamed, data, execution))
    if not (data.problem or execution.problem):
        wanted = session.config.markets.size()
        say(_overlap(len(data.tickers), len(execution.tickers), wanted=wanted))
    found = ((session.data.name, data.problem), (session.execution.name, execution.problem))
    problems = dict.fromkeys(f"{venue}: {problem}" for venue, problem in found if problem)
    if problems:
        raise PreflightRefused(*problems)


def _seen(look: Callable[[], Seen]) -> Seen:
    """In a process of its own, in which alone the key is read."""
    told = seen_by_child(lambda: json.dumps(asdict(look())))
    try:
        return Seen(**json.loads(told))
    except (ValueError, TypeError):
        return Seen(problem=told)


def see_data(session: Session) -> Seen:
    """The data venue: the markets that are wanted, and, where it is another one, what its key may do."""
    access, config = session.data, session.config
    is_other = session.data != session.execution
    problem = problem_of(access, config.data.max_clock_offset_us()) if is_other else ""
    if problem:
        return Seen(problem=problem)
    seen = Seen()
    try:
        if is_other:
            venue = rest_for(access)
            limits = venue.account_limits()
            told = f"data from {access.label}: {_paces(limits)}; clock {_clock(venue.clock_offset())}"
            seen = replace(seen, lines=[told, *_scopes(access, venue)])
        search = search_of(config, renamed=session.renamed)
        offered = OFFERED * config.markets.size()
        found = MarketSearch(access, search, SigningClock()).look((), offered)
    except RequestFailed as error:
        return replace(seen, problem=_no_answer(error))
    mapped = {market.ticker: (market.texts.title, market.close_us) for market in found.mapped}
    named = [f"not traded: {each}" for each in found.missing]
    tickers = [market.ticker for market in found.ranked[:offered]]
    return replace(seen, lines=[*seen.lines, *named], tickers=tickers, mapped=mapped)


def see_account(session: Session, offered: Sequence[str]) -> Seen:
    """The execution venue: its account, and which of the data venue's markets may be traded there."""
    access, names = session.execution, MarketMap(session.renamed)
    wanted = {ticker: there for ticker in offered if (there := names.to_execution(ticker))}
    asked = sorted({*wanted.values(), *session.renamed.values()})
    problem = problem_of_account(access, session.config.limits())
    if problem:
        return Seen(problem=problem)
    venue = account_rest_for(access)
    try:
        limits, balance = venue.account_limits(), venue.balance(subaccount=PRIMARY)
        listed = {market.ticker: market for market in venue.markets(tickers=asked)} if asked else {}
    except RequestFailed as error:
        return Seen(problem=_no_answer(error))
    free = Decimal(sum(balance.available_e6.values())) / 1_000_000
    account = f"${free:,.2f} free, tier {limits.tier or NOT_KNOWN}, {_paces(limits)}"
    told = f"orders to {access.label}: {account}; clock {_clock(venue.clock_offset())}"
    status = {ticker: market.status for ticker, market in listed.items()}
    mapped = {
        ticker: (listed[there].texts.title, listed[there].close_us)
        for ticker, there in session.renamed.items()
        if there in listed
    }
    named = wanted if session.config.markets.tickers else {}
    lines = [told, *_refused(TICKERS, named, status), *_refused(MAP, session.renamed, status)]
    tradable = [there for there in wanted.values() if status.get(there) == TRADED]
    return Seen(lines, tradable, mapped=mapped)


def _refused(setting: str, named: Mapping[str, str], status: Mapping[str, str]) -> list[str]:
    """The named markets, execution tickers by data ticker, that take no orders at the execution venue."""
    return [
        f"not traded: {Missing(setting, ticker, why_refused(found, ticker=ticker, there=there))}"
        for ticker, there in named.items()
        if (found := status.get(there, UNLISTED)) != TRADED
    ]


def _doubts(renamed: Mapping[str, str], data: Seen, execution: Seen) -> list[str]:
    of_data, of_execution = (
        {ticker: MarketFacts(*told) for ticker, told in seen.mapped.items()} for seen in (data, execution)
    )
    return [f"warning: {MAP}: {line}" for line in doubtful_lines(renamed, of_data, of_execution)]


def _overlap(offered: int, tradable: int, *, wanted: int) -> str:
    both = f"{tradable:,} of the {offered:,} that come first at the data venue are on both venues"
    return f"markets: {wanted:,} wanted, {min(wanted, tradable):,} can be traded; {both}"


def _paces(limits: AccountLimits) -> str:
    reads, writes = limits.read.refill_per_s, limits.write.refill_per_s
    return f"{reads:g} read and {writes:g} write tokens a second"


def _clock(offset: ClockOffset) -> str:
    return NOT_KNOWN if offset == UNMEASURED else str(offset)


def _scopes(access: VenueAccess, venue: RestClient) -> list[str]:
    """The scopes of the key by the venue's word, and a warning for one that may do more than read."""
    try:
        told = next((key.scopes for key in venue.api_keys() if key.key_id == access.key_id), None)
    except RequestFailed:
        told = None
    if told is None:
        return [f"  what the key {access.key_id} may do is {NOT_KNOWN}: the venue does not tell"]
    lines = [f"  the key {access.key_id} may: {', '.join(sorted(told)) or 'nothing'}"]
    if any(not scope.startswith("read") for scope in told):
        lines.append(
            f"  warning: this key may trade at {access.name}; this program never does, and a key that may "
            "only read is enough"
        )
    return lines


def _no_answer(error: RequestFailed) -> str:
    return f"it does not answer now ({error}); try again later"
