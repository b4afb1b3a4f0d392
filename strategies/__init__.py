"""Which action to take in each market: the interface, the built-in strategies, the registry."""
