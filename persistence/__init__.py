"""What must outlive the process: the outboxes of the ledger and the journal of decisions."""
