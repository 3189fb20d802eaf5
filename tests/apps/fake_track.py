"""`lowtrack track` with a tracker that needs no weights: run as a file by the tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

import tracker  # noqa: E402
from tests.apps.fakes import fake_load  # noqa: E402

tracker.load = fake_load  # type: ignore[assignment]

from apps.track import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
