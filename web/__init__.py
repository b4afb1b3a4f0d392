"""The people's view: one merged state, served as a page, a socket and JSON on one port."""
