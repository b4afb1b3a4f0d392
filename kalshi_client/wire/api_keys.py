"""The body about an account's keys (protocol 3.1)."""

from __future__ import annotations

from msgspec import Struct

from kalshi_client.wire.numbers import Name, Text
from kalshi_client.wire.records import ApiKey


class _ApiKey(Struct):
    api_key_id: Name
    scopes: list[Text] | None = None

    def to_value(self) -> ApiKey:
        return ApiKey(self.api_key_id, None if self.scopes is None else frozenset(self.scopes))


class ApiKeysBody(Struct):
    api_keys: list[_ApiKey] | None

    def to_value(self) -> list[ApiKey]:
        return [key.to_value() for key in self.api_keys or []]
