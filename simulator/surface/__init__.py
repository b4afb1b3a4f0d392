"""The exchange as its users meet it: REST and WebSocket on one port."""
