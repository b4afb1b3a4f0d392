"""What an OrderManager needs: permits, budgets, sending, recovery."""
