#pragma once

#include <stdint.h>
#include <string.h>
#include <tiffio.h>

/// What libtiff tells of one page; here because its accessors are variadic, which Swift cannot call.
typedef struct {
    uint32_t width, height;
    uint16_t bits, samples, format, planar;
    int tiled;
    uint32_t tile_width, tile_height;
} ctiff_page;

static inline ctiff_page ctiff_describe(TIFF *file) {
    ctiff_page page;
    memset(&page, 0, sizeof page);
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &page.width);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &page.height);
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &page.bits);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &page.format);
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &page.planar);
    page.tiled = TIFFIsTiled(file);
    if (page.tiled) {
        TIFFGetField(file, TIFFTAG_TILEWIDTH, &page.tile_width);
        TIFFGetField(file, TIFFTAG_TILELENGTH, &page.tile_height);
    }
    return page;
}

/// Libtiff prints its warnings and errors unless told not to.
static inline void ctiff_be_quiet(void) {
    TIFFSetErrorHandler(NULL);
    TIFFSetWarningHandler(NULL);
}
