"""The figures of the whole system, made of the reports of single actors.

Pure functions from reports to the JSON of ``/rl/status`` and the slices of the page. A figure that
nobody has reported is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from web import venues
from web.data_health import data_health
from web.freshness import SUPERVISOR, actor_rows, known_state, stale_sources
from web.recording import RECORDER, recording, tapes

Sources = dict[str, Mapping[str, Any]]

# Of the markets, over all watchers.
SUMMED: Final = ("subscribed", "live", "stale", "degraded", "deltas", "deltas_per_s", "malformed", "unknown")
# slice → its fields; each is always there, so that a page need not ask.
SLICES: Final[dict[str, tuple[str, ...]]] = {
    "trading": ("state", "state_reason", "history", "stale"),
    "markets": (*SUMMED, "discovery", "health"),
    "decisions": ("total", "HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO", "refused"),
    "orders": (
        *("sent", "carried", "resting", "filled", "canceled", "rejected", "unknown"),
        *("awaiting_fills", "foreign", "foreign_canceled"),
    ),
    "fills": ("count", "contracts", "foreign"),
    "balance": ("available", "reserved", "portfolio_value", "floor"),
    "pnl": ("realised", "unrealised", "fees", "session"),
    "latency_ms": ("decision_to_ack", "fill_to_position"),
    "reconciliation": ("at", "differences", "certificate", "left_out"),
    "execution_books": ("valuation", "followed", "known", "one_sided", "difference", "marks"),
    "venues": ("data", "execution"),
    "market_map": ("wanted", "on_both", "only_data", "only_execution", "renamed", "doubtful"),
    "database": ("kind", "state", "why", "behind", "dropped", "alarms", "lanes", "tapes"),
}

HEARTBEAT_S: Final = 5.0  # a monitor need not hear of each hitch
QUIET_DATA_S: Final = 30.0
WELL: Final = ("connected", "live", "ready", "running")


def slices(
    sources: Sources, ages_s: Mapping[str, float], environment: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """The slices of the page, each with all of its fields. ``ages_s``: since each source was heard.
    ``environment``: where data and orders go."""
    supervisor = sources.get("Supervisor", {})
    selector = sources.get("Selector", {})
    manager = sources.get("OrderManager", {})
    processor = sources.get("FillProcessor", {})
    found: dict[str, Mapping[str, Any]] = {
        "trading": _trading(supervisor, stale_sources(ages_s)),
        "markets": {
            **_summed_markets(sources),
            "discovery": supervisor.get("discovery"),
            "health": data_health(_watchers(sources)),
        },
        "decisions": selector.get("decisions") or {},
        "orders": manager.get("orders") or {},
        "fills": manager.get("fills") or {},
        "balance": manager.get("balance") or {},
        "pnl": manager.get("pnl") or {},
        "latency_ms": {**(manager.get("latency_ms") or {}), **(processor.get("latency_ms") or {})},
        "reconciliation": _with_all_left_out(processor.get("reconciliation"), manager.get("left_out")),
        "execution_books": manager.get("execution_books") or {},
        "venues": venues.venues(_watchers(sources), manager, processor, environment),
        "market_map": supervisor.get("market_map") or {},
        "database": {
            **recording(sources.get(RECORDER, {}).get("database") or {}, supervisor.get("actors") or ()),
            "tapes": tapes(_watchers(sources)),
        },
    }
    return {name: {key: found[name].get(key) for key in fields} for name, fields in SLICES.items()}


def actors(sources: Sources, ages_s: Mapping[str, float]) -> list[dict[str, Any]] | None:
    """Every actor as the Supervisor knows it; None before it has reported."""
    rows = sources.get(SUPERVISOR, {}).get("actors")
    return None if rows is None else actor_rows(rows, stale_sources(ages_s))


def connections(sources: Sources) -> list[dict[str, Any]]:
    """The connections of all actors, each named with the actor that holds it."""
    return [
        {**row, "name": f"{source}/{row['name']}"}
        for source in sorted(sources)
        for row in sources[source].get("connections") or ()
    ]


def status_json(
    sources: Sources,
    about: Mapping[str, Any],
    *,
    now_us: int,
    ages_s: Mapping[str, float],
    state_to_page: Mapping[str, Any],
) -> dict[str, Any]:
    """The JSON of ``/rl/status`` but for ``books_hash``, which takes asking the watchers."""
    found = slices(sources, ages_s, about["environment"])
    trading = found["trading"]
    positions = sources.get("FillProcessor", {}).get("positions")
    return {
        "session": about["session"],
        "state": trading["state"],
        "state_reason": trading["state_reason"],
        "ages_s": _rounded(ages_s),
        "environment": about["environment"],
        "uptime_s": round((now_us - about["started_us"]) / 1_000_000, 1),
        "markets": found["markets"],
        "decisions": {**found["decisions"], "hash": sources.get("Selector", {}).get("decision_hash")},
        "orders": found["orders"],
        "fills": found["fills"],
        "balance": found["balance"],
        "pnl": found["pnl"],
        "positions": None if positions is None else sum(map(_is_held, positions)),
        "latency_ms": {**found["latency_ms"], "state_to_page": dict(state_to_page)},
        "reconciliation": found["reconciliation"],
        "venues": found["venues"],
        "venue": sources.get("OrderManager", {}).get("venue"),
        "clock": sources.get("OrderManager", {}).get("clock"),
        "execution_books": sources.get("OrderManager", {}).get("execution_books"),
        "market_map": found["market_map"],
        "actors": actors(sources, ages_s),
        "connections": connections(sources),
        "database": found["database"],
    }


def trader_json(sources: Sources, *, ages_s: Mapping[str, float]) -> dict[str, Any]:
    """The JSON of ``/rl/trader/status``: what is held, what rests, what it is worth.

    ``closed`` are the markets that are flat again, with what they have brought.
    """
    found, rows = slices(sources, ages_s), sources.get("FillProcessor", {}).get("positions")
    return {
        "ages_s": _rounded(ages_s),
        "positions": None if rows is None else [row for row in rows if _is_held(row)],
        "closed": None if rows is None else [row for row in rows if not _is_held(row)],
        "open_orders": sources.get("OrderManager", {}).get("open_orders"),
        "balance": found["balance"],
        "pnl": found["pnl"],
        "orders": found["orders"],
        "fills": found["fills"],
        "reconciliation": found["reconciliation"],
    }


def _is_held(row: Mapping[str, Any]) -> bool:
    return float(row["position"]) != 0


def failing_parts(
    sources: Sources, *, ages_s: Mapping[str, float], environment: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The parts that are not well, each with what is wrong with it; empty when all is well."""
    if SUPERVISOR not in ages_s:
        return {SUPERVISOR: "has not reported yet"}
    silent = {source: age_s for source, age_s in ages_s.items() if age_s > HEARTBEAT_S}
    if SUPERVISOR in silent:
        return {SUPERVISOR: f"last reported {silent[SUPERVISOR]:.0f} s ago"}
    failing = {
        str(row["name"]): str(row["state"])
        for row in sources.get(SUPERVISOR, {}).get("actors") or ()
        if row["state"] not in WELL
    }
    failing |= {source: f"last reported {age_s:.0f} s ago" for source, age_s in silent.items()}
    ages = []
    for row in connections(sources):
        if row["state"] not in WELL:
            failing[row["name"]] = str(row["state"])
        elif row["name"].startswith("MarketWatcher") and row.get("data_age_s") is not None:
            ages.append(float(row["data_age_s"]))
    both = slices(sources, ages_s, environment)["venues"]
    failing |= venues.failing(both)
    is_idle = both["data"]["state"] == "idle"  # nothing happens in markets that do not trade
    if ages and min(ages) > QUIET_DATA_S and not is_idle:
        failing["market data"] = f"{min(ages):.0f} s old"
    return failing


