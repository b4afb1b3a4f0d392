"""The command line: one module a command, and what the running program shows on a terminal."""
