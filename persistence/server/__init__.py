"""The PostgreSQL server of the state folder: its programs, its place, its users, its start and its end."""
