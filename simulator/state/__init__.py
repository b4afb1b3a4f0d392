"""The exchange's state between two runs."""
