"""Tell what works on this machine, and why the rest does not."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass

import tracker
from apps.command import EXIT_OK, CommandError, CommandParser, guarded
from apps.window import check_display
from eval.machine import machine, versions
from tracker.runtime.cache import cache_folder
from tracker.runtime.probe import probe_all

NAME = "lowtrack doctor"
EXIT_USELESS = 1  # not even the default engine works, or there is no model


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that works, or does not."""

    name: str
    works: bool
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy and not self.works else ""
        return f"  {'yes' if self.works else 'no':<5}{self.name:<12}{self.detail}{remedy}"


# what else needs a package: what it is called here, module, extra that brings it, what it is for
_PACKAGES = (
    ("plots", "matplotlib", "eval", "curves and profiles as pictures"),
    ("export", "onnx", "export", "writing graphs"),
    ("int8", "nncf", "int8", "quantising"),
    ("targets", "trackeval", "eval", "scores of several targets"),
    ("cluster", "ray", "cluster", "benchmarks on several machines"),
)


def engine_checks() -> Iterator[Check]:
    """Every engine."""
    for each in probe_all():
        detail = each.detail
        if each.works:
            detail += f": {', '.join(each.devices)}"
        yield Check(each.engine, each.works, detail, each.remedy)


def other_checks() -> Iterator[Check]:
    """Models, the screen, and packages for single commands."""
    models = tracker.available()
    yield Check("models", bool(models), ", ".join(models) or "none", "install lowtrack again")
    try:
        check_display()
        yield Check("window", works=True, detail="a window can be opened")
    except CommandError as error:
        yield Check("window", works=False, detail=str(error))
    for name, module, extra, purpose in _PACKAGES:
        found = importlib.util.find_spec(module) is not None
        detail = f"{purpose} ({module})"
        yield Check(name, found, detail, f"pip install 'lowtrack[{extra}]'")


def _cache() -> str:
    """Where things are kept, in words."""
    try:
        return f"what is measured or built once is kept in {cache_folder()} (or LOWTRACK_CACHE)"
    except OSError as error:
        return f"what is measured or built is not kept: {error}"


def _doctor(argv: list[str] | None) -> int:
    CommandParser(prog=NAME, description=__doc__).parse_args(argv)
    place = machine()
    print(
        f"{place['cpu']}, {place['cores']} cores, {place['system']}, GPU: {place['gpu'] or 'none'}"
    )
    print(", ".join(f"{name} {version}" for name, version in versions().items()))
    print(_cache())
    print("engines:")
    engines = list(engine_checks())
    for check in engines:
        print(check)
    print("other things:")
    others = list(other_checks())
    for check in others:
        print(check)
    vital = [check for check in (*engines, *others) if check.name in {"onnx", "models"}]
    return EXIT_OK if all(check.works for check in vital) else EXIT_USELESS


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return guarded(NAME, lambda: _doctor(argv))


if __name__ == "__main__":
    sys.exit(main())
