"""The decisions: a journal for each Selector, brought into the database in chunks."""
