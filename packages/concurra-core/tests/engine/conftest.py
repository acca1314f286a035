"""Puts the helpers of this folder on the path: in importlib mode tests are not modules of a package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
