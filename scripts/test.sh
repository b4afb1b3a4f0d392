#!/usr/bin/env bash
# Sets up what the tests need and runs them all, the fast and exact ones first; flags go to pytest.
# --cluster, as the first: installs the extra [cluster] too and runs the tests that need it, and no other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/set-up.sh

step() {
    echo "== $*"
    "$@"
}

if [[ "${1-}" == --cluster ]]; then
    shift
    set_up test,cluster
    export PATH="$PWD/.venv/bin:$PATH"
    step pytest -n 0 -m cluster "$@"
    exit
fi

set_up test
export PATH="$PWD/.venv/bin:$PATH"

step ruff format --check .
step ruff check .
step lint-imports
# Every worker, and every program that a test starts, imports the same modules: their bytecode is made once,
# while one core checks types.
export PYTHONDONTWRITEBYTECODE=
pytest --collect-only -q "$@" >/dev/null 2>&1 &
step mypy
wait
# Much of a test is waiting, so four at a time keep two cores busy; -n 0 runs one after the other.
step pytest -n 4 --dist worksteal "$@"
