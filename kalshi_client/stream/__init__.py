"""The WebSocket: connections, subscriptions, sequence numbers, books."""
