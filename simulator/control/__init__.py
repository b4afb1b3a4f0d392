"""The control API: what a test or a curious person sees and changes from outside the protocol."""
