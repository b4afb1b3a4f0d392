"""Strategies, which choose an action in each market: the interface, the built-in ones, the registry."""
