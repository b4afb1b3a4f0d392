"""Runs a proof piece by piece, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from verification.proof import Piece, Proof, Total
from verification.proofs import PROOFS
from verification.unfinished import Unfinished, code_hash

RESULTS: Final = Path(__file__).parent / "results"
_TELL_EVERY_S: Final = 10.0


def prove(name: str, proof: Proof, *, quick: bool, results: Path = RESULTS) -> dict[str, Any] | None:
    """The line of a whole proof, kept unless it is quick; None when it was stopped."""
    code, began = code_hash(), datetime.now(UTC)
    unfinished = Unfinished(results / f"{name}.unfinished", code)
    done = {} if quick else unfinished.read()
    if unfinished.outdated:
        _say(f"{name}: the code has changed since, so it begins anew")
    wanted = range(1, (proof.quick_pieces if quick else proof.pieces) + 1)
    total = Total()
    for piece in done.values():
        total.add(piece)
    if done:
        _say(f"{name}: goes on after {len(done)} of {len(wanted)} pieces")
    left = [(name, number, quick) for number in wanted if number not in done]
    if not _run(name, proof, left, total, None if quick else unfinished, of=len(wanted)):
        return None
    line = {"proof": name, "at": began.isoformat(timespec="minutes"), "code": code} | total.line(proof.needs)
    if quick:
        return line | {"quick": True}
    with (results / f"{name}.jsonl").open("a") as file:
        file.write(f"{json.dumps(line)}\n")
    unfinished.remove()
    return line


def _run(
    name: str,
    proof: Proof,
    left: list[tuple[str, int, bool]],
    total: Total,
    unfinished: Unfinished | None,
    *,
    of: int,
) -> bool:
    """Run these pieces into the total; False when it was stopped."""
    told = time.monotonic()
    with get_context("spawn").Pool(proof.at_once or os.cpu_count(), _ignore_ctrl_c) as pool:
        try:
            for number, piece in pool.imap_unordered(_piece, left):
                total.add(piece)
                if unfinished is not None:
                    unfinished.add(number, piece)
                if time.monotonic() - told > _TELL_EVERY_S:
                    told = time.monotonic()
                    _say(f"{name}: {total.pieces} of {of} pieces, {len(total.broken)} rules broken")
        except KeyboardInterrupt:
            pool.terminate()
            kept = "" if unfinished is None else "; the same command goes on from there"
            _say(f"{name}: stopped after {total.pieces} of {of} pieces{kept}")
            return False
    return True


def _piece(of: tuple[str, int, bool]) -> tuple[int, Piece]:
    name, number, quick = of
    return number, PROOFS[name].run(number, quick)


def _ignore_ctrl_c() -> None:
    """Only the program itself answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
