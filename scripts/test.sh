#!/usr/bin/env bash
# Sets up what the tests need and runs them all, the fast and exact ones first; flags go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/set-up.sh

set_up test
export PATH="$PWD/.venv/bin:$PATH"

step() {
    echo "== $*"
    "$@"
}

step ruff format --check .
step ruff check .
step lint-imports
step mypy
step pytest "$@"
