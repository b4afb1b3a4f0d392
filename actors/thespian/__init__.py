"""Everything about Thespian: the system, its processes, dispatch, sending, credits, timers, reports."""
