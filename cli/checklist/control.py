"""The control APIs of the exchanges that a session on this machine trades on (docs/exchange-faults.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import requests

from cli.errors import CommandError

ANSWER_WITHIN_S: Final = 20.0


class Exchanges:
    """All of them for faults, the one that takes orders for its ledger."""

    def __init__(self, environment: Mapping[str, Any], key_id: str) -> None:
        """``environment`` of /rl/status; ``key_id`` of the account that trades."""
        stand_ins = environment.get("stand_ins") or {}
        by_venue = {name: each["control_url"] for name, each in stand_ins.items()}
        own = by_venue.get(environment["execution"]) or environment["control_url"]
        self._urls = tuple(dict.fromkeys(url for url in (own, *by_venue.values()) if url))
        self._key_id = key_id

    @property
    def are_here(self) -> bool:
        """Whether there is one whose faults can be armed."""
        return bool(self._urls)

    def arm_all(self, fault: Mapping[str, Any]) -> None:
        """Let each of them misbehave."""
        for url in self._urls:
            self._ask("POST", f"{url}/faults", fault)

    def arm(self, fault: Mapping[str, Any]) -> None:
        """Let the one that takes orders misbehave."""
        self._ask("POST", f"{self._urls[0]}/faults", fault)

    def clear(self) -> None:
        """Let all of them behave."""
        for url in self._urls:
            self._ask("DELETE", f"{url}/faults")

    def ledger(self) -> dict[str, Any]:
        """The truth about the account."""
        return self._ask("GET", f"{self._urls[0]}/ledger?key_id={self._key_id}")

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        with requests.Session() as http:
            http.trust_env = False  # a proxy of the environment is not for this machine
            try:
                answer = http.request(method, url, json=body, timeout=ANSWER_WITHIN_S)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
            except requests.RequestException as error:
                raise CommandError(f"the exchange's control API does not answer: {error}") from error
        return found
