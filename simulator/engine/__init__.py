"""Listing, matching, accounts and the calendar as values: no REST, no WebSocket, no disk, no clock."""
