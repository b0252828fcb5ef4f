"""The benchmarks' truthful model answers tests of the demo, too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
