"""The fixtures that every test of this repository shares."""

from hypothesis import settings

pytest_plugins = ("tests.persistence.postgres",)

# A deadline is an assertion about the wall clock, and a busy machine would fail it.
settings.register_profile("suite", deadline=None, max_examples=50)
# ./scripts/test.sh --hypothesis-profile=long --timeout=0: where a machine has the time.
settings.register_profile("long", deadline=None, max_examples=1_000)
settings.load_profile("suite")
