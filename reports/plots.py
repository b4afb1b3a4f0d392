"""Plots as SVG inside HTML: curves and bars stretch with the page, the words beside them keep their size.

Every function is pure: figures in, text out. What is drawn has no colour of its own; the classes are those of
the page's style sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

from reports.scales import Point, Tick, round_steps, thinned, time_ticks

SIZE: Final = 1_000  # of a drawing, both ways; the page gives it its real size
MOST_POINTS: Final = 1_200
_TICKS: Final = 6
_TIMES: Final = 7
_NEAR: Final = 0.08  # of the width
_FEW: Final = 4  # words below a plot that a narrow page has room for


class Bar(NamedTuple):
    """One bar of several parts, by the parts' names."""

    x0: float
    x1: float
    parts: Mapping[str, int]


class TimeAxis(NamedTuple):
    """The ends of the axis of time, in microseconds."""

    from_us: int
    upto_us: int

    def at(self, x: float) -> float:
        return SIZE * (x - self.from_us) / max(1, self.upto_us - self.from_us)


def step_plot(
    points: Sequence[Point], span: TimeAxis, *, label: str, words: Callable[[float], str], kind: str = "line"
) -> str:
    """A value that stays until the next point. ``kind``: line, or fall, filled from zero downwards."""
    shown = thinned(points, most=MOST_POINTS)
    lows, highs = min(point.y for point in shown), max(point.y for point in shown)
    steps = round_steps(min(lows, 0) if kind == "fall" else lows, max(highs, 0) if kind == "fall" else highs,
                        most=_TICKS)  # fmt: skip
    across = _Across(steps[0], steps[-1])
    path = [f"M{span.at(shown[0].x):.1f} {across.at(shown[0].y):.1f}"]
    path += [f"H{span.at(point.x):.1f}V{across.at(point.y):.1f}" for point in shown[1:]]
    path.append(f"H{SIZE}")
    drawn = f'<path class="curve" d="{"".join(path)}"/>'
    if kind == "fall":
        closed = f"V{across.at(0):.1f}H{span.at(shown[0].x):.1f}Z"
        drawn = f'<path class="fill" d="{"".join(path)}{closed}"/>{drawn}'
    return _framed(drawn, across.ticks(steps, words), span_ticks(span), label=label, kind=kind)


def stacked_plot(bars: Sequence[Bar], span: TimeAxis, *, label: str, words: Callable[[float], str]) -> str:
    """Bars over time, each of the parts of all of them, in the order in which the first bars name them."""
    steps = round_steps(0, max(sum(bar.parts.values()) for bar in bars), most=_TICKS)
    across = _Across(0, steps[-1])
    drawn = "".join(_stack(bar, span.at(bar.x0), span.at(bar.x1), across) for bar in bars)
    return _framed(drawn, across.ticks(steps, words), span_ticks(span), label=label, kind="bars")


def _stack(bar: Bar, left: float, right: float, across: _Across) -> str:
    drawn, below = "", 0
    for name, count in bar.parts.items():
        if count:
            top, bottom = across.at(below + count), across.at(below)
            size = f'width="{max(1.0, right - left - 1):.1f}" height="{bottom - top:.2f}"'
            drawn += f'<rect data-action="{escape(name)}" x="{left:.1f}" y="{top:.2f}" {size}/>'
            below += count
    return drawn


def histogram(counts: Sequence[int], edges: Sequence[Tick], marks: Sequence[Tick], *, label: str) -> str:
    """Bars of one width. ``edges`` and ``marks`` stand at shares of the width from 0 to 1."""
    steps = round_steps(0, max(1, *counts), most=_TICKS)
    across, width = _Across(0, steps[-1]), SIZE / len(counts)
    drawn = "".join(
        f'<rect x="{number * width:.1f}" y="{across.at(count):.1f}" width="{max(1.0, width - 2):.1f}"'
        f' height="{SIZE - across.at(count):.1f}"/>'
        for number, count in enumerate(counts)
        if count
    )
    lines = "".join(f'<path class="mark" d="M{mark.at * SIZE:.1f} 0V{SIZE}"/>' for mark in marks)
    named = "".join(_placed("over", "left", mark.at, mark.text) for mark in _apart(marks))
    ticks = across.ticks(steps, lambda count: f"{count:,.0f}")
    return _framed(drawn + lines, ticks, edges, label=label, kind="bars", over=named)


def _apart(marks: Sequence[Tick]) -> list[Tick]:
    """Marks whose words would stand on each other's, as one."""
    found: list[Tick] = []
    for mark in marks:
        if found and mark.at - found[-1].at < _NEAR:
            found[-1] = Tick(found[-1].at, f"{found[-1].text} {mark.text}")
        else:
            found.append(mark)
    return found


def funnel(steps: Sequence[tuple[str, int, str]], *, label: str) -> str:
    """Steps from many to few as bars of the largest one's scale: name, count, and what was lost there."""
    most = max([1, *(count for _, count, _ in steps)])
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{count:,}</td>'
        f'<td class="bar">{_bar(_share(count, most))}</td><td class="why">{escape(lost)}</td></tr>'
        for name, count, lost in steps
    )
    return f'<table class="funnel" aria-label="{escape(label)}">{rows}</table>'


def _bar(width: float) -> str:
    stretched = f'viewBox="0 0 {SIZE} 10" preserveAspectRatio="none" aria-hidden="true"'
    return f'<svg {stretched}><rect width="{width:.1f}" height="10"/></svg>'


def _share(count: int, most: int) -> float:
    """Of the width; what is there at all can be seen."""
    return max(2.0, SIZE * count / most) if count else 0.0


def span_ticks(span: TimeAxis) -> list[Tick]:
    """The times below a plot, at shares of its width."""
    found = time_ticks(span.from_us, span.upto_us, most=_TIMES)
    return [Tick(span.at(tick.at) / SIZE, tick.text) for tick in found]


class _Across(NamedTuple):
    """The axis of values, upwards."""

    low: float
    high: float

    def at(self, y: float) -> float:
        return SIZE * (self.high - y) / (self.high - self.low)

    def ticks(self, steps: Sequence[float], words: Callable[[float], str]) -> list[Tick]:
        return [Tick(self.at(step) / SIZE, words(step)) for step in steps]


def _framed(
    drawn: str, up: Sequence[Tick], along: Sequence[Tick], *, label: str, kind: str, over: str = ""
) -> str:
    """The drawing between its axes."""
    grid = "".join(f'<path class="grid" d="M0 {tick.at * SIZE:.1f}H{SIZE}"/>' for tick in up)
    rows = "".join(_placed("up", "top", tick.at, tick.text) for tick in up)
    columns = "".join(
        _placed("along less" if number % 2 and len(along) > _FEW else "along", "left", tick.at, tick.text)
        for number, tick in enumerate(along)
    )
    stretched = f'viewBox="0 0 {SIZE} {SIZE}" preserveAspectRatio="none" role="img"'
    svg = f'<svg {stretched} aria-label="{escape(label)}">{grid}{drawn}</svg>'
    return f'<div class="plot {kind}"><div class="area">{svg}{over}</div>{rows}{columns}</div>'


def _placed(name: str, side: str, share: float, text: str) -> str:
    return f'<span class="{name}" style="--{side}:{share:.4f}">{escape(text)}</span>'
