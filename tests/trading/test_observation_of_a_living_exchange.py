"""Every column of a living market says something, and something that no other column says.

A model once learnt from columns that were constant or each other's mirror, and nobody saw it.
"""

import numpy as np
import pytest

from tests.trading.observed_exchange import WatchedExchange
from trading.observation import COLUMNS, Observation

STEPS = 200
SECONDS_A_STEP = 0.4
RARE = 0.01  # of the rows
SAME = 1 - 1e-9  # correlation beyond which one column can be had from another by scaling

FIGURES = (
    "spread_e4",
    "mid_e6",
    "microprice_e6",
    "taker_flow_e2",
    "taker_flow_share_e4",
    "mean_trade_price_e6",
)


def told_apart(batch: Observation) -> dict[str, np.ndarray]:
    """Every number that a market's row has, as a column of its own; moments as their age."""
    columns = {}
    for name in (*COLUMNS, *FIGURES):
        column = getattr(batch, name)
        if name.endswith("_us"):
            column = np.where(column > 0, batch.observed_us - column, 0)
        if column.ndim == 1:
            columns[name] = column
        else:
            columns |= {f"{name}[{i}]": column[:, i] for i in range(column.shape[1])}
    return columns | {f"imbalance_e4({levels})": batch.imbalance_e4(levels) for levels in (1, 5)}


def constant_columns(columns: dict[str, np.ndarray]) -> list[str]:
    return [name for name, column in columns.items() if (column == column[0]).all()]


def alike_columns(columns: dict[str, np.ndarray]) -> list[tuple[str, str]]:
    """Pairs of which one is the other, or its mirror, but for scale and offset."""
    names = list(columns)
    related = np.abs(np.corrcoef([columns[name].astype(float) for name in names]))
    return [(names[i], names[j]) for i, j in np.argwhere(np.triu(related, 1) > SAME)]


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    exchange = WatchedExchange()
    half = len(exchange.tickers) // 2
    exchange.flow.watch(exchange.tickers[:half], exchange.world.now_us)
    exchange.run(20)
    exchange.flow.watch(exchange.tickers[half:], exchange.world.now_us)
    batches = []
    for _ in range(STEPS):
        exchange.trade()
        exchange.run(SECONDS_A_STEP)
        batches.append(told_apart(exchange.observe()))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def test_every_column_varies(columns):
    assert constant_columns(columns) == []


def test_every_column_has_something_to_say_now_and_then(columns):
    rare = {name: float((column != 0).mean()) for name, column in columns.items()}

    assert {name: share for name, share in rare.items() if share < RARE} == {}


def test_no_column_is_a_copy_or_a_mirror_of_another(columns):
    assert alike_columns(columns) == []


def test_what_cannot_be_negative_is_not(columns):
    signed = ("last_taker", "position_e2", "taker_flow", "imbalance", "close_us")  # which is to come
    negative = {name for name, column in columns.items() if column.min() < 0}

    assert {name for name in negative if not name.startswith(signed)} == set()


@pytest.mark.parametrize(
    ("made", "found"),
    [
        pytest.param(lambda a: a, [("a", "b")], id="copy"),
        pytest.param(lambda a: 10_000 - a, [("a", "b")], id="mirror"),
        pytest.param(lambda a: 100 * a, [("a", "b")], id="another scale"),
        pytest.param(lambda a: np.append(a[:-1], 20_000), [], id="one row differs"),
    ],
)
def test_a_column_made_of_another_is_found(made, found):
    a = np.random.default_rng(7).integers(0, 10_000, 1_000)

    assert alike_columns({"a": a, "b": made(a)}) == found


def test_a_constant_column_is_found():
    assert constant_columns({"a": np.array([1, 2]), "b": np.array([3, 3])}) == ["b"]
