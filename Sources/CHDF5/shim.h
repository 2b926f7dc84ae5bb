#pragma once

// Libhdf5 may crash or loop on a damaged file. Each function of it is therefore called in a process of its own, which is
// forked, limited in time and memory, and writes what it finds into a pipe. Between fork and exit it runs C alone: the locks of
// a Swift program with many threads may be held by threads that the copy does not have.

// Its functions as they were in 1.10, where objects have addresses.
#define H5_USE_110_API
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// What a link of the file leads to.
enum {
    CHDF5_REAL,           // integers, floating-point numbers, Booleans
    CHDF5_COMPLEX,        // compounds of two floating-point numbers, as h5py writes complex ones
    CHDF5_OTHER,          // texts, other compounds, references, null data spaces
    CHDF5_EXTERNAL_LINK,  // into another file
    CHDF5_EXTERNAL_DATA,  // a data set whose numbers lie in other files
    CHDF5_DAMAGED,        // a data set that cannot be opened
};

/// Deeper groups are not looked into.
#define CHDF5_DEPTH 16
#define CHDF5_OBJECTS 65536
/// Memory that the process may take beyond what it was born with.
#define CHDF5_MEMORY ((rlim_t)4 << 30)

typedef struct {
    int out;
    /// Addresses of the objects so far: hard links can name one often, and a group within itself.
    haddr_t seen[CHDF5_OBJECTS];
    int count;
    char path[4096];
    size_t length;
    int depth;
} chdf5_walk;

static inline void chdf5_put(int out, const void *bytes, size_t count) {
    const char *next = (const char *)bytes;
    while (count > 0) {
        ssize_t written = write(out, next, count);
        if (written <= 0) _exit(3);
        next += written;
        count -= (size_t)written;
    }
}

static inline void chdf5_put_text(int out, const char *text) {
    uint64_t length = strlen(text);
    chdf5_put(out, &length, sizeof length);
    chdf5_put(out, text, length);
}

/// The memory type of a complex number: the file's names, so that libhdf5 finds the parts, and doubles.
static inline hid_t chdf5_complex(hid_t stored) {
    if (H5Tget_class(stored) != H5T_COMPOUND || H5Tget_nmembers(stored) != 2) return -1;
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * sizeof(double));
    for (unsigned k = 0; k < 2; k++) {
        char *name = H5Tget_member_name(stored, k);
        int is_part = name && strchr(k ? "iI" : "rR", name[0]) && H5Tget_member_class(stored, k) == H5T_FLOAT;
        if (!is_part || H5Tinsert(type, name, k * sizeof(double), H5T_NATIVE_DOUBLE) < 0) return -1;
        H5free_memory(name);
    }
    return type;
}

/// Name of a filter of the data set that this library does not have; "" where it has all.
static inline void chdf5_missing_filter(hid_t properties, char *name, size_t size) {
    name[0] = 0;
    int count = H5Pget_nfilters(properties);
    for (int k = 0; k < count; k++) {
        unsigned flags, configuration;
        size_t values = 0;
        H5Z_filter_t filter = H5Pget_filter2(properties, (unsigned)k, &flags, &values, NULL, size, name, &configuration);
        if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
        if (!name[0]) snprintf(name, size, "number %d", (int)filter);
        return;
    }
    name[0] = 0;
}

/// One link: kind, bytes of an element, rank, lengths, path, missing filter.
static inline void chdf5_record(chdf5_walk *walk, uint64_t kind, hid_t dataset) {
    hsize_t lengths[H5S_MAX_RANK] = {0};
    uint64_t size = 0, rank = 0;
    char filter[128] = "";
    if (dataset >= 0) {
        hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset), properties = H5Dget_create_plist(dataset);
        H5T_class_t class = H5Tget_class(type);
        int found = H5Sget_simple_extent_ndims(space);
        if (found < 0 || found > H5S_MAX_RANK || H5Sget_simple_extent_dims(space, lengths, NULL) != found) _exit(2);
        rank = (uint64_t)found;
        size = H5Tget_size(type);
        if (class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM) kind = CHDF5_REAL;
        if (class == H5T_COMPOUND && chdf5_complex(type) >= 0) kind = CHDF5_COMPLEX;
        if (H5Sget_simple_extent_type(space) == H5S_NULL) kind = CHDF5_OTHER;
        if (H5Pget_external_count(properties) > 0 || H5Pget_layout(properties) == H5D_VIRTUAL)
            kind = CHDF5_EXTERNAL_DATA;
        chdf5_missing_filter(properties, filter, sizeof filter);
        H5Tclose(type);
        H5Sclose(space);
        H5Pclose(properties);
    }
    uint64_t head[3] = {kind, size, rank};
    chdf5_put(walk->out, head, sizeof head);
    chdf5_put(walk->out, lengths, rank * sizeof lengths[0]);
    chdf5_put_text(walk->out, walk->path);
    chdf5_put_text(walk->out, filter);
}

