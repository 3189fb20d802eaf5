#!/usr/bin/env bash
# What only a machine with an NVIDIA GPU can tell: the tests marked gpu, then the timings of docs/speed.md.
# About five minutes from a cold cache. Needs torch with CUDA, Triton, pytest, and the run-time packages; run
# from the checkout: tests/gpu_check.sh OUT. OUT gets a log and the profiles' JSON files; the exit code is 1 if
# anything failed. No part waits for another to succeed. PYTHON and DEVICE (cuda:1) name others than usual.
set -uo pipefail
out=${1:?usage: tests/gpu_check.sh OUT}
mkdir -p "$out"
export PYTHONPATH=$PWD PYTHONUNBUFFERED=1
python=${PYTHON:-python3}
device=${DEVICE:-cuda}
failed=0

part() { # seconds, what is run
  local limit=$1
  shift
  echo "== $*"
  timeout "$limit" "$@" || { echo "== failed: exit code $?"; failed=1; }
}

{
  # b1.5 is not packaged: random weights, which are never in doubt of a box that stays where it is
  "$python" - "$out/b1.5" <<'PY' || failed=1
import json, sys
from pathlib import Path
from tests.tracker.model_folder import write_model

path = write_model(Path(sys.argv[1]), "b1.5") / "card.json"
card = json.loads(path.read_text())
card["tracking"]["state"] |= {"hold": 1.0, "doubt": 0.0, "sure": 0.0}
path.write_text(json.dumps(card))
PY
  part 300 "$python" -m pytest -q --durations=8 --continue-on-collection-errors -o filterwarnings=default -W ignore -m gpu tests/tracker tests/apps/test_profile_engines.py
  for model in b0 "$out/b1.5"; do
    part 180 "$python" apps/profile.py tracker --model "$model" --engine compiled --precision fp16 \
      --device "$device" --starts 0 --targets 64 --json "$out/tracker-$(basename "$model").json"
  done
  part 120 "$python" apps/profile.py backbones --engine recorded --device "$device" --batch 64
  part 120 "$python" apps/profile.py blocks --engine recorded --device "$device" --batch 64
  exit "$failed"
} 2>&1 | tee "$out/gpu_check.log"
