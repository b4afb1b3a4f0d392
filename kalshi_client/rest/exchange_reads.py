"""Reads of the exchange's own state, and of the keys of the account (protocol 3.1)."""

from __future__ import annotations

from kalshi_client.rest.calls import Calls, read_whole
from kalshi_client.rest.outcomes import Answer
from kalshi_client.wire.api_keys import ApiKeysBody
from kalshi_client.wire.bodies import read
from kalshi_client.wire.exchange import DataTimestampBody, ExchangeSchedule, ScheduleBody, StatusBody
from kalshi_client.wire.records import ApiKey, ExchangeStatus
from kalshi_client.wire.values import Malformed
from trading.venue_time import VenueTimeUs


class ExchangeReads(Calls):
    """Limits and costs are in ``Calls``, which spreads its reads by them."""

    def exchange_status(self) -> ExchangeStatus:
        """The exchange's state now. The venue sends it with a 5xx as well."""
        path = "/exchange/status"
        attempt = self._attempt_read(path)
        if isinstance(attempt, Answer) and attempt.status in (500, 503, 504):
            status = read(attempt.body, StatusBody)
            if not isinstance(status, Malformed):
                return status
        return read_whole(path, attempt, StatusBody)

    def exchange_schedule(self) -> ExchangeSchedule:
        """The weekly hours, New York time, and the maintenance that is announced."""
        return self._get("/exchange/schedule", ScheduleBody, signed=False)

    def user_data_timestamp(self) -> VenueTimeUs:
        """The time up to which account reads are complete."""
        return self._get("/exchange/user_data_timestamp", DataTimestampBody)

    def api_keys(self) -> list[ApiKey]:
        """The account's keys, and what each may do if the venue tells it."""
        return self._get("/api_keys", ApiKeysBody)
