"""`python bench/run.py`: the performance table (docs/explanation/performance.md)."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(import_module("bench.suite").main(sys.argv[1:]))
