"""The set-up names what a machine lacks, and installs once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "dirname", "cat", "sed", "env")


@pytest.fixture
def checkout(tmp_path):
    """The scripts in a checkout of their own, on a machine with nothing but a few tools."""
    shutil.copytree(ROOT / "scripts", tmp_path / "repo" / "scripts")
    for name in ("setup.cfg", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / "repo")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(0o755)


def run(checkout, script="run-rl-trader.sh", flags=("--markets", "5")):
    return subprocess.run(
        [checkout / "bin" / "bash", f"scripts/{script}", *flags],
        cwd=checkout / "repo",
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_machine_without_a_python_we_know_is_told_how_to_get_one(checkout):
    put(checkout / "bin" / "python3", "exit 1")

    done = run(checkout)

    assert done.returncode == 3
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert "apt install" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout):
    put(checkout / "bin" / "python3", f'[[ "$*" == *ensurepip* ]] && exit 1; exec {sys.executable} "$@"')

    done = run(checkout)

    assert done.returncode == 3
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"sudo apt install python{version}-venv" in done.stderr


def test_it_installs_once_and_again_only_when_the_requirements_change(checkout):
    """The environment's python is the real one, but for pip and the program, which only say so."""
    said = '*pip*) echo "Collecting flask>=3.1";; run.py*) echo "ran $*";;'
    fake = f'case "$*" in {said} *) exec {sys.executable} "$@";; esac'
    put(checkout / "repo" / ".venv" / "bin" / "python", fake)

    first, second = run(checkout), run(checkout)
    with (checkout / "repo" / "constraints.txt").open("a") as pins:
        pins.write("# another pin\n")
    third = run(checkout)

    assert ["  flask" in done.stdout for done in (first, second, third)] == [True, False, True]
    assert second.stdout == "ran run.py --markets 5\n"


def test_an_installation_that_fails_is_not_taken_for_done(checkout):
    fake = f'case "$*" in *pip*) echo "no network" >&2; exit 1;; *) exec {sys.executable} "$@";; esac'
    put(checkout / "repo" / ".venv" / "bin" / "python", fake)

    for done in (run(checkout), run(checkout)):
        assert done.returncode == 3
        assert "no network" in done.stderr


def test_the_whole_check_runs_every_tool_and_hands_its_flags_to_pytest(checkout):
    bin_ = checkout / "repo" / ".venv" / "bin"
    put(bin_ / "python", f'case "$*" in *pip*) ;; *) exec {sys.executable} "$@";; esac')
    for tool in ("ruff", "lint-imports", "mypy", "pytest"):
        put(bin_ / tool, "")

    done = run(checkout, "test.sh", ["tests/trading", "-k", "fee"])

    assert (done.returncode, done.stderr) == (0, "")
    steps = [line.removeprefix("== ") for line in done.stdout.splitlines() if line.startswith("== ")]
    assert [step.split()[0] for step in steps] == ["ruff", "ruff", "lint-imports", "mypy", "pytest"]
    assert steps[-1].endswith(" tests/trading -k fee")


def test_a_check_that_fails_ends_the_whole_check(checkout):
    bin_ = checkout / "repo" / ".venv" / "bin"
    put(bin_ / "python", f'case "$*" in *pip*) ;; *) exec {sys.executable} "$@";; esac')
    put(bin_ / "ruff", "exit 1")

    done = run(checkout, "test.sh", [])

    assert done.returncode == 1
    assert "== ruff format --check ." in done.stdout
    assert "== pytest" not in done.stdout
