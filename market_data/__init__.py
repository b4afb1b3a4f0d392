"""From the connections of a shard to batches of observations: which markets, and which books are trusted."""
