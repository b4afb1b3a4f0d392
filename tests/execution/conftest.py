"""Fixtures of a running exchange."""

from tests.loopback_exchange import cable, exchange  # noqa: F401  # fixtures
