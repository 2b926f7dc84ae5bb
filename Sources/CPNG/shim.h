#pragma once

// libpng reports an error by a longjmp, which must not cross a Swift frame. Each function here therefore makes one whole
// trip (a file decoded, a file encoded) between a setjmp and its return, and hands an error back as text.

#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPNG_MESSAGE_LENGTH 160

/// An image as it stands in a PNG file: rows from the top, channels interleaved, 16-bit samples big-endian.
typedef struct {
    uint32_t width, height;
    int channels;    // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
    int bit_depth;   // 8 or 16
    uint8_t *bytes;  // samples (decoded) or the file (encoded); from malloc, the caller frees it
    size_t count;
    char message[2 * CPNG_MESSAGE_LENGTH];  // libpng's own words when a function returned 0
    char warning[CPNG_MESSAGE_LENGTH];      // its last warning, which often says what the error does not
} cpng_image;

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
} cpng_source;

static inline void cpng_fail(png_structp png, png_const_charp message) {
    cpng_image *image = (cpng_image *)png_get_error_ptr(png);
    snprintf(
        image->message, sizeof image->message, image->warning[0] ? "%.159s (%s)" : "%.159s", message, image->warning);
    png_longjmp(png, 1);
}

static inline void cpng_warn(png_structp png, png_const_charp message) {
    cpng_image *image = (cpng_image *)png_get_error_ptr(png);
    snprintf(image->warning, sizeof image->warning, "%s", message);
}

static inline void cpng_take(png_structp png, png_bytep out, png_size_t length) {
    cpng_source *source = (cpng_source *)png_get_io_ptr(png);
    if (length > source->count - source->position) png_error(png, "the file is truncated");
    memcpy(out, source->bytes + source->position, length);
    source->position += length;
}

static inline void cpng_give(png_structp png, png_bytep bytes, png_size_t length) {
    cpng_image *image = (cpng_image *)png_get_io_ptr(png);
    uint8_t *grown = (uint8_t *)realloc(image->bytes, image->count + length);
    if (!grown) png_error(png, "out of memory");
    memcpy(grown + image->count, bytes, length);
    image->bytes = grown;
    image->count += length;
}

static inline void cpng_flush(png_structp png) { (void)png; }

/// Decodes a PNG file. Palettes become RGB, fewer than 8 bits become 8, a transparent colour becomes alpha.
/// Returns 1, or 0 with `message` set and nothing to free.
static inline int cpng_decode(const uint8_t *file, size_t count, uint32_t max_side, uint64_t max_pixels, cpng_image *image) {
    memset(image, 0, sizeof *image);
    cpng_source source = {file, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, cpng_fail, cpng_warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, &info, NULL);
        strcpy(image->message, "out of memory");
        return 0;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(image->bytes);
        image->bytes = NULL;
        return 0;
    }
    png_set_user_limits(png, max_side, max_side);
    png_set_read_fn(png, &source, cpng_take);
    png_read_info(png, info);
    png_set_expand(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);

    image->width = png_get_image_width(png, info);
    image->height = png_get_image_height(png, info);
    image->channels = png_get_channels(png, info);
    image->bit_depth = png_get_bit_depth(png, info);
    size_t row = png_get_rowbytes(png, info);
    image->count = row * image->height;
    if ((uint64_t)image->width * image->height > max_pixels) png_error(png, "the image has too many pixels");
    // A file byte holds at most 1032 deflated bytes, and one of those at most 8 pixels of 4 palette channels: a header
    // that promises more is a lie, found out before memory is taken for it.
    if (image->count / 32 / 1032 > count) png_error(png, "the header promises more pixels than the file can hold");
    image->bytes = (uint8_t *)malloc(image->count);
    if (!image->bytes) png_error(png, "out of memory");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < image->height; y++) png_read_row(png, image->bytes + y * row, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
}

/// Encodes `samples` (laid out as in `cpng_image`) with the image's width, height, channels (1 or 3) and bit depth into
/// `image->bytes`. Returns 1, or 0 with `message` set and nothing to free.
static inline int cpng_encode(const uint8_t *samples, cpng_image *image) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, image, cpng_fail, cpng_warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, &info);
        strcpy(image->message, "out of memory");
        return 0;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(image->bytes);
        image->bytes = NULL;
        return 0;
    }
    png_set_write_fn(png, image, cpng_give, cpng_flush);
    png_set_IHDR(
        png, info, image->width, image->height, image->bit_depth,
        image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    size_t row = (size_t)image->width * image->channels * (image->bit_depth / 8);
    for (uint32_t y = 0; y < image->height; y++) png_write_row(png, samples + y * row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 1;
}
