"""Connections to PostgreSQL, its schema, its statements and its faults."""
