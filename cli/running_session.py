"""Which session runs here, how does another command speak to it, and who may start the next one?

``state/run.json`` names its process, port and token; it is for its owner's eyes only.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests

from actors.config import Config
from actors.config_values import is_loopback
from cli.errors import ConfigurationError, PreflightRefused
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


@contextmanager
def only_session(config: Config) -> Iterator[None]:
    """Keep the state directory for one session. Raises PreflightRefused while another has it.

    A record lock: it ends with this process, however that ends, and the actors forked from here never
    have it.
    """
    path = Path(config.state_dir) / "run.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"state_dir: cannot write to {config.state_dir}/: {error.strerror}"
        ) from error
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PreflightRefused(in_use(config, find_running(config))) from error
        yield


def in_use(config: Config, running: RunningSession | None) -> str:
    """Why no other session can start here now, and what can be done about it."""
    who = (
        f"session {running.session} (process {running.pid})"
        if running
        else "a session that is starting or ending"
    )
    return f"{who} already uses {config.state_dir}/; --set state_dir=PATH gives this one a place of its own"


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
