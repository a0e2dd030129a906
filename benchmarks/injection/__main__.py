from __future__ import annotations

import sys

from benchmarks.injection.run import main

sys.exit(main())
