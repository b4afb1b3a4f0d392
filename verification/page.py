"""``python -m verification.page > docs/proofs.md``: the page that the kept results make."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from verification.proof import Proof
from verification.proofs import PROOFS
from verification.proving import RESULTS

SHOWN: Final = 5  # newest results of each proof
HEAD: Final = """# Proofs

Searches for a sequence of events that breaks a promise. They take minutes to hours, so they run by command;
their short forms are among the tests. `python -m verification NAME` runs one, `--quick` a short form,
`--list` names them. A proof runs in pieces: stopped by Ctrl-C or by anything else, the same command goes on
after the pieces that are done, unless the code has changed since. Each whole run appends a dated line to
`verification/results/`; this page is made of them by `python -m verification.page > docs/proofs.md`.
"""


def page(results: Path = RESULTS) -> str:
    """Markdown, ending with a newline."""
    parts = [HEAD, *("\n".join(_section(name, proof, results)) for name, proof in PROOFS.items())]
    return "\n".join(parts)


def _section(name: str, proof: Proof, results: Path) -> Iterator[str]:
    yield f"## {proof.title}\n"
    yield f"`python -m verification {name}`: {proof.pieces} pieces.\n"
    lines = _kept(results / f"{name}.jsonl")
    if not lines:
        yield "Not run as a whole yet.\n"
        return
    yield "| when | pieces | rules broken | largest |"
    yield "|---|---|---|---|"
    for line in lines[-SHOWN:]:
        worst = "; ".join(f"{what} {value:g}" for what, value in line["worst"].items())
        broken = "; ".join([str(line["broken"]), *line["first"]])
        yield f"| {line['at'][:10]} | {line['pieces']} | {broken} | {worst} |"
    counts = ", ".join(f"{what} {count:,}" for what, count in lines[-1]["counts"].items())
    yield f"\nThe last of them: {counts}.\n"


def _kept(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    sys.stdout.write(page())
