"""Recorded sessions through the code that traded them, without actors, network or clock."""
