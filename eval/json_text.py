"""Data as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_json(data: Mapping[str, Any]) -> str:
    """Write data as JSON text; numbers that are none become null."""
    return json.dumps(_without_nan(data), indent=1, allow_nan=False) + "\n"


def _without_nan(value: Any) -> Any:  # whatever JSON can hold
    """Replace numbers that are none by None, however deep."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
