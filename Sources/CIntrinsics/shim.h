#pragma once

// What the compiler was told about the machine (-march): Swift has no condition for it.
#ifdef __AVX512F__
#define HAS_32_REGISTERS_OF_16_FLOATS 1
#else
#define HAS_32_REGISTERS_OF_16_FLOATS 0
#endif

// sum + a·b, fused where that is one instruction and not a slow library call. Swift's own `addingProduct` goes lane by lane,
// which the compiler does not always put together again.
typedef float eight_floats __attribute__((ext_vector_type(8)));
typedef float sixteen_floats __attribute__((ext_vector_type(16)));
#if defined(__FMA__) || defined(__aarch64__)
#define ADDING_PRODUCT(sum, a, b) __builtin_elementwise_fma(a, b, sum)
#else
#define ADDING_PRODUCT(sum, a, b) ((sum) + (a) * (b))
#endif
static inline eight_floats adding_product_8(eight_floats sum, eight_floats a, eight_floats b) {
    return ADDING_PRODUCT(sum, a, b);
}
static inline sixteen_floats adding_product_16(sixteen_floats sum, sixteen_floats a, sixteen_floats b) {
    return ADDING_PRODUCT(sum, a, b);
}

// Swift has no way to ask for memory that is wanted later; any address may be asked for.
static inline void prefetch_to_second_level(const void *address) { __builtin_prefetch(address, 0, 2); }
static inline void prefetch_for_writing(const void *address) { __builtin_prefetch(address, 1, 2); }

// Tells the core that the thread waits for another one, which then gets what they share.
static inline void wait_a_moment(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
