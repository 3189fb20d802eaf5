"""Translate the crop kernel with NVIDIA's run-time compiler: `python -m tests.tracker.nvrtc`."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_size_t, c_void_p
from importlib import metadata
from pathlib import Path

from tracker.runtime import gpu_crop

SOURCE = Path(gpu_crop.__file__).with_name("crop.cu")
TARGET = SOURCE.with_suffix(".ptx")
# the oldest that is there: PTX of it is read by all later drivers, for all later GPUs
PACKAGE, VERSION = "nvidia-cuda-nvrtc-cu12", "12.1.105"
_OPTIONS = (b"--gpu-architecture=compute_53", b'-DEXPORTED=extern "C"', b"--fmad=false")


def translated() -> str:
    """PTX of the kernel.

    Raises:
        metadata.PackageNotFoundError: if the compiler is not installed.
    """
    found = metadata.distribution(PACKAGE)
    if found.version != VERSION:
        raise metadata.PackageNotFoundError(f"{PACKAGE} {VERSION}, but {found.version}")
    path = found.locate_file("nvidia/cuda_nvrtc/lib/libnvrtc.so.12")
    library = ctypes.CDLL(str(path))
    program, size = c_void_p(), c_size_t()
    source = SOURCE.read_bytes()
    library.nvrtcCreateProgram(byref(program), source, b"crop.cu", 0, None, None)
    options = (c_char_p * len(_OPTIONS))(*_OPTIONS)
    if library.nvrtcCompileProgram(program, len(_OPTIONS), options):
        library.nvrtcGetProgramLogSize(program, byref(size))
        log = ctypes.create_string_buffer(size.value)
        library.nvrtcGetProgramLog(program, log)
        raise RuntimeError(log.value.decode())
    library.nvrtcGetPTXSize(program, byref(size))
    text = ctypes.create_string_buffer(size.value)
    library.nvrtcGetPTX(program, text)
    library.nvrtcDestroyProgram(byref(program))
    return text.value.decode()


if __name__ == "__main__":
    TARGET.write_text(translated(), encoding="utf-8")
