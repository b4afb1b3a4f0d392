"""What the bytes say: every message and body of the venue as a value."""
