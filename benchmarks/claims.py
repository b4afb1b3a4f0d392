"""Claims of measurements: one line each, with its figure, its goal and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]
"""``claim``, ``ours``, ``goal`` and ``ok``; ``theirs`` and ``ratio`` where there is a comparison."""


def goal(claim: str, ours: float, *, below: float | None = None, at_least: float | None = None) -> Result:
    ok = ours < below if below is not None else at_least is not None and ours >= at_least
    limit = f"< {below}" if below is not None else f">= {at_least}"
    return {"claim": claim, "ours": round(ours, 2), "goal": limit, "ok": bool(ok)}


def same(claim: str, ours: Any, theirs: Any) -> Result:
    return {"claim": claim, "ours": ours, "theirs": theirs, "goal": "equal", "ok": ours == theirs}


def times_faster(claim: str, ours: float, theirs: float, *, at_least: float) -> Result:
    """Both are costs in one unit; the ratio is how many times theirs is as high as ours."""
    ratio = theirs / ours
    return _compared(claim, ours, theirs, ratio, f">= {at_least}", ok=ratio >= at_least)


def times_as_much(claim: str, ours: float, theirs: float, *, at_most: float) -> Result:
    """Both are costs in one unit; the ratio is how many times ours is as high as theirs."""
    ratio = ours / theirs
    return _compared(claim, ours, theirs, ratio, f"<= {at_most}", ok=ratio <= at_most)


def reported(claim: str, ours: float) -> Result:
    """A figure without a goal."""
    return {"claim": claim, "ours": round(ours, 2), "goal": "none", "ok": True}


def skipped(claim: str, why: str) -> Result:
    """Nothing was measured: neither met nor failed."""
    return {"claim": claim, "skipped": why, "goal": "none", "ok": None}


def middle(results: Sequence[Result]) -> Result:
    """The line of one claim that was measured several times: its median measurement, whole, and the range
    of all figures. A result that has to be equal has to be so each time, so the worst counts."""
    failed = [result for result in results if result["ok"] is False and result["goal"] == "equal"]
    if failed:
        return failed[0] | {"times": len(results)}
    by_figure = [result for result in results if _number(result) is not None]
    if len(by_figure) < len(results) or results[0]["goal"] == "equal":
        return results[-1] | {"times": len(results)}
    by_figure.sort(key=lambda result: result[_number(result) or ""])
    name = _number(by_figure[0]) or ""
    spread = [by_figure[0][name], by_figure[-1][name]]
    return by_figure[len(by_figure) // 2] | {"times": len(results), "range": spread}


def _number(result: Result) -> str | None:
    """The name of the figure that the claim is about."""
    for name in ("ratio", "ours"):
        if isinstance(result.get(name), int | float) and not isinstance(result.get(name), bool):
            return name
    return None


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values are at most (1 to 99), interpolated."""
    if len(values) < 2:
        raise ValueError(f"{len(values)} values have no percentiles")
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line nearest to the points (least squares)."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def _compared(claim: str, ours: float, theirs: float, ratio: float, limit: str, *, ok: bool) -> Result:
    figures = {"ours": round(ours, 3), "theirs": round(theirs, 3), "ratio": round(ratio, 2)}
    return {"claim": claim, **figures, "goal": limit, "ok": bool(ok)}
