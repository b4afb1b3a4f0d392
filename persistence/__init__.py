"""All that must outlive the process: the outboxes of the ledger, the decisions, and the database of all."""
