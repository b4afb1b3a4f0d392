"""Admission: keys, signatures, and the budget of requests."""
