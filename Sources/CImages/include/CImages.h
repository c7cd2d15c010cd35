/// Decoding of JPEG and PNG images from memory, resizing, and placing of pixels in batches.
///
/// Nothing here prints, exits or keeps state: faults come back as a return value and a message in the caller's buffer.
#ifndef PARE_CIMAGES_H
#define PARE_CIMAGES_H

#include <stddef.h>
#include <stdint.h>

/// Pixels of a decoded image: RGB, 8 bits each, rows from the top, no padding.
typedef struct {
  uint8_t *pixels;
  int32_t width;
  int32_t height;
  /// 1 where the file holds one channel (the pixels are RGB all the same).
  int32_t is_grey;
} pare_image;

/// Filters of `pare_image_resize`.
enum { PARE_FILTER_BILINEAR = 0, PARE_FILTER_BICUBIC = 1 };

/// Decodes a JPEG (greyscale, YCbCr, RGB, CMYK, YCCK; baseline or progressive) or a PNG (every colour type and depth;
/// alpha is dropped, 16 bits become 8) into RGB.
///
/// Returns 0, and then `image` owns memory for `pare_image_free`; or -1, and then `message` says why. Truncated and
/// corrupted data, and images of more than `max_pixels` pixels, are faults.
int pare_image_decode(
  const uint8_t *bytes, size_t count, size_t max_pixels, pare_image *image, char *message, size_t message_size);

/// Reads width and height from the header alone; the same faults as `pare_image_decode`.
int pare_image_measure(
  const uint8_t *bytes, size_t count, size_t max_pixels, pare_image *image, char *message, size_t message_size);

/// Frees the pixels of a decoded image.
void pare_image_free(pare_image *image);

/// Resizes RGB pixels to `full_width` x `full_height` with an antialiased filter (its width grows with the reduction)
/// and stores the window of `out_width` x `out_height` at (`left`, `top`) of the result. Horizontal pass, then
/// vertical, 22-bit fixed-point weights, rounded to 8 bits after each: the arithmetic of Pillow's `Image.resize`.
///
/// Returns 0, or -1 where memory runs out.
int pare_image_resize(
  const uint8_t *source, int32_t width, int32_t height, int32_t full_width, int32_t full_height, int32_t left,
  int32_t top, uint8_t *out, int32_t out_width, int32_t out_height, int32_t filter);

/// Splits RGB pixels into planes: 3 planes, red first or (`reversed`) blue first, or 1 plane of luma
/// (0.299 R + 0.587 G + 0.114 B, rounded as Pillow does).
void pare_image_planes(const uint8_t *rgb, size_t pixels, int32_t channels, int32_t reversed, uint8_t *planes);

/// Writes planes of bytes as floats `byte / divisor`. Output pixel (y, x) is source pixel (y + dy, x + dx), mirrored
/// left to right first where `flipped`; outside the source it is 0. Consecutive output pixels are `pixel_stride`
/// floats apart, planes `plane_stride`.
void pare_image_place(
  const uint8_t *planes, int32_t channels, int32_t height, int32_t width, int32_t dy, int32_t dx, int32_t flipped,
  float divisor, float *out, size_t pixel_stride, size_t plane_stride);

/// A 64-bit hash of bytes that tells different files apart; no protection against forgery.
uint64_t pare_bytes_hash(const uint8_t *bytes, size_t count);

#endif
