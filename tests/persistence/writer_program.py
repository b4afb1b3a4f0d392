"""Appends to an outbox until it is killed, and says which events it was promised are durable.

Run by ``test_outbox_processes.py``: ``python -m tests.persistence.writer_program PATH FIRST``.
"""

import sys
from pathlib import Path

from persistence.outbox import Outbox
from trading.events import SendStarted


def main() -> None:
    outbox = Outbox(Path(sys.argv[1]), "OrderManager")
    number = int(sys.argv[2])
    while True:
        entries = [(SendStarted(number + i, f"rl1-{number + i}", 0), f"send/{number + i}") for i in range(3)]
        number += len(entries)
        for seq in outbox.append(entries):
            sys.stdout.write(f"{seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
