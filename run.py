"""The program: everything it does is in cli/."""

import sys

from cli.main import main

if __name__ == "__main__":  # a process that it spawns reads this file too
    sys.exit(main())
