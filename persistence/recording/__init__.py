"""Drains of lanes: they bring the files of this machine into the database and let go of the old."""
