"""What the accounts own and owe."""
