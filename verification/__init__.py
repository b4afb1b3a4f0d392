"""Long proofs by command, in pieces: each can be stopped and gone on with. Their short forms are tests."""
