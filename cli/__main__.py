"""``python -m cli``: the same program, wherever it is installed."""

from __future__ import annotations

import sys

from cli.main import main

sys.exit(main())
