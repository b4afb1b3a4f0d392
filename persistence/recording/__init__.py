"""What brings the files of this machine into the database and lets go of what is old: drains of lanes."""
