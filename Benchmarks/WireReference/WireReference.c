// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "WireReference.h"
#include <sys/socket.h>

uint64_t wire_reference_echo(int feed, int orders, const void *order, size_t size, const uint32_t *stop) {
    unsigned char packet[2048];
    unsigned char report[4096];
    uint64_t answered = 0;
    // The feed comes first: reports are looked for once in so many looks.
    for (unsigned look = 0; !__atomic_load_n(stop, __ATOMIC_RELAXED); look++) {
        if (recv(feed, packet, sizeof packet, MSG_DONTWAIT) > 0) {
            if (send(orders, order, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size) answered++;
        } else if (look % 8 == 0) {
            (void)!recv(orders, report, sizeof report, MSG_DONTWAIT);
        }
    }
    return answered;
}
