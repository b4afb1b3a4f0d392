"""``python -m benchmarks.unrecorded_run …``: run.py without its Recorder, so without a database."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from actors.supervisor import Supervisor
from cli import run
from cli.main import main


class UnrecordedSupervisor(Supervisor):
    """The whole trader; what it writes into the files of its state folder stays there."""

    ACTORS: ClassVar[dict[str, type[Any]]] = {
        name: actor for name, actor in Supervisor.ACTORS.items() if name != "Recorder"
    }


if __name__ == "__main__":
    run.Supervisor = UnrecordedSupervisor  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[1:]))
