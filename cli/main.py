"""Finds the command that is meant, and ends it.

The commands' modules are imported late: ``--help`` stays quick, and a machine without the
packages gets a sentence instead of a traceback.
"""

from __future__ import annotations

import difflib
import sys
import traceback
from importlib import import_module
from typing import Final

from cli.errors import CLEAN, CONFIGURATION, CRASH, CommandError, ConfigurationError
from cli.output import complain, complain_of_records, discard_output, say
from cli.program_name import program_name

OLDEST_PYTHON: Final = (3, 11)
NEWEST_PYTHON: Final = (3, 13)

COMMANDS: Final = {
    "run": ("cli.run", "trade until Ctrl-C; the default command"),
    "exchange": ("cli.exchange", "only the loopback exchange, in the foreground"),
    "check": ("cli.check", "read a configuration and say what is wrong with it"),
    "show-config": ("cli.show_config", "the configuration in force and where each value comes from"),
    "verify": ("cli.verify", "run the checklist on a session and print it with figures"),
    "db": ("cli.db", "the database of all sessions: status, dsn, stop, dump, migrate"),
    "rebuild-db": ("cli.rebuild_db", "build an account's tables anew from its ledgers on disk"),
    "sessions": ("cli.sessions", "all sessions that were recorded; --prune drops what is old"),
    "report": ("cli.report", "one session as a single HTML file"),
    "export": ("cli.export", "one session as CSV or Parquet files, and its realised trades"),
    "status": ("cli.status", "key figures of the running session"),
    "why": ("cli.why", "why a market is traded or not: its latest decisions and what is in the way"),
    "replay": ("cli.replay", "decide recorded sessions again, or with another strategy"),
    "pause": ("cli.pause", "no new orders in the running session; it keeps watching"),
    "resume": ("cli.resume", "trade again"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command in ``argv``, else of the command line; never raises but for SystemExit of --help."""
    argv = sys.argv[1:] if argv is None else argv
    complain_of_records()
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return _refuse(
            CONFIGURATION, f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}"
        )
    try:
        return _run_command(argv)
    except CommandError as error:
        return _refuse(error.exit_code, *error.lines)
    except ModuleNotFoundError as error:
        if "-v" in argv:
            complain(*traceback.format_exc().splitlines())
        text = f"the package {error.name} is not installed; ./scripts/run-rl-trader.sh installs and runs"
        return _refuse(CRASH, text)
    except BrokenPipeError:
        discard_output()
        return CLEAN
    except KeyboardInterrupt:
        return _refuse(CRASH, "interrupted")
    except Exception as error:  # noqa: BLE001  the last place that can turn a crash into a sentence
        if "-v" in argv:
            complain(*traceback.format_exc().splitlines())
        return _refuse(CRASH, f"crashed: {type(error).__name__}: {error} (-v shows where)")


def _run_command(argv: list[str]) -> int:
    if argv[:1] in (["-h"], ["--help"], ["help"]):
        say(*_overview())
        return 0
    for number, argument in enumerate(argv, 1):
        if not argument.isascii() and _is_broken(argument):
            raise ConfigurationError(f"argument {number} is not text in UTF-8: {argument!r}")
    name, rest = _split(argv)
    module, _ = COMMANDS[name]
    exit_code: int = import_module(module).main(rest)
    return exit_code


def _is_broken(argument: str) -> bool:
    """Whether bytes that are no text are in it, as Python lets them in."""
    return any("\udc80" <= character <= "\udcff" for character in argument)


def _split(argv: list[str]) -> tuple[str, list[str]]:
    if not argv or argv[0].startswith("-"):
        return "run", argv
    if argv[0] in COMMANDS:
        return argv[0], argv[1:]
    near = difflib.get_close_matches(argv[0], COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
    raise ConfigurationError(f"{argv[0]}: unknown command; {hint}")


def _overview() -> list[str]:
    rows = [f"  {name:<12} {about}" for name, (_, about) in COMMANDS.items()]
    name = program_name()
    return [f"usage: {name} [COMMAND] [flags]", "", *rows, "", f"{name} COMMAND --help tells its flags."]


def _refuse(exit_code: int, *lines: str) -> int:
    complain(*lines)
    return exit_code
