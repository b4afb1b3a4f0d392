"""What the exchange lists: series, events, markets and their fees."""
