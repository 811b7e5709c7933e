"""``python -m raisin`` is the command ``raisin``."""

import sys

from raisin.cli import main

if __name__ == "__main__":
    sys.exit(main())
