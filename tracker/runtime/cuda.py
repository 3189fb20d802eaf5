"""The few calls of NVIDIA's driver that buffers and a stream need, without any package.

The driver's library is there wherever a GPU can be used, on a Jetson too, and its interface has
been stable for more than a decade (CUDA Driver API: contexts, memory, streams, modules, launches).
"""

from __future__ import annotations

import ctypes
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import EngineError

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_MAJOR, _MINOR = 75, 76  # attributes of a device: its compute capability
_PAGEABLE = 88  # may its kernels read this machine's memory as any program has it?
_KIND, _MANAGED, _OWNER = 2, 8, 9  # attributes of a pointer
_SIGNATURES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("cuInit", (c_uint,)),
    ("cuDeviceGet", (POINTER(c_int), c_int)),
    ("cuDeviceGetName", (c_char_p, c_int, c_int)),
    ("cuDeviceGetAttribute", (POINTER(c_int), c_int, c_int)),
    ("cuDevicePrimaryCtxRetain", (POINTER(c_void_p), c_int)),
    ("cuCtxPushCurrent_v2", (c_void_p,)),
    ("cuCtxPopCurrent_v2", (POINTER(c_void_p),)),
    ("cuPointerGetAttribute", (c_void_p, c_int, c_uint64)),
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
        self._context, self._device = context, device
        self.gpu = self._describe()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the GPU this thread's, for all else that is asked of it; then give it back."""
        self._call("cuCtxPushCurrent_v2", self._context)
        try:
            yield
        finally:
            self._call("cuCtxPopCurrent_v2", byref(c_void_p()))

    def end_with(self, owner: object, give_back: Callable[[Any], None], what: object) -> None:
        """Call `give_back(what)` when `owner` goes, in whatever thread drops it."""
        weakref.finalize(owner, self._ended, give_back, what)

    def _ended(self, give_back: Callable[[Any], None], what: object) -> None:
        with self.current():
            give_back(what)

    def sees(self, address: int) -> bool:
        """Whether kernels may read what lies at `address`: if not, all would end with them."""
        kind, managed, owner = c_uint(), c_uint(), c_int()
        ask = self._functions["cuPointerGetAttribute"]
        if ask(byref(kind), _KIND, address):  # the driver has never heard of it
            return bool(self._attribute(_PAGEABLE))
        ask(byref(managed), _MANAGED, address)
        ask(byref(owner), _OWNER, address)
        return kind.value != _DEVICE or bool(managed.value) or owner.value == self._device.value

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

    def _describe(self) -> Gpu:
        name = ctypes.create_string_buffer(256)
        self._call("cuDeviceGetName", name, len(name), self._device)
        return Gpu(name.value.decode(), (self._attribute(_MAJOR), self._attribute(_MINOR)))

    def _attribute(self, which: int) -> int:
        value = c_int()
        self._call("cuDeviceGetAttribute", byref(value), which, self._device)
        return value.value

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
