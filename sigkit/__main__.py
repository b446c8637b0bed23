"""``python -m sigkit``."""

import sys

from sigkit.cli import main

sys.exit(main())
