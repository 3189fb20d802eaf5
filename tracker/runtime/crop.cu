// Square crops of a frame, as tracker/crop.py cuts them: pixel centres at half pixels, bilinear
// interpolation without smoothing, the mean colour outside. One thread a pixel of a crop.
//
// crop.ptx is this file as NVRTC translates it; `python -m tests.tracker.nvrtc` does so.

#define MOST 32 // crops in one launch

typedef struct {
  unsigned long long part;  // address of (height, width, channels) bytes: what is seen of a frame
  unsigned long long crops; // address of (count, size, size, 3) bytes, RGB
  int width, height, channels;
  int pitch; // bytes from row to row of the part
  int bgr;   // the order of the channels, 0 or 1
  int size;  // of a crop
  float mean[3];                           // RGB
  float left[MOST], top[MOST], step[MOST]; // a crop's first pixel in the part, and pixels a pixel
} Job;

static __device__ float pixel(const Job *job, int x, int y, int colour) {
  if (x < 0 || y < 0 || x >= job->width || y >= job->height) return job->mean[colour];
  int channel = job->channels == 1 ? 0 : job->bgr ? 2 - colour : colour;
  const unsigned char *part = (const unsigned char *)job->part;
  return part[(long long)y * job->pitch + x * job->channels + channel];
}

EXPORTED __global__ void crop(const Job job) {
  int index = blockIdx.x * blockDim.x + threadIdx.x, which = blockIdx.y;
  if (index >= job.size * job.size) return;
  float x = job.left[which] + job.step[which] * (index % job.size);
  float y = job.top[which] + job.step[which] * (index / job.size);
  // far outside all is the mean colour, wherever exactly; and integers end somewhere
  x = fminf(fmaxf(x, -2.f), job.width + 1.f);
  y = fminf(fmaxf(y, -2.f), job.height + 1.f);
  float x0 = floorf(x), y0 = floorf(y), u = x - x0, v = y - y0;
  unsigned char *out =
      (unsigned char *)job.crops + ((long long)which * job.size * job.size + index) * 3;
  for (int colour = 0; colour < 3; colour++) {
    float above = (1 - u) * pixel(&job, x0, y0, colour) + u * pixel(&job, x0 + 1, y0, colour);
    float below = (1 - u) * pixel(&job, x0, y0 + 1, colour) + u * pixel(&job, x0 + 1, y0 + 1, colour);
    out[colour] = (unsigned char)rintf((1 - v) * above + v * below);
  }
}
