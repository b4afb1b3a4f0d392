"""The checklist: a line for each thing that was to be seen of a session, in the order of an order's life."""

from __future__ import annotations

from collections.abc import Iterator

from cli.checklist.account_lines import account_lines, balance_line
from cli.checklist.evidence import Evidence
from cli.checklist.lines import Line
from cli.checklist.order_lines import order_lines
from cli.checklist.service_lines import latency_lines, page_lines, service_lines, stability_lines


def judged(seen: Evidence) -> Iterator[Line]:
    """All lines but those of faults."""
    yield from service_lines(seen)
    yield balance_line(seen.compared)
    yield from order_lines(seen)
    yield from account_lines(seen.compared)
    yield from page_lines(seen.watched)
    yield from latency_lines(seen)
    yield from stability_lines(seen.watched)