static inline int chdf5_is_new(chdf5_walk *walk, haddr_t address) {
    for (int k = 0; k < walk->count; k++)
        if (walk->seen[k] == address) return 0;
    if (walk->count == CHDF5_OBJECTS) _exit(4);
    walk->seen[walk->count++] = address;
    return 1;
}

static inline herr_t chdf5_visit(hid_t group, const char *name, const H5L_info_t *link, void *context) {
    chdf5_walk *walk = (chdf5_walk *)context;
    size_t before = walk->length, length = strlen(name);
    if (before + length + 2 > sizeof walk->path) return 0;
    walk->path[before] = '/';
    memcpy(walk->path + before + 1, name, length + 1);
    walk->length = before + 1 + length;
    if (link->type == H5L_TYPE_HARD && chdf5_is_new(walk, link->u.address)) {
        hid_t object = H5Oopen(group, name, H5P_DEFAULT);
        H5I_type_t type = object < 0 ? H5I_BADID : H5Iget_type(object);
        if (type == H5I_GROUP && walk->depth < CHDF5_DEPTH) {
            walk->depth++;
            if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, chdf5_visit, context) < 0) _exit(2);
            walk->depth--;
        } else if (type == H5I_DATASET) {
            chdf5_record(walk, CHDF5_OTHER, object);
        } else if (object < 0) {
            chdf5_record(walk, CHDF5_DAMAGED, -1);
        }
        if (object >= 0) H5Oclose(object);
    } else if (link->type == H5L_TYPE_EXTERNAL) {
        chdf5_record(walk, CHDF5_EXTERNAL_LINK, -1);
    }
    walk->length = before;
    walk->path[before] = 0;
    return 0;
}

/// Every element as a double, complex ones as two, in blocks of whole rows of the first axis.
static inline void chdf5_numbers(hid_t file, const char *path, int out) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(dataset), stored = H5Dget_type(dataset);
    hid_t complex = chdf5_complex(stored), type = complex >= 0 ? complex : H5T_NATIVE_DOUBLE;
    hsize_t lengths[H5S_MAX_RANK] = {1}, start[H5S_MAX_RANK] = {0};
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > H5S_MAX_RANK || H5Sget_simple_extent_dims(space, lengths, NULL) != rank) _exit(2);
    size_t row = H5Tget_size(type);
    for (int k = 1; k < rank; k++) row *= lengths[k];
    hsize_t all = rank > 0 ? lengths[0] : 1, block = row < 1 << 24 ? (1 << 24) / row : 1;
    if (block > all) block = all;
    void *numbers = malloc(block * row);
    if (!numbers) _exit(2);
    for (start[0] = 0; start[0] < all; start[0] += block) {
        lengths[0] = all - start[0] < block ? all - start[0] : block;
        hid_t memory = rank > 0 ? H5Screate_simple(rank, lengths, NULL) : H5Screate(H5S_SCALAR);
        if (rank > 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, lengths, NULL) < 0) _exit(2);
        if (H5Dread(dataset, type, memory, rank > 0 ? space : H5S_ALL, H5P_DEFAULT, numbers) < 0) _exit(2);
        H5Sclose(memory);
        chdf5_put(out, numbers, lengths[0] * row);
    }
}

static inline void chdf5_limit(int resource, rlim_t soft) {
    struct rlimit limit = {soft, soft};
    setrlimit(resource, &limit);
}

/// Starts a process that writes the file's links (`dataset` NULL) or the numbers of a data set into a pipe.
///
/// Returns the pipe's end to read from, or -1. Exit status of the process: 0 everything was written, 1 no HDF5 file, 2 damaged, 3 nobody read,
/// 4 too many objects; a signal otherwise, SIGXCPU after `seconds` of processor time.
static inline int chdf5_start(const char *path, const char *dataset, int seconds, pid_t *child) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    *child = fork();
    if (*child < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (*child > 0) {
        close(ends[1]);
        return ends[0];
    }
    close(ends[0]);
    static const int signals[] = {SIGINT, SIGTERM, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGPIPE};
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++) signal(signals[k], SIG_DFL);
    // The last words of a crash are not the user's business.
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    chdf5_limit(RLIMIT_CORE, 0);
    chdf5_limit(RLIMIT_CPU, (rlim_t)seconds);
    char pages[64] = {0};
    int statm = open("/proc/self/statm", O_RDONLY);
    if (statm >= 0 && read(statm, pages, sizeof pages - 1) > 0)
        chdf5_limit(RLIMIT_AS, strtoul(pages, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + CHDF5_MEMORY);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) _exit(1);
    if (dataset) {
        chdf5_numbers(file, dataset, ends[1]);
    } else {
        static chdf5_walk walk;
        H5O_info_t root;
        walk.out = ends[1];
        if (H5Oget_info(file, &root) < 0 || !chdf5_is_new(&walk, root.addr)) _exit(2);
        if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, chdf5_visit, &walk) < 0) _exit(2);
    }
    _exit(0);
}

/// Waits for the process: its exit status, or 256 and the signal that ended it.
static inline int chdf5_end(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
