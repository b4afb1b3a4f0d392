"""The possessions and debts of accounts."""
