"""The tape of a watcher: packed into files, brought into the database in chunks, read back as columns."""
