"""The program: everything it does is in cli/."""

import sys

from cli.main import main

sys.exit(main())
