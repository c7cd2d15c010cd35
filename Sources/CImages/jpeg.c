// stdio before jpeglib: its header needs FILE.
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

#include "formats.h"

/// libjpeg's error manager, with the place to return to.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf back;
  const decode_request *request;
} jpeg_faults;

/// Stops decoding; libjpeg's own handler would exit the process.
static void stop(j_common_ptr decoder) {
  jpeg_faults *faults = (jpeg_faults *)decoder->err;
  char text[JMSG_LENGTH_MAX];
  decoder->err->format_message(decoder, text);
  snprintf(faults->request->message, faults->request->message_size, "%s", text);
  longjmp(faults->back, 1);
}

/// Warnings that mean lost pixels stop decoding; the others (stray bytes between markers) are harmless.
static void warn(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  switch (decoder->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE: stop(decoder); break;
    default: decoder->err->num_warnings++;
  }
}

static void silence(j_common_ptr decoder) { (void)decoder; }

/// a * b / 255, rounded.
static inline uint8_t scaled(unsigned a, unsigned b) {
  unsigned product = a * b + 128;
  return (uint8_t)((product + (product >> 8)) >> 8);
}

/// Turns one row of CMYK into RGB: (255 - ink) (255 - black) / 255. Adobe's files store 255 - ink already.
static void convert_cmyk(const uint8_t *row, uint8_t *out, int width, int inverted) {
  uint8_t flip = inverted ? 0 : 255;
  for (int x = 0; x < width; x++, row += 4, out += 3) {
    uint8_t light = row[3] ^ flip;
    for (int c = 0; c < 3; c++) out[c] = (uint8_t)(light - scaled((uint8_t)~(row[c] ^ flip), light));
  }
}

/// Decodes row by row into `image->pixels`; `cmyk_row` is NULL where libjpeg gives RGB.
static void read_rows(struct jpeg_decompress_struct *decoder, uint8_t *pixels, uint8_t *cmyk_row) {
  size_t stride = (size_t)decoder->output_width * 3;
  while (decoder->output_scanline < decoder->output_height) {
    uint8_t *target = pixels + decoder->output_scanline * stride;
    JSAMPROW row = cmyk_row != NULL ? cmyk_row : target;
    jpeg_read_scanlines(decoder, &row, 1);
    if (cmyk_row != NULL) {
      convert_cmyk(cmyk_row, target, (int)decoder->output_width, decoder->saw_Adobe_marker);
    }
  }
}

int pare_decode_jpeg(const decode_request *request, pare_image *image) {
  struct jpeg_decompress_struct decoder = {0};
  jpeg_faults faults = {.request = request};
  decoder.err = jpeg_std_error(&faults.manager);
  faults.manager.error_exit = stop;
  faults.manager.emit_message = warn;
  faults.manager.output_message = silence;
  if (setjmp(faults.back)) {
    jpeg_destroy_decompress(&decoder);
    return -1;
  }
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, request->bytes, request->count);
  jpeg_read_header(&decoder, TRUE);
  image->is_grey = decoder.num_components == 1;
  if (pare_prepare_pixels(request, decoder.image_width, decoder.image_height, image) != 0) {
    jpeg_destroy_decompress(&decoder);
    return -1;
  }
  if (!request->measure_only) {
    int is_cmyk = decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
    decoder.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&decoder);
    uint8_t *cmyk_row = NULL;
    if (is_cmyk) {  // From libjpeg's own pool, which destroying the decoder frees on every path.
      cmyk_row = decoder.mem->alloc_large((j_common_ptr)&decoder, JPOOL_IMAGE, (size_t)decoder.output_width * 4);
    }
    read_rows(&decoder, image->pixels, cmyk_row);
    jpeg_finish_decompress(&decoder);
  }
  jpeg_destroy_decompress(&decoder);
  return 0;
}
