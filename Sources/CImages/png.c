#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats.h"

/// What libpng's callbacks need: the bytes that are left, and where the message goes.
typedef struct {
  const decode_request *request;
  size_t offset;
} png_position;

static void stop(png_structp decoder, png_const_charp text) {
  png_position *position = png_get_error_ptr(decoder);
  snprintf(position->request->message, position->request->message_size, "%s", text);
  png_longjmp(decoder, 1);
}

static void warn(png_structp decoder, png_const_charp text) {
  (void)decoder;
  (void)text;
}

static void read_bytes(png_structp decoder, png_bytep out, size_t count) {
  png_position *position = png_get_io_ptr(decoder);
  if (count > position->request->count - position->offset) png_error(decoder, "the file is truncated");
  memcpy(out, position->request->bytes + position->offset, count);
  position->offset += count;
}

/// Asks libpng to hand out 8-bit RGB whatever the file holds.
static void ask_for_rgb(png_structp decoder, png_infop info) {
  png_byte colour = png_get_color_type(decoder, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(decoder);
  if (colour == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(decoder, info) < 8) png_set_expand_gray_1_2_4_to_8(decoder);
  png_set_scale_16(decoder);
  png_set_strip_alpha(decoder);
  if ((colour & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(decoder);
}

int pare_decode_png(const decode_request *request, pare_image *image) {
  png_position position = {request, 0};
  png_structp decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, &position, stop, warn);
  png_infop info = decoder == NULL ? NULL : png_create_info_struct(decoder);
  if (info == NULL) {
    snprintf(request->message, request->message_size, "libpng %s cannot start", PNG_LIBPNG_VER_STRING);
    png_destroy_read_struct(&decoder, NULL, NULL);
    return -1;
  }
  if (setjmp(png_jmpbuf(decoder))) {
    png_destroy_read_struct(&decoder, &info, NULL);
    return -1;
  }
  png_set_read_fn(decoder, &position, read_bytes);
  png_set_user_limits(decoder, INT32_MAX, INT32_MAX);
  png_read_info(decoder, info);
  image->is_grey = (png_get_color_type(decoder, info) & PNG_COLOR_MASK_COLOR) == 0;
  uint32_t width = png_get_image_width(decoder, info), height = png_get_image_height(decoder, info);
  if (pare_prepare_pixels(request, width, height, image) != 0) {
    png_destroy_read_struct(&decoder, &info, NULL);
    return -1;
  }
  if (!request->measure_only) {
    ask_for_rgb(decoder, info);
    int passes = png_set_interlace_handling(decoder);
    png_read_update_info(decoder, info);
    size_t stride = (size_t)width * 3;
    if (png_get_rowbytes(decoder, info) != stride) png_error(decoder, "an unknown colour type");
    for (int pass = 0; pass < passes; pass++) {
      for (uint32_t y = 0; y < height; y++) png_read_row(decoder, image->pixels + y * stride, NULL);
    }
    png_read_end(decoder, NULL);
  }
  png_destroy_read_struct(&decoder, &info, NULL);
  return 0;
}
