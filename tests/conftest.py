"""What every test of this repository shares."""

from hypothesis import settings

# A deadline is an assertion about the wall clock, and a busy machine would fail it.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
