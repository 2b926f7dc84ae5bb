#pragma once

#include <stdint.h>
#include <string.h>
#include <zlib.h>

/// Inflates a raw deflate stream (no zlib header) that must give exactly `out_count` bytes. Returns 1 if it did.
/// Here because `inflateInit2` is a macro, which Swift cannot call.
static inline int czlib_inflate_raw(const uint8_t *in, uint32_t in_count, uint8_t *out, uint32_t out_count) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (Bytef *)in;
    stream.avail_in = in_count;
    stream.next_out = out;
    stream.avail_out = out_count;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
    int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return status == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
}
