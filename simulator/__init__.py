"""A Kalshi on loopback: matching engine, accounts, order flow, REST and WebSocket."""