def _trading(supervisor: Mapping[str, Any], stale: Mapping[str, int]) -> dict[str, Any]:
    if not supervisor:
        return {"state": "starting", "state_reason": "the actors have not reported yet", "stale": stale}
    state, reason = known_state(
        supervisor.get("state", "starting"), supervisor.get("state_reason", ""), stale
    )
    return {**supervisor, "state": state, "state_reason": reason, "stale": stale}


def _rounded(ages_s: Mapping[str, float]) -> dict[str, float]:
    return {source: round(age_s, 1) for source, age_s in sorted(ages_s.items())}


def warnings(sources: Sources) -> dict[str, str]:
    """Whatever keeps orders back although everything works, by the setting it is about or as ``trading``."""
    supervisor = sources.get("Supervisor", {})
    discovery = supervisor.get("discovery") or {}
    found: dict[str, list[str]] = {}
    if supervisor.get("state", "trading") != "trading":
        found["trading"] = [f"{supervisor['state']} ({supervisor.get('state_reason', '')})"]
    for each in discovery.get("missing") or ():
        found.setdefault(each["setting"], []).append(each["sentence"])
    if discovery.get("fallback"):
        found.setdefault("markets.fallback", []).insert(0, f"in use: {discovery['fallback']}")
    shares = supervisor.get("market_map")
    if shares and shares.get("doubtful"):
        found.setdefault("markets.map", []).extend(shares["doubtful"])
    if shares and shares["on_both"] < shares["wanted"]:
        said = f"{shares['on_both']:,} of the {shares['wanted']:,} wanted are traded by both venues"
        found.setdefault("markets", []).append(said)
    return {setting: ", ".join(texts) for setting, texts in found.items()}


def _summed_markets(sources: Sources) -> dict[str, Any]:
    watchers = _watchers(sources)
    return {key: sum(_amount(values.get(key)) for values in watchers) if watchers else None for key in SUMMED}


def _watchers(sources: Sources) -> list[Mapping[str, Any]]:
    return [values for source, values in sources.items() if source.startswith("MarketWatcher")]


def _amount(value: Any) -> Any:
    """A count, or what counts by kind come to."""
    return sum(value.values()) if isinstance(value, Mapping) else value or 0


def _with_all_left_out(
    reconciliation: Mapping[str, Any] | None, left_out: Mapping[str, int] | None
) -> Mapping[str, Any]:
    """Two actors read the account; what both left out of it is one figure."""
    if reconciliation is None:
        return {}
    both = dict(reconciliation.get("left_out") or {})
    for kind, count in (left_out or {}).items():
        both[kind] = both.get(kind, 0) + count
    return {**reconciliation, "left_out": both}
