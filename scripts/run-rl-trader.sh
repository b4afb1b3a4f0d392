#!/usr/bin/env bash
# Sets up what the program needs, when it needs it, and runs it; flags go to run.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/set-up.sh

set_up ""
exec .venv/bin/python run.py "$@"
