"""``report``: one session as a single HTML file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from cli.arguments import OneLineParser, add_config_flags, load_config, path_named
from cli.database_use import recorded
from cli.errors import CLEAN
from cli.finished_file import write_whole
from cli.one_session import add_session_flags, ending_of, have_written, one_session
from cli.output import say
from cli.tables import size
from persistence.database.connections import Connection
from persistence.sessions.facts import Gap, read_session
from persistence.sessions.listing import ListedSession
from persistence.sessions.sampled_decisions import SampledDecisions
from reports.session_figures import DecidedChunk, figures_of
from reports.session_page import session_page
from settings.config import Config


def main(argv: list[str]) -> int:
    parser = OneLineParser("report", "one session as a single HTML file, to read, to print, to keep")
    add_session_flags(parser)
    parser.add_argument("--to", metavar="FILE", type=path_named, help="written there (report-SESSION.html)")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    config = load_config(args).config
    have_written(config, args.session)
    with recorded(config, name="report") as connection:
        session = one_session(connection, config, args)
        page = _page(connection, config, session)
    file = args.to or Path(f"report-{session.session}.html")
    write_whole(file, page.encode())
    say(f"{file}: {size(file.stat().st_size)}")
    return CLEAN


def _page(connection: Connection, config: Config, session: ListedSession) -> str:
    facts = read_session(connection, session)
    sampled = SampledDecisions(connection, session)
    figures = figures_of(facts, _chunks(sampled))
    damaged = [Gap(session.started_us, "decisions", sentence) for sentence in sampled.damaged]
    facts = facts._replace(gaps=[*facts.gaps, *damaged])
    end = ending_of(config, session)
    return session_page(facts, figures, end=end, made_us=time.time_ns() // 1000)


def _chunks(sampled: SampledDecisions) -> Iterator[DecidedChunk]:
    """All chunks of the session; those of the sample with their decisions."""
    read = dict(sampled.read())
    for head in sampled.heads:
        yield DecidedChunk(head.t0_us, head.decisions, read.get(head))
