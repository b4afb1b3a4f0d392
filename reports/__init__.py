"""Records as a page to read and as files to hand on."""
