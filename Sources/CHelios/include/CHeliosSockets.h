// SPDX-License-Identifier: MIT
// Datagrams in batches: one system call for many, with the kernel's receive times and drop counts.
#ifndef CHELIOS_SOCKETS_H
#define CHELIOS_SOCKETS_H

#include <stdint.h>

/// Memory for datagrams: number `i` has `lengths[i]` bytes from `bytes + i * size` on.
typedef struct {
    unsigned char *bytes;
    uint32_t *lengths;
    /// When the kernel got each, nanoseconds since 1970; 0 when it did not say.
    int64_t *times;
    int count;
    int size;
    /// Datagrams that found the socket full, as the kernel counted them last.
    uint32_t kernel_drops;
    /// Datagrams that were longer than `size`, and are cut.
    uint32_t truncated;
    int used;
    /// Whether the first datagram after a pause is taken alone: sooner, without its time and its sender.
    int eager;
    void *calls;
} helios_datagrams;

/// What a receiving socket should be; `granted_` is what it is.
typedef struct {
    /// Dotted address: a multicast group to join, or an own address.
    const char *address;
    uint16_t port;
    /// Dotted address or name of the interface to join on; NULL leaves it to the system.
    const char *interface;
    /// Bytes that may wait in the socket; 0 leaves it.
    int buffer;
    /// Microseconds for which the kernel looks at the card itself; 0 leaves it.
    int busy_poll;
    uint16_t granted_port;
    int granted_buffer;
    int granted_busy_poll;
} helios_udp_options;

/// Memory for `count` datagrams of at most `size` bytes. NULL when there is none.
helios_datagrams *helios_datagrams_make(int count, int size);
void helios_datagrams_free(helios_datagrams *batch);

/// A non-blocking socket that receives. The descriptor, or a negative error number.
int helios_udp_receiver(helios_udp_options *options);

/// A non-blocking socket that sends to one address, by `interface` when that is not NULL. The descriptor, or a negative error
/// number.
int helios_udp_sender(const char *address, uint16_t port, const char *interface, int buffer);

/// Receives what is there, at most the batch. How many, or a negative error number.
int helios_udp_receive(helios_datagrams *batch, int descriptor);

/// Sends datagrams `from` to below `end` of the batch. How many went out, or a negative error number.
int helios_udp_send(helios_datagrams *batch, int descriptor, int from, int end);

/// Sends bytes to where received datagram `index` came from. Bytes sent, or a negative error number.
int helios_udp_reply(const helios_datagrams *batch, int index, int descriptor, const void *bytes, int count);

/// Sends bytes to an address from a receiving socket. Bytes sent, or a negative error number.
int helios_udp_send_to(int descriptor, const char *address, uint16_t port, const void *bytes, int count);

/// Waits until a socket has something, at most `nanoseconds`. How many have, 0, or a negative error number.
int helios_wait_readable(const int *descriptors, int count, int64_t nanoseconds);

void helios_close(int descriptor);

#endif
