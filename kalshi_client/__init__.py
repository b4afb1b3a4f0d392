"""A client of Kalshi's trade API v2: what it says, and how to say it back."""
