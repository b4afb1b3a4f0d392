"""Who trades against the user, and on what knowledge."""
