"""Who may make a request, and how many."""
