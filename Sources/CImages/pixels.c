#include <string.h>

#include "CImages.h"

void pare_image_planes(const uint8_t *rgb, size_t pixels, int32_t channels, int32_t reversed, uint8_t *planes) {
  if (channels == 1) {
    for (size_t i = 0; i < pixels; i++, rgb += 3) {
      planes[i] = (uint8_t)((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
    }
    return;
  }
  uint8_t *first = planes + (reversed ? 2 * pixels : 0), *last = planes + (reversed ? 0 : 2 * pixels);
  for (size_t i = 0; i < pixels; i++, rgb += 3) {
    first[i] = rgb[0];
    planes[pixels + i] = rgb[1];
    last[i] = rgb[2];
  }
}

void pare_image_place(
  const uint8_t *planes, int32_t channels, int32_t height, int32_t width, int32_t dy, int32_t dx, int32_t flipped,
  float divisor, float *out, size_t pixel_stride, size_t plane_stride) {
  // Output columns from..<to read inside the source.
  int32_t from = dx < 0 ? -dx : 0, to = dx > 0 ? width - dx : width;
  if (from > width) from = width;
  if (to < from) to = from;
  for (int32_t c = 0; c < channels; c++) {
    for (int32_t y = 0; y < height; y++) {
      float *target = out + (size_t)c * plane_stride + (size_t)y * width * pixel_stride;
      int32_t row = y + dy, low = from, high = to;
      if (row < 0 || row >= height) low = high = width;
      const uint8_t *source = planes + ((size_t)c * height + (high > low ? row : 0)) * width;
      for (int32_t x = 0; x < low; x++) target[x * pixel_stride] = 0;
      for (int32_t x = high; x < width; x++) target[x * pixel_stride] = 0;
      if (flipped) {
        for (int32_t x = low; x < high; x++) target[x * pixel_stride] = source[width - 1 - x - dx] / divisor;
      } else if (pixel_stride == 1) {
        for (int32_t x = low; x < high; x++) target[x] = source[x + dx] / divisor;
      } else {
        for (int32_t x = low; x < high; x++) target[x * pixel_stride] = source[x + dx] / divisor;
      }
    }
  }
}

uint64_t pare_bytes_hash(const uint8_t *bytes, size_t count) {
  const uint64_t prime = 0x9E3779B185EBCA87u;
  uint64_t hash = count * prime + 0x27D4EB2F165667C5u, word;
  for (; count >= 8; count -= 8, bytes += 8) {
    memcpy(&word, bytes, 8);
    hash = (hash ^ word * prime) * 0xC2B2AE3D27D4EB4Fu;
    hash ^= hash >> 29;
  }
  for (; count > 0; count--, bytes++) hash = (hash ^ *bytes) * prime;
  hash = (hash ^ hash >> 33) * 0xC2B2AE3D27D4EB4Fu;
  return hash ^ hash >> 32;
}
