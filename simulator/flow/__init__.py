"""The traders against the user, and their knowledge."""
