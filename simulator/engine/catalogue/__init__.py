"""The exchange's list: series, events, markets and their fees."""
