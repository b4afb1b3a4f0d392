"""Small actors that stand in for the real ones in the tests of what carries them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from actors import messages
from actors.dispatch import MessageActor
from actors.system import ActorTree


class Answering(MessageActor):
    """Answers a request for lines with its own name."""

    NAME = "Answering"

    def on_BookLinesRequested(self, message: messages.BookLinesRequested, sender: str) -> None:
        self.tell(sender, messages.ActionAnswered(message.request_id, True, self.name))


class Alone(Answering):
    """In the Supervisor's place, with no children."""

    def begin(self) -> None:
        import os

        from actors import tamed_thespian

        self.tell("page", messages.PidsRegistered(os.getpid(), os.getppid(), [tamed_thespian.logger_pid]))


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    return {"state_dir": str(folder), "log_path": str(folder / "logs" / "session.log"), **more}
