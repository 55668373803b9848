"""``python -m inadimplencia_ml`` is the command ``inadimplencia``."""

from __future__ import annotations

from inadimplencia_ml.cli import main

if __name__ == "__main__":
    main()
