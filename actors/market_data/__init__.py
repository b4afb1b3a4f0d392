"""What a MarketWatcher keeps: books, connections, which markets."""
