/* NVIDIA's driver as far as tracker/runtime/cuda.py calls it, with this machine's own memory. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int live = 0; /* allocations that were not given back */
static void *contexts[8]; /* of this thread, and there is one */
static int current = 0;   /* how many of them */

static int failing(void) { return getenv("FAKE_DRIVER_FAILS") != NULL; }

int fake_live(void) { return live; }

int cuInit(unsigned flags) { return failing() ? 100 : flags; }
int cuDeviceGet(int *device, int index) { *device = index; return index > 1 ? 101 : 0; }
int cuDeviceGetName(char *name, int length, int device) {
  strncpy(name, device ? "Fake GPU 1" : "Fake GPU 0", length);
  return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 8 : attribute == 76 ? 7 : attribute == 88 ? 1 : -1;
  return device < 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = (void *)(intptr_t)(device + 1);
  return 0;
}
int cuCtxPushCurrent_v2(void *context) {
  if (context == NULL || current == 8) return 201;
  contexts[current++] = context;
  return 0;
}
int cuCtxPopCurrent_v2(void **context) {
  if (!current) return 201;
  *context = contexts[--current];
  return 0;
}
/* memory of another GPU, where that is wanted; else nobody's */
int cuPointerGetAttribute(void *value, int attribute, uint64_t address) {
  const char *elsewhere = getenv("FAKE_DRIVER_ELSEWHERE");
  if (!address || elsewhere == NULL) return 1;
  *(int *)value = attribute == 2 ? 2 : attribute == 9 ? atoi(elsewhere) : 0;
  return 0;
}
int fake_current(void) { return current; }
int cuMemAlloc_v2(uint64_t *address, size_t size) {
  if (!current) return 201;
  if (size > ((size_t)1 << 32)) return 2;
  *address = (uint64_t)(uintptr_t)malloc(size);
  live++;
  return 0;
}
int cuMemFree_v2(uint64_t address) { free((void *)(uintptr_t)address); live--; return 0; }
int cuMemHostAlloc(void **address, size_t size, unsigned flags) {
  if (getenv("FAKE_DRIVER_NO_PINNED") != NULL) return 2;
  *address = malloc(size);
  live++;
  return flags;
}
int cuMemFreeHost(void *address) { free(address); live--; return 0; }
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t size, void *stream) {
  memcpy((void *)(uintptr_t)to, from, size);
  return stream == NULL;
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t size, void *stream) {
  memcpy(to, (void *)(uintptr_t)from, size);
  return stream == NULL;
}
/* its fields, all of eight bytes as they are laid out */
int cuMemcpy2DAsync_v2(const uint64_t *copy, void *stream) {
  if (copy[2] % 16 != 2 || copy[9] % 16 != 1) return 1; /* from the device to the host */
  for (uint64_t row = 0; row < copy[15]; row++)
    memcpy((char *)copy[10] + row * copy[13], (char *)copy[4] + row * copy[6], copy[14]);
  return stream == NULL;
}
int cuStreamCreate(void **stream, unsigned flags) { *stream = malloc(1); return flags != 1; }
int cuStreamSynchronize(void *stream) { return !current; }
int cuStreamDestroy_v2(void *stream) { free(stream); return !current; }

/* the kernel itself, compiled for this machine */
static struct { unsigned x, y; } blockIdx, blockDim, threadIdx;
#define __device__
#define __global__
#define EXPORTED static
#include "crop.cu"

int cuModuleLoadData(void **module, const char *ptx) {
  if (!current) return 201;
  *module = malloc(1);
  live++;
  return strstr(ptx, ".entry crop(") == NULL || strlen(ptx) > 100000;
}
int cuModuleUnload(void *module) { free(module); live--; return !current; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = (void *)crop;
  return module == NULL || strcmp(name, "crop") != 0;
}
int cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned threads,
                   unsigned also, unsigned more, unsigned shared, void *stream, void **arguments,
                   void **extra) {
  if (function != (void *)crop || stream == NULL || extra != NULL || shared != 0) return 1;
  if (z != 1 || also != 1 || more != 1 || threads > 1024) return 1;
  blockDim.x = threads;
  for (blockIdx.y = 0; blockIdx.y < y; blockIdx.y++)
    for (blockIdx.x = 0; blockIdx.x < x; blockIdx.x++)
      for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) crop(*(Job *)arguments[0]);
  return 0;
}
int cuGetErrorString(int code, const char **text) {
  *text = code == 100 ? "no CUDA-capable device is detected" : code == 2 ? "out of memory" : "odd";
  return 0;
}
