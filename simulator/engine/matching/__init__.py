"""Matching: the engine, the queues, the groups, the tape."""
