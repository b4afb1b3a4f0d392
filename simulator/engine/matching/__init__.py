"""How orders meet: the engine, the queues, the groups, the tape."""
