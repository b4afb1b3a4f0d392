"""What makes a Thespian actor dependable: messages, credits, timers, parents, processes."""
