"""The actor system: who receives what, calls the pure core and sends the answer on."""
