"""Over how many of a benchmark's sequences numbers were made."""

from __future__ import annotations

from dataclasses import dataclass

from eval.protocols.scores import Scores


@dataclass(frozen=True)
class Coverage:
    """What there is of a benchmark, and what of that was scored.

    Attributes:
        scored: sequences that the numbers are over.
        present: sequences whose annotations lie on the disk.
        official: sequences that the benchmark has; 0 if any number will do.
    """

    scored: int
    present: int
    official: int = 0

    @property
    def whole(self) -> bool:
        """Tell whether all there should be was scored."""
        return self.scored == (self.official or self.present)

    def __str__(self) -> str:
        """Say how many of how many."""
        if self.official:
            return f"{self.scored} of {self.official} official sequences"
        return f"{self.scored} of {self.present} sequences"

    def loudly(self) -> str:
        """Say so in a line that cannot be overlooked where some are lacking."""
        if self.whole:
            return str(self)
        line = f"NOT THE WHOLE BENCHMARK: {self}"
        return f"{line}, {self.present} on the disk" if self.official else line


def coverage_of(*scores: Scores, official: int = 0) -> Coverage:
    """Count the sequences that the numbers of all trackers are over.

    Args:
        scores: of one tracker or more, on the same sequences.
        official: number of sequences that the benchmark should have; 0 if that is free.
    """
    scored = {name for each in scores for name in each.sequences}
    dropped = {name for each in scores for name in each.dropped}  # some are among those scored
    return Coverage(len(scored - dropped), len(scored | dropped), official)
