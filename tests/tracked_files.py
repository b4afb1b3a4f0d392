"""The files of the checkout, as git knows them."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNSHIPPED = {"benchmarks", "tests", "verification"}  # packages that need a checkout around them


@cache
def tracked(*, with_new: bool = False) -> frozenset[str]:
    """Every file that git tracks; ``with_new``, those as well that it neither tracks nor ignores yet."""
    new = ["--others", "--exclude-standard"] if with_new else []
    command = ["git", "ls-files", "--cached", *new]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip(f"git alone knows which files belong to a checkout: {listed.stderr.strip()}")
    return frozenset(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def packages() -> set[str]:
    """The folders at the top that hold Python files."""
    return {name.split("/")[0] for name in tracked() if "/" in name and name.endswith(".py")}
