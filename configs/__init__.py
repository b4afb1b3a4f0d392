"""The configurations that ship; ``--config NAME`` finds them here."""
