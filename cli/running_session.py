"""Which session runs here, and how does another command speak to it?

``state/run.json`` names its process, port and token; it is for its owner's eyes only.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests

from actors.config import Config
from actors.config_values import is_loopback
from cli.errors import PreflightRefused
from web.admission import TOKEN_HEADER

ANSWER_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class RunningSession:
    """What another command needs to know of the one that runs."""

    pid: int
    session: str
    host: str
    port: int
    token: str

    def __repr__(self) -> str:
        return f"RunningSession(pid={self.pid}, session={self.session!r}, port={self.port})"

    def write(self, path: Path) -> None:
        """Readable by its owner alone from the first byte on."""
        descriptor = os.open(_beside(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(_beside(path), path)

    def ask(self, path: str, *, method: str = "GET") -> dict[str, Any]:
        """The JSON of one of its paths. Raises PreflightRefused with what it said when it refuses."""
        if self.port == 0:
            raise PreflightRefused(
                f"session {self.session} runs without a page (--no-web) and takes no commands"
            )
        host = self.host if is_loopback(self.host) else "127.0.0.1"
        address = f"[{host}]" if ":" in host else host
        with requests.Session() as http:
            http.trust_env = False  # a proxy of the environment is not for this machine
            try:
                answer = http.request(
                    method,
                    f"http://{address}:{self.port}{path}",
                    headers={TOKEN_HEADER: self.token},
                    timeout=ANSWER_WITHIN_S,
                    allow_redirects=False,
                )
                body: dict[str, Any] = answer.json()
            except requests.RequestException as error:
                raise PreflightRefused(f"session {self.session} does not answer: {error}") from error
        if not answer.ok:
            raise PreflightRefused(str(body.get("text") or body.get("error") or answer.reason))
        return body


def run_file(config: Config) -> Path:
    """Where the running session of a state directory is named."""
    return Path(config.state_dir) / "run.json"


def find_running(config: Config) -> RunningSession | None:
    """The session that runs now; None when none does, whatever an earlier one left behind."""
    try:
        found = RunningSession(**json.loads(run_file(config).read_text(encoding="utf-8")))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return found


def the_running(config: Config) -> RunningSession:
    """The session that runs now. Raises PreflightRefused when none does."""
    found = find_running(config)
    if found is None:
        raise PreflightRefused(f"no session is running (looked in {run_file(config)})")
    return found


def press(action: str, running: RunningSession) -> str:
    """Press one of the page's buttons; what it said. Raises PreflightRefused when it does not work."""
    answer = running.ask(f"/rl/actions/{action}", method="POST")
    return f"{running.session}: {answer['text']}"


def _beside(path: Path) -> Path:
    return path.with_suffix(".new")
