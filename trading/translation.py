"""Carries intents and the account between the tickers of the data venue and of the execution venue.

A strategy sees, and asks for, markets of the data venue; orders, ledger and risk know the execution
venue's tickers alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from trading.actions import Intent
from trading.decision import Account
from trading.market_map import MarketMap


class Translated(NamedTuple):
    """``untranslated``: intents for markets that the execution venue knows under no ticker, as they came."""

    intents: list[Intent]
    untranslated: list[Intent]


def intents_to_execution(intents: Iterable[Intent], names: MarketMap) -> Translated:
    """The same intents under the execution venue's tickers."""
    translated = Translated([], [])
    for intent in intents:
        ticker = names.to_execution(intent.ticker)
        if ticker is None:
            translated.untranslated.append(intent)
        else:
            translated.intents.append(intent if ticker == intent.ticker else replace(intent, ticker=ticker))
    return translated


def account_to_data(account: Account, names: MarketMap) -> Account:
    """The account under the data venue's tickers; a market that has none there is left out."""
    if not names.renames_any:
        return account
    data = {
        ticker: found
        for ticker in {*account.positions, *account.resting, *account.blocked}
        if (found := names.to_data(ticker)) is not None
    }
    return replace(
        account,
        positions={
            data[ticker]: count_e2 for ticker, count_e2 in account.positions.items() if ticker in data
        },
        resting={data[ticker]: resting for ticker, resting in account.resting.items() if ticker in data},
        blocked=tuple(sorted(data[ticker] for ticker in account.blocked if ticker in data)),
    )
