"""REST: candlesticks of one market, of many, and of those in the archive (protocol 3.2, 3.3)."""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from simulator.engine.candlesticks import PERIODS_S, Candle, PriceSpan
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, cut_of
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.historical import has_moved
from simulator.surface.rest.market_bodies import Body
from simulator.surface.rest.markets import live_market
from simulator.surface.rest.paging import query_flag, query_int, query_list
from trading.market import format_count_e2, format_price_e4

MOST_MARKETS: Final = 100
MOST_CANDLES: Final = 10_000  # of a batch

routes = web.RouteTableDef()


class WantedCandles(NamedTuple):
    start_s: int
    end_s: int
    period: int
    with_latest_before: bool


@routes.get(f"{REST_PREFIX}/series/{{series_ticker}}/markets/{{ticker}}/candlesticks")
async def candlesticks(request: web.Request) -> web.Response:
    listed, wanted = live_market(request, request.match_info["ticker"]), _wanted(request)
    if listed.market.series_ticker != request.match_info["series_ticker"]:
        raise Declined("market_not_found")
    found = _find(request, listed.ticker, wanted)
    return json_answer({"ticker": listed.ticker, "candlesticks": [candle_body(candle) for candle in found]})


@routes.get(f"{REST_PREFIX}/markets/candlesticks")
async def batch_candlesticks(request: web.Request) -> web.Response:
    tickers, wanted = query_list(request, "market_tickers"), _wanted(request)
    if not 1 <= len(tickers) <= MOST_MARKETS:
        raise Declined("invalid_parameters", f"1 to {MOST_MARKETS} market_tickers")
    found = {ticker: _find(request, live_market(request, ticker).ticker, wanted) for ticker in tickers}
    if sum(map(len, found.values())) > MOST_CANDLES:
        raise Declined("invalid_parameters", f"more than {MOST_CANDLES} candlesticks")
    bodies = [
        {"market_ticker": ticker, "candlesticks": [candle_body(candle) for candle in candles]}
        for ticker, candles in found.items()
    ]
    return json_answer({"markets": bodies})


@routes.get(f"{REST_PREFIX}/series/{{series_ticker}}/events/{{event_ticker}}/candlesticks")
async def event_candlesticks(request: web.Request) -> web.Response:
    """Of all markets of an event, in its order."""
    wanted = _wanted(request)
    event = request.app[EXCHANGE].world.events.get(request.match_info["event_ticker"])
    if event is None or event.series.ticker != request.match_info["series_ticker"]:
        raise Declined("not_found")
    found = [_find(request, ticker, wanted) for ticker in event.market_tickers]
    if sum(map(len, found)) > MOST_CANDLES:
        raise Declined("invalid_parameters", f"more than {MOST_CANDLES} candlesticks")
    bodies = [[candle_body(candle) for candle in candles] for candles in found]
    tickers = list(event.market_tickers)
    return json_answer(
        {"market_tickers": tickers, "market_candlesticks": bodies, "adjusted_end_ts": wanted.end_s}
    )


@routes.get(f"{REST_PREFIX}/historical/markets/{{ticker}}/candlesticks")
async def historical_candlesticks(request: web.Request) -> web.Response:
    ticker = request.match_info["ticker"]
    listed = request.app[EXCHANGE].world.markets.get(ticker)
    if listed is None or not has_moved(listed, cut_of(request)):
        raise Declined("market_not_found")
    found = _find(request, ticker, _wanted(request))
    return json_answer({"ticker": ticker, "candlesticks": [old_candle_body(candle) for candle in found]})


def _wanted(request: web.Request) -> WantedCandles:
    start_s, end_s = query_int(request, "start_ts"), query_int(request, "end_ts")
    period = query_int(request, "period_interval")
    if start_s is None or end_s is None:
        raise Declined("missing_parameters", "start_ts and end_ts")
    if period not in PERIODS_S:
        raise Declined(
            "invalid_parameters", f"period_interval must be one of {', '.join(map(str, PERIODS_S))}"
        )
    return WantedCandles(start_s, end_s, period, query_flag(request, "include_latest_before_start"))


def _find(request: web.Request, ticker: str, wanted: WantedCandles) -> list[Candle]:
    candles = request.app[EXCHANGE].publisher.candlesticks
    found = candles.between(ticker, wanted.period, start_s=wanted.start_s, end_s=wanted.end_s)
    latest = candles.last_before(ticker, wanted.period, wanted.start_s) if wanted.with_latest_before else None
    return [*([] if latest is None else [_projected(latest, wanted)]), *found]


def _projected(latest: Candle, wanted: WantedCandles) -> Candle:
    """The last state before the start, as a candle of the first period."""
    length_s = PERIODS_S[wanted.period]
    previous_e4 = latest.previous_e4 if latest.price is None else latest.price.close
    return Candle(
        -(-wanted.start_s // length_s) * length_s,
        PriceSpan(latest.bid.close),
        PriceSpan(latest.ask.close),
        previous_e4=previous_e4,
        open_interest_e2=latest.open_interest_e2,
    )


def candle_body(candle: Candle) -> Body:
    return _body(candle, money="_dollars", count="_fp")


def old_candle_body(candle: Candle) -> Body:
    """The archive's names have no suffixes."""
    return _body(candle, money="", count="")


def _body(candle: Candle, *, money: str, count: str) -> Body:
    price = dict(zip(("open", "low", "high", "close"), _texts(candle.price), strict=True))
    price |= {"mean": _text(candle.mean_e4), "previous": _text(candle.previous_e4)}
    return {
        "end_period_ts": candle.end_s,
        "yes_bid": _named(candle.bid, money),
        "yes_ask": _named(candle.ask, money),
        "price": {name + money: value for name, value in price.items()},
        f"volume{count}": format_count_e2(candle.volume_e2),
        f"open_interest{count}": format_count_e2(candle.open_interest_e2),
    }


def _named(span: PriceSpan, suffix: str) -> dict[str, str | None]:
    return {
        name + suffix: value
        for name, value in zip(("open", "low", "high", "close"), _texts(span), strict=True)
    }


def _texts(span: PriceSpan | None) -> tuple[str | None, ...]:
    return (None,) * 4 if span is None else tuple(format_price_e4(value) for value in span.values())


def _text(price_e4: int | None) -> str | None:
    return None if price_e4 is None else format_price_e4(price_e4)
