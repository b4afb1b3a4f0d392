"""The session that runs in a state directory, and how another command speaks to it.

Whether one runs is told by its lock alone. ``state/run.json`` names its process, port and token for its
owner's eyes; one that an earlier session left behind says nothing, whoever has its pid by now.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests

from cli.errors import ConfigurationError, PreflightRefused
from persistence.process_lock import PlaceTaken, holder, locked
from settings.config import Config
from settings.config_values import is_loopback
from web.admission import TOKEN_HEADER

ANSWER_WITHIN_S: Final = 10.0
_IN_BETWEEN: Final = "a session that is starting or ending"


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A running session as another command needs to know it."""

    pid: int
    session: str
    host: str
    port: int
    token: str
    account: str
    account_dir: str  # where its ledgers are
    execution: dict[str, Any]  # a VenueAccess: only the path of the key
    config: dict[str, Any]  # as it was started, without what is about the page

    def __repr__(self) -> str:
        return f"RunningSession(pid={self.pid}, session={self.session!r}, port={self.port})"

    def write(self, path: Path) -> None:
        """Readable by its owner alone from the first byte on."""
        descriptor = os.open(_beside(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(_beside(path), path)

    def url(self, scheme: str, path: str) -> str:
        """The address of one of its paths on this machine. Raises PreflightRefused when it has no page."""
        if self.port == 0:
            raise PreflightRefused(
                f"session {self.session} runs without a page (--no-web) and takes no commands"
            )
        host = self.host if is_loopback(self.host) else "127.0.0.1"
        address = f"[{host}]" if ":" in host else host
        return f"{scheme}://{address}:{self.port}{path}"

    def ask(self, path: str, *, method: str = "GET") -> dict[str, Any]:
        """The JSON of one of its paths. Raises PreflightRefused with what it said when it refuses."""
        answer = self.fetch(path, method=method)
        try:
            body: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise PreflightRefused(f"session {self.session} does not answer: {error}") from error
        if not answer.ok:
            raise PreflightRefused(str(body.get("text") or body.get("error") or answer.reason))
        return body

    def fetch(self, path: str, *, method: str = "GET") -> requests.Response:
        """The answer of one of its paths, whatever it says. Raises PreflightRefused when there is none."""
        with requests.Session() as http:
            http.trust_env = False  # a proxy of the environment is not for this machine
            try:
                return http.request(
                    method,
                    self.url("http", path),
                    headers={TOKEN_HEADER: self.token},
                    timeout=ANSWER_WITHIN_S,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise PreflightRefused(f"session {self.session} does not answer: {error}") from error


def run_file(config: Config) -> Path:
    """Where the running session of a state directory is named."""
    return Path(config.state_dir) / "run.json"


@contextmanager
def only_session(config: Config) -> Iterator[None]:
    """Keep the state directory for one session, and without the word of an earlier one.

    Raises PreflightRefused while another session has it.
    """
    with ExitStack() as stack:
        try:
            _lock_file(config).parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(_lock_file(config)))
            run_file(config).unlink(missing_ok=True)
        except PlaceTaken:
            raise PreflightRefused(_in_use(config)) from None
        except OSError as error:
            text = f"state_dir: cannot write to {config.state_dir}/: {error.strerror}"
            raise ConfigurationError(text) from error
        yield


def refuse_second_session(config: Config) -> None:
    """Raises PreflightRefused while a session has the state directory."""
    if _holder(config) is not None:
        raise PreflightRefused(_in_use(config))


def _in_use(config: Config) -> str:
    """Why no other session can start here now, and what can be done about it."""
    running = find_running(config)
    who = f"session {running.session} (process {running.pid})" if running else _IN_BETWEEN
    return f"{who} already uses {config.state_dir}/; --set state_dir=PATH gives this one a place of its own"


def _holder(config: Config) -> int | None:
    try:
        return holder(_lock_file(config))
    except OSError as error:
        text = f"state_dir: cannot read {_lock_file(config)}: {error.strerror}"
        raise ConfigurationError(text) from error


def _lock_file(config: Config) -> Path:
    return Path(config.state_dir) / "run.lock"


def find_running(config: Config) -> RunningSession | None:
    """The session that runs now; None when none does, or one that has not said yet how to speak to it."""
    pid = _holder(config)
    if pid is None:
        return None
    try:
        found = RunningSession(**json.loads(run_file(config).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if pid in (found.pid, 0) else None


def the_running(config: Config) -> RunningSession:
    """The session that runs now. Raises PreflightRefused when none does."""
    found = find_running(config)
    if found is not None:
        return found
    if _holder(config) is not None:
        raise PreflightRefused(f"{_IN_BETWEEN} uses {config.state_dir}/; try again in a moment")
    raise PreflightRefused(f"no session is running (looked in {config.state_dir}/)")


def press(action: str, running: RunningSession) -> str:
    """Press one of the page's buttons; what it said. Raises PreflightRefused when it does not work."""
    answer = running.ask(f"/rl/actions/{action}", method="POST")
    return f"{running.session}: {answer['text']}"


def _beside(path: Path) -> Path:
    return path.with_suffix(".new")
