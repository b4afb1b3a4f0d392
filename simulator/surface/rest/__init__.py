"""The REST surface: what requests ask for and what answers look like."""
