#include "formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pare_prepare_pixels(const decode_request *request, uint32_t width, uint32_t height, pare_image *image) {
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) {
    snprintf(request->message, request->message_size, "an image of %u x %u pixels", width, height);
    return -1;
  }
  if ((uint64_t)width * height > request->max_pixels) {
    snprintf(
      request->message, request->message_size, "%u x %u pixels are more than the limit of %zu", width, height,
      request->max_pixels);
    return -1;
  }
  image->width = (int32_t)width;
  image->height = (int32_t)height;
  if (request->measure_only) return 0;
  image->pixels = malloc((size_t)width * height * 3);
  if (image->pixels == NULL) {
    snprintf(request->message, request->message_size, "no memory for %u x %u pixels", width, height);
    return -1;
  }
  return 0;
}

static int decode(const decode_request *request, pare_image *image) {
  static const uint8_t png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  memset(image, 0, sizeof *image);
  if (request->message_size > 0) request->message[0] = 0;
  int status = -1;
  if (request->count == 0) {
    snprintf(request->message, request->message_size, "the file is empty");
  } else if (request->count >= 3 && memcmp(request->bytes, "\xFF\xD8\xFF", 3) == 0) {
    status = pare_decode_jpeg(request, image);
  } else if (request->count >= 8 && memcmp(request->bytes, png_signature, 8) == 0) {
    status = pare_decode_png(request, image);
  } else {
    snprintf(request->message, request->message_size, "neither a JPEG nor a PNG");
  }
  if (status != 0) pare_image_free(image);
  return status;
}

int pare_image_decode(
  const uint8_t *bytes, size_t count, size_t max_pixels, pare_image *image, char *message, size_t message_size) {
  decode_request request = {bytes, count, max_pixels, 0, message, message_size};
  return decode(&request, image);
}

int pare_image_measure(
  const uint8_t *bytes, size_t count, size_t max_pixels, pare_image *image, char *message, size_t message_size) {
  decode_request request = {bytes, count, max_pixels, 1, message, message_size};
  return decode(&request, image);
}

void pare_image_free(pare_image *image) {
  free(image->pixels);
  image->pixels = NULL;
}
