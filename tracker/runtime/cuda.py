"""The few calls of NVIDIA's driver that buffers and a stream need, without any package.

The driver's library is there wherever a GPU can be used, on a Jetson too, and its interface has
been stable for more than a decade (CUDA Driver API: contexts, memory, streams, modules, launches).
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import EngineError

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_MAJOR, _MINOR = 75, 76  # attributes of a device: its compute capability
_SIGNATURES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("cuInit", (c_uint,)),
    ("cuDeviceGet", (POINTER(c_int), c_int)),
    ("cuDeviceGetName", (c_char_p, c_int, c_int)),
    ("cuDeviceGetAttribute", (POINTER(c_int), c_int, c_int)),
    ("cuDevicePrimaryCtxRetain", (POINTER(c_void_p), c_int)),
    ("cuCtxSetCurrent", (c_void_p,)),
    ("cuMemAlloc_v2", (POINTER(c_uint64), c_size_t)),
    ("cuMemFree_v2", (c_uint64,)),
    ("cuMemHostAlloc", (POINTER(c_void_p), c_size_t, c_uint)),
    ("cuMemFreeHost", (c_void_p,)),
    ("cuMemcpyHtoDAsync_v2", (c_uint64, c_void_p, c_size_t, c_void_p)),
    ("cuMemcpyDtoHAsync_v2", (c_void_p, c_uint64, c_size_t, c_void_p)),
    ("cuMemcpy2DAsync_v2", (c_void_p, c_void_p)),
    ("cuStreamCreate", (POINTER(c_void_p), c_uint)),
    ("cuStreamSynchronize", (c_void_p,)),
    ("cuStreamDestroy_v2", (c_void_p,)),
    ("cuModuleLoadData", (POINTER(c_void_p), c_char_p)),
    ("cuModuleUnload", (c_void_p,)),
    ("cuModuleGetFunction", (POINTER(c_void_p), c_void_p, c_char_p)),
    (
        "cuLaunchKernel",
        (c_void_p, *(c_uint,) * 6, c_uint, c_void_p, POINTER(c_void_p), c_void_p),
    ),
    ("cuGetErrorString", (c_int, POINTER(c_char_p))),
)


_HOST, _DEVICE = 1, 2  # kinds of memory


class _Copy2D(Structure):
    """CUDA_MEMCPY2D: source, target, and how much."""

    _fields_ = (
        ("source_x", c_size_t),
        ("source_y", c_size_t),
        ("source_kind", c_int),
        ("source_host", c_void_p),
        ("source_device", c_uint64),
        ("source_array", c_void_p),
        ("source_pitch", c_size_t),
        ("target_x", c_size_t),
        ("target_y", c_size_t),
        ("target_kind", c_int),
        ("target_host", c_void_p),
        ("target_device", c_uint64),
        ("target_array", c_void_p),
        ("target_pitch", c_size_t),
        ("width", c_size_t),
        ("height", c_size_t),
    )


@dataclass(frozen=True, slots=True)
class Gpu:
    """What a compiled engine depends on."""

    name: str
    capability: tuple[int, int]


class Cuda:
    """One GPU, through the driver; its primary context is the one that other libraries use too."""

    def __init__(self, index: int = 0) -> None:
        try:
            library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise EngineError(f"no NVIDIA driver here: {error}") from error
        self._functions: dict[str, Any] = {}
        for name, arguments in _SIGNATURES:
            function = library[name]
            function.argtypes, function.restype = arguments, c_int
            self._functions[name] = function
        self._call("cuInit", 0)
        device, context = c_int(), c_void_p()
        self._call("cuDeviceGet", byref(device), index)
        self._call("cuDevicePrimaryCtxRetain", byref(context), device)
        self._context = context
        self.gpu = self._describe(device)

    def use(self) -> None:
        """Make the GPU this thread's; before anything else in a thread."""
        self._call("cuCtxSetCurrent", self._context)

    def stream(self) -> int:
        """A new stream, as the number that other libraries take."""
        stream = c_void_p()
        self._call("cuStreamCreate", byref(stream), 1)  # 1: does not wait for the default stream
        return stream.value or 0

    def wait(self, stream: int) -> None:
        """Until all work in a stream is done."""
        self._call("cuStreamSynchronize", stream)

    def destroy_stream(self, stream: int) -> None:
        """Give a stream back."""
        self._call("cuStreamDestroy_v2", stream)

    def allocate(self, size: int) -> int:
        """The address of `size` bytes on the GPU."""
        address = c_uint64()
        self._call("cuMemAlloc_v2", byref(address), size)
        return address.value

    def free(self, address: int) -> None:
        """Give GPU memory back."""
        self._call("cuMemFree_v2", address)

    def pinned(self, size: int) -> NDArray[np.uint8]:
        """`size` bytes of this machine's memory that the GPU can reach; `free_pinned` ends it."""
        address = c_void_p()
        self._call("cuMemHostAlloc", byref(address), size, 0)
        found = (ctypes.c_uint8 * size).from_address(address.value or 0)
        return np.ctypeslib.as_array(found)

    def free_pinned(self, memory: NDArray[np.uint8]) -> None:
        """Give pinned memory back; nothing may use it any more."""
        self._call("cuMemFreeHost", memory.ctypes.data)

    def upload(self, address: int, memory: NDArray[Any], stream: int) -> None:
        """Copy pinned `memory` to the GPU, in its turn in a stream."""
        self._call("cuMemcpyHtoDAsync_v2", address, memory.ctypes.data, memory.nbytes, stream)

    def download(self, memory: NDArray[Any], address: int, stream: int) -> None:
        """Copy from the GPU to pinned `memory`, in its turn in a stream."""
        self._call("cuMemcpyDtoHAsync_v2", memory.ctypes.data, address, memory.nbytes, stream)

    def download_rows(
        self, memory: NDArray[Any], address: int, pitch: int, row: int, stream: int
    ) -> None:
        """Fill pinned `memory` with rows of `row` bytes that lie `pitch` bytes apart on the GPU."""
        copy = _Copy2D(
            source_kind=_DEVICE,
            source_device=address,
            source_pitch=pitch,
            target_kind=_HOST,
            target_host=memory.ctypes.data,
            target_pitch=row,
            width=row,
            height=memory.nbytes // row,
        )
        self._call("cuMemcpy2DAsync_v2", byref(copy), stream)

    def program(self, ptx: bytes) -> int:
        """A program in PTX, which the driver translates for the GPU; `unload` ends it."""
        module = c_void_p()
        self._call("cuModuleLoadData", byref(module), ptx)
        return module.value or 0

    def kernel(self, program: int, name: str) -> int:
        """One of a program's kernels."""
        function = c_void_p()
        self._call("cuModuleGetFunction", byref(function), program, name.encode())
        return function.value or 0

    def unload(self, program: int) -> None:
        """Give a program back."""
        self._call("cuModuleUnload", program)

    def launch(
        self, kernel: int, blocks: tuple[int, int], threads: int, job: Structure, stream: int
    ) -> None:
        """Run a kernel on `blocks` of `threads`, in its turn in a stream; `job` goes by value."""
        arguments = (c_void_p * 1)(ctypes.addressof(job))
        self._call("cuLaunchKernel", kernel, *blocks, 1, threads, 1, 1, 0, stream, arguments, None)

    def _describe(self, device: c_int) -> Gpu:
        name, major, minor = ctypes.create_string_buffer(256), c_int(), c_int()
        self._call("cuDeviceGetName", name, len(name), device)
        self._call("cuDeviceGetAttribute", byref(major), _MAJOR, device)
        self._call("cuDeviceGetAttribute", byref(minor), _MINOR, device)
        return Gpu(name.value.decode(), (major.value, minor.value))

    def _call(self, name: str, *arguments: object) -> None:
        code = self._functions[name](*arguments)
        if code:
            text = c_char_p()
            self._functions["cuGetErrorString"](code, byref(text))
            reason = (text.value or b"unknown").decode()
            raise EngineError(f"NVIDIA's driver: {name} failed with {code}: {reason}")


def gpu_index(device: str) -> int:
    """Which GPU a device's name means.

    Raises:
        EngineError: if it is no NVIDIA GPU's.
    """
    kind, _, number = device.partition(":")
    if kind != "cuda" or not (number or "0").isdecimal():
        raise EngineError(f"this runs on 'cuda', or 'cuda:1' for the second GPU; not on {device!r}")
    return int(number or 0)
