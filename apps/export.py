"""Write a model for inference engines, and prove that each gives the same boxes."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import shutil
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from apps.command import EXIT_OK, CommandError, CommandParser, complain, guarded
from apps.export_clips import Clip, painted_clips, read_clips
from apps.model_options import number
from apps.quiet import quiet_opencv
from tracker.errors import EngineError
from tracker.runtime.engines import names, precisions
from tracker.runtime.graphs import Precision

if TYPE_CHECKING:
    from tracker.loading import Model

NAME = "lowtrack export"
EXIT_DIFFERS = 1  # an engine does not give the same boxes; nothing was written
_MOMENTS = 200  # compared, at most about


def _parser() -> CommandParser:
    parser = CommandParser(prog=NAME, description=__doc__)
    parser.add_argument("model", help="name of a packaged model, or a folder with a card")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write; a new one"
    )
    parser.add_argument("--fp16", action="store_true", help="also in half precision, for GPUs")
    parser.add_argument("--int8", action="store_true", help="also matching in 8-bit integers")
    parser.add_argument(
        "--calibration", type=Path, metavar="DIR", help="clips that INT8 learns its ranges from"
    )
    gate = parser.add_argument_group("the comparison with the network as it was built")
    gate.add_argument(
        "--clips",
        type=Path,
        metavar="DIR",
        help="clips, for AUC too; --int8 needs them (else: painted)",
    )
    gate.add_argument(
        "--engines", nargs="+", choices=names(), metavar="ENGINE", help="else all that work here"
    )
    gate.add_argument("--device", default="cpu", help="where they run (default: cpu)")
    gate.add_argument("--threads", type=number(int, 1), metavar="N", help="CPU threads")
    return parser


def _export(args: argparse.Namespace) -> int:
    if args.int8 != (args.calibration is not None):
        raise CommandError("--int8 and --calibration DIR go together")
    if args.int8 and args.clips is None:
        raise CommandError("--int8 is judged by the AUC on clips: give --clips DIR")
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        raise CommandError(f"{args.out} is there already: give a new folder")
    clips = painted_clips() if args.clips is None else read_clips(args.clips)
    calibration = read_clips(args.calibration) if args.int8 else None
    from apps.export_write import write_folder  # imports torch

    args.out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{args.out.name}-", dir=args.out.parent) as temporary:
        folder = Path(temporary) / "model"
        folder.mkdir()
        card = write_folder(args.model, folder, half=args.fp16, calibration=calibration)
        if not _compare(args, folder, clips):
            return EXIT_DIFFERS
        args.out.mkdir(exist_ok=True)
        for name in (*card.files, "card.json"):  # last, for without it a folder is no model
            shutil.move(folder / name, args.out / name)
            print(f"written: {args.out / name}")
    return EXIT_OK


def _compare(args: argparse.Namespace, folder: Path, clips: Sequence[Clip]) -> bool:
    """Compare all engines; print what was found; tell whether nothing speaks against them."""
    from apps.export_follow import moments, success_auc
    from apps.export_parity import compare, table
    from tracker.loading import open_model

    eager = open_model(folder, engine="eager", device=args.device, threads=args.threads)
    seen = moments(eager, clips, _MOMENTS)
    auc = None if args.clips is None else success_auc(eager, clips)
    found = [
        compare(model, precision, seen, clips, auc) for model, precision in _models(args, folder)
    ]
    if not found:
        complain(NAME, "no engine can be compared here: nothing was written")
        return False
    print(table(found))
    for precision in sorted(_written(args) - {each.precision for each in found}):
        print(f"not compared: {precision}: none of these engines runs it")
    if auc is not None:
        print(f"AUC of the network as it was built, on {len(clips)} clips: {auc:.4f}")
    objections = [(each, each.objection()) for each in found]
    for each, objection in objections:
        if objection is not None:
            complain(NAME, f"{each.engine} {each.precision} {objection}: nothing was written")
    return all(objection is None for _, objection in objections)


def _models(args: argparse.Namespace, folder: Path) -> Iterator[tuple[Model, Precision]]:
    """What was written, on every engine that it is compared on."""
    from tracker.loading import open_model

    for engine, precision in _candidates(args):
        try:
            model = open_model(
                folder,
                engine=engine,  # type: ignore[arg-type]  # one of names()
                device=args.device,
                threads=args.threads,
                precision=precision,
            )
        except EngineError as error:
            if precision != "bf16":  # which not every processor has
                raise
            print(f"not compared: {engine} {precision}: {error}")
        else:
            yield model, precision


def _candidates(args: argparse.Namespace) -> Iterator[tuple[str, Precision]]:
    """Every engine to compare, in every precision that is written."""
    from tracker.runtime.probe import probe

    written = _written(args)
    kind = args.device.partition(":")[0]
    for engine in args.engines or names():
        if engine == "eager":
            continue
        finding = probe(engine)
        if kind not in finding.devices:
            reason = finding.detail if not finding.works else f"it has no device {args.device!r}"
            if args.engines:
                raise CommandError(f"{engine} does not work here: {reason}. {finding.remedy}")
            print(f"not compared: {engine}: {reason}")
            continue
        for precision in precisions(engine, args.device):
            # what "compiled" runs in half precision is no graph, but made of the weights
            from_graph = precision in written and (engine, precision) != ("compiled", "fp16")
            if from_graph or precision == "bf16":  # that is computed with the graphs of fp32
                yield engine, precision


def _written(args: argparse.Namespace) -> set[Precision]:
    wanted: dict[Precision, bool] = {"fp32": True, "fp16": args.fp16, "int8": args.int8}
    return {precision for precision, written in wanted.items() if written}


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    quiet_opencv()
    return guarded(NAME, lambda: _export(_parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
