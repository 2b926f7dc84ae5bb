#pragma once
#include <cblas.h>

// What the compiler was told about the machine (-march): Swift has no condition for it.
#ifdef __AVX512F__
#define HAS_32_REGISTERS_OF_16_FLOATS 1
#else
#define HAS_32_REGISTERS_OF_16_FLOATS 0
#endif
#if defined(__FMA__) || defined(__aarch64__)
#define HAS_FUSED_MULTIPLY_ADD 1
#else
#define HAS_FUSED_MULTIPLY_ADD 0
#endif
