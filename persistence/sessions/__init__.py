"""The sessions that the database knows, read for lists, reports and exports."""
