"""The venue's bytes as values: every message and body."""
