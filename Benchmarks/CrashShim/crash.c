// SPDX-License-Identifier: MIT
// Loaded in front of the C library, it kills the process at its CRASH_AT-th call that writes: to a file, to a socket, or to
// stable storage. A write is first done up to a share of its bytes, CRASH_PART / 256, so that blocks are torn and messages cut.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static long rest = -1;
static size_t part = 0;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("CRASH_AT");
    const char *share = getenv("CRASH_PART");
    if (at) rest = atol(at);
    if (share) part = (size_t)atol(share) & 255;
}

/// Whether this is the call to die at.
static int isNow(void) { return rest > 0 && --rest == 0; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef ssize_t (*send_t)(int, const void *, size_t, int);
typedef int (*sync_t)(int);

static ssize_t writeAt(const char *name, int file, const void *bytes, size_t count, off_t offset) {
    pwrite_t real = REAL(pwrite_t, name);
    if (isNow()) {
        if (count * part / 256) real(file, bytes, count * part / 256, offset);
        die();
    }
    return real(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return writeAt("pwrite", file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
    return writeAt("pwrite64", file, bytes, count, offset);
}

ssize_t send(int socket, const void *bytes, size_t count, int flags) {
    send_t real = REAL(send_t, "send");
    if (isNow()) {
        if (count * part / 256) real(socket, bytes, count * part / 256, flags);
        die();
    }
    return real(socket, bytes, count, flags);
}

int fdatasync(int file) {
    if (isNow()) die();
    return REAL(sync_t, "fdatasync")(file);
}
