"""Errors of the evaluation, each of which says what was expected where."""

from __future__ import annotations

from tracker import TrackerError


class BenchmarkError(TrackerError):
    """A data set is missing, half extracted, misnamed or damaged, or its name is unknown."""


class ResultsError(TrackerError):
    """A result file is missing, too short, or cannot be read as boxes."""


class ProtocolError(TrackerError):
    """A protocol is unknown, or lacks something it needs (a picture size, a score, a package)."""


class ContestantError(TrackerError):
    """A tracker to be measured is unknown, or cannot run here."""


class RunError(TrackerError):
    """A run cannot begin or go on: mixed configurations, wrong shards, a missing executor."""


class SubmissionError(TrackerError):
    """A submission cannot be read, packed, or told from others, or its server would refuse it."""
