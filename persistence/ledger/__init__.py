"""The ledger: its facts read from the outboxes, and the rows that the database has of them."""
