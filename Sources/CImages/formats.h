// What the decoders share; not part of the module.
#ifndef PARE_CIMAGES_FORMATS_H
#define PARE_CIMAGES_FORMATS_H

#include "CImages.h"

/// Bytes to decode, limits, and where the message goes.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t max_pixels;
  /// Stop after the header.
  int measure_only;
  char *message;
  size_t message_size;
} decode_request;

int pare_decode_jpeg(const decode_request *request, pare_image *image);
int pare_decode_png(const decode_request *request, pare_image *image);

/// Checks the extent and allocates the pixels unless only measuring. Returns 0, or -1 with a message.
int pare_prepare_pixels(const decode_request *request, uint32_t width, uint32_t height, pare_image *image);

#endif
