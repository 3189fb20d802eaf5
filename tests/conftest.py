"""Where the reference data lies, and what to do without it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# many small layers: a second thread costs more in waiting than it gains, above all on busy machines
os.environ.setdefault("OMP_NUM_THREADS", "1")

_SHARED = Path(os.environ.get("LOWTRACK_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference numbers and clips; tests that need it are skipped without it."""
    if not _SHARED.is_dir():
        pytest.skip("the reference data is not beside the project (../shared or LOWTRACK_SHARED)")
    return _SHARED


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the tests' own, for their processes too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOWTRACK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
