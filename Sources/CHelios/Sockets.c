// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "CHeliosSockets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Room for a receive time and a drop count.
#define CONTROL 128
#define WAIT_MAX 16

#if !defined(__linux__)
struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};
#endif

typedef struct {
    struct mmsghdr *headers;
    struct iovec *pieces;
    struct sockaddr_in *senders;
    unsigned char *controls;
    // Headers over which the kernel may have written.
    int dirty;
    // The last look took a datagram alone: there may be more behind it.
    int follow;
} calls;

helios_datagrams *helios_datagrams_make(int count, int size) {
    helios_datagrams *batch = calloc(1, sizeof *batch);
    calls *c = calloc(1, sizeof *c);
    if (!batch || !c) {
        free(batch);
        free(c);
        return NULL;
    }
    batch->count = count;
    batch->size = size;
    batch->calls = c;
    batch->bytes = calloc((size_t)count, (size_t)size);
    batch->lengths = calloc((size_t)count, sizeof *batch->lengths);
    batch->times = calloc((size_t)count, sizeof *batch->times);
    c->headers = calloc((size_t)count, sizeof *c->headers);
    c->pieces = calloc((size_t)count, sizeof *c->pieces);
    c->senders = calloc((size_t)count, sizeof *c->senders);
    c->controls = calloc((size_t)count, CONTROL);
    if (!batch->bytes || !batch->lengths || !batch->times || !c->headers || !c->pieces || !c->senders || !c->controls) {
        helios_datagrams_free(batch);
        return NULL;
    }
    // Touched now, so that no page has to be found while a burst comes in.
    memset(batch->bytes, 0, (size_t)count * (size_t)size);
    for (int i = 0; i < count; i++) {
        c->pieces[i].iov_base = batch->bytes + (size_t)i * (size_t)size;
        c->pieces[i].iov_len = (size_t)size;
        c->headers[i].msg_hdr.msg_iov = &c->pieces[i];
        c->headers[i].msg_hdr.msg_iovlen = 1;
    }
    c->dirty = count;
    return batch;
}

void helios_datagrams_free(helios_datagrams *batch) {
    calls *c = batch->calls;
    free(c->headers);
    free(c->pieces);
    free(c->senders);
    free(c->controls);
    free(c);
    free(batch->bytes);
    free(batch->lengths);
    free(batch->times);
    free(batch);
}

static int udp_socket(void) {
#if defined(__linux__)
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return descriptor < 0 ? -errno : descriptor;
#else
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    if (descriptor < 0) return -errno;
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
#endif
}

static int fill_address(struct sockaddr_in *address, const char *text, uint16_t port) {
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    return inet_pton(AF_INET, text, &address->sin_addr) == 1 ? 0 : EINVAL;
}

static int is_group(const struct sockaddr_in *address) { return IN_MULTICAST(ntohl(address->sin_addr.s_addr)); }

#if defined(__linux__)
static int fill_interface(struct ip_mreqn *request, const char *interface) {
    if (!interface || inet_pton(AF_INET, interface, &request->imr_address) == 1) return 0;
    request->imr_ifindex = (int)if_nametoindex(interface);
    return request->imr_ifindex ? 0 : ENODEV;
}
typedef struct ip_mreqn membership;
#else
static int fill_interface(struct ip_mreq *request, const char *interface) {
    return !interface || inet_pton(AF_INET, interface, &request->imr_interface) == 1 ? 0 : ENODEV;
}
typedef struct ip_mreq membership;
#endif

static int set(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value) < 0 ? errno : 0;
}

static int get(int descriptor, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, level, name, &value, &length) < 0 ? 0 : value;
}

static int join(int descriptor, const struct sockaddr_in *group, const char *interface) {
    membership request;
    memset(&request, 0, sizeof request);
    int code = fill_interface(&request, interface);
    if (code) return code;
    request.imr_multiaddr = group->sin_addr;
#if defined(__linux__)
    // Otherwise the socket also gets groups that other sockets of this machine joined.
    set(descriptor, IPPROTO_IP, IP_MULTICAST_ALL, 0);
#endif
    return setsockopt(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) < 0 ? errno : 0;
}

static void set_buffer(int descriptor, int name, int forced, int bytes) {
    if (bytes <= 0) return;
    // Beyond the system's limit only for the privileged; without, as far as the limit.
    if (forced < 0 || set(descriptor, SOL_SOCKET, forced, bytes)) set(descriptor, SOL_SOCKET, name, bytes);
}

static int prepare(int descriptor, helios_udp_options *options) {
    struct sockaddr_in address;
    int code = fill_address(&address, options->address, options->port);
    if (code) return code;
    if (is_group(&address)) set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
#if defined(__linux__)
    set_buffer(descriptor, SO_RCVBUF, SO_RCVBUFFORCE, options->buffer);
    set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (options->busy_poll > 0) set(descriptor, SOL_SOCKET, SO_BUSY_POLL, options->busy_poll);
    options->granted_busy_poll = get(descriptor, SOL_SOCKET, SO_BUSY_POLL);
#else
    set_buffer(descriptor, SO_RCVBUF, -1, options->buffer);
#endif
    options->granted_buffer = get(descriptor, SOL_SOCKET, SO_RCVBUF);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return errno;
    if (is_group(&address) && (code = join(descriptor, &address, options->interface))) return code;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) return errno;
    options->granted_port = ntohs(address.sin_port);
    return 0;
}

int helios_udp_receiver(helios_udp_options *options) {
    int descriptor = udp_socket();
    if (descriptor < 0) return descriptor;
    int code = prepare(descriptor, options);
    if (!code) return descriptor;
    close(descriptor);
    return -code;
}

static int aim(int descriptor, const char *text, uint16_t port, const char *interface) {
    struct sockaddr_in address;
    int code = fill_address(&address, text, port);
    if (code) return code;
    if (is_group(&address)) {
        membership request;
        memset(&request, 0, sizeof request);
        if ((code = fill_interface(&request, interface))) return code;
#if defined(__linux__)
        if (interface && setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) < 0) return errno;
#else
        if (interface
            && setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_IF, &request.imr_interface, sizeof request.imr_interface) < 0)
            return errno;
#endif
        // Receivers on this machine are wanted too.
        unsigned char one = 1;
        setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_LOOP, &one, sizeof one);
    }
    return connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
}

int helios_udp_sender(const char *address, uint16_t port, const char *interface, int buffer) {
    int descriptor = udp_socket();
    if (descriptor < 0) return descriptor;
#if defined(__linux__)
    set_buffer(descriptor, SO_SNDBUF, SO_SNDBUFFORCE, buffer);
#else
    set_buffer(descriptor, SO_SNDBUF, -1, buffer);
#endif
    int code = aim(descriptor, address, port, interface);
    if (!code) return descriptor;
    close(descriptor);
    return -code;
}

static void read_control(helios_datagrams *batch, struct msghdr *header, int index) {
    batch->times[index] = 0;
#if defined(__linux__)
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET) continue;
        if (c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(c), sizeof time);
            batch->times[index] = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&batch->kernel_drops, CMSG_DATA(c), sizeof batch->kernel_drops);
        }
    }
#endif
}

static int receive_some(struct mmsghdr *headers, int count, int descriptor) {
#if defined(__linux__)
    return recvmmsg(descriptor, headers, (unsigned)count, MSG_DONTWAIT, NULL);
#else
    int done = 0;
    while (done < count) {
        ssize_t length = recvmsg(descriptor, &headers[done].msg_hdr, MSG_DONTWAIT);
        if (length < 0) break;
        headers[done++].msg_len = (unsigned)length;
    }
    return done ? done : -1;
#endif
}

#if defined(__linux__)
// Half the price of the batched call with its times, for what nearly always comes alone.
static int receive_alone(helios_datagrams *batch, int descriptor) {
    ssize_t length = recv(descriptor, batch->bytes, (size_t)batch->size, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) return -1;
    if (length > batch->size) batch->truncated++;
    batch->lengths[0] = length > batch->size ? (uint32_t)batch->size : (uint32_t)length;
    batch->times[0] = 0;
    return 1;
}
#endif

static int receive_batch(helios_datagrams *batch, int descriptor) {
    calls *c = batch->calls;
    // The kernel writes over these lengths: those that it used are set again.
    for (int i = 0; i < c->dirty; i++) {
        c->headers[i].msg_hdr.msg_name = &c->senders[i];
        c->headers[i].msg_hdr.msg_namelen = sizeof c->senders[i];
        c->headers[i].msg_hdr.msg_control = c->controls + (size_t)i * CONTROL;
        c->headers[i].msg_hdr.msg_controllen = CONTROL;
    }
    int count = receive_some(c->headers, batch->count, descriptor);
    c->dirty = count > 0 ? count : 0;
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &c->headers[i].msg_hdr;
        batch->lengths[i] = c->headers[i].msg_len;
        if (header->msg_flags & MSG_TRUNC) batch->truncated++;
        read_control(batch, header, i);
    }
    return count;
}

int helios_udp_receive(helios_datagrams *batch, int descriptor) {
    int count;
    batch->used = 0;
#if defined(__linux__)
    calls *c = batch->calls;
    if (batch->eager && !c->follow) {
        count = receive_alone(batch, descriptor);
        c->follow = count > 0;
    } else {
        count = receive_batch(batch, descriptor);
        c->follow = count > 0;
    }
#else
    count = receive_batch(batch, descriptor);
#endif
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -errno;
    batch->used = count;
    return count;
}

int helios_udp_send(helios_datagrams *batch, int descriptor, int from, int end) {
    calls *c = batch->calls;
    for (int i = from; i < end; i++) c->pieces[i].iov_len = batch->lengths[i];
#if defined(__linux__)
    int count = sendmmsg(descriptor, c->headers + from, (unsigned)(end - from), MSG_DONTWAIT | MSG_NOSIGNAL);
#else
    int count = 0;
    while (from + count < end && sendmsg(descriptor, &c->headers[from + count].msg_hdr, MSG_DONTWAIT) >= 0) count++;
    if (count == 0) count = -1;
#endif
    return count < 0 ? -errno : count;
}

int helios_udp_reply(const helios_datagrams *batch, int index, int descriptor, const void *bytes, int count) {
    const calls *c = batch->calls;
    // Who sent it was not asked for.
    if (batch->eager) return -EDESTADDRREQ;
    const struct sockaddr *address = (const struct sockaddr *)&c->senders[index];
    ssize_t sent = sendto(descriptor, bytes, (size_t)count, MSG_DONTWAIT, address, sizeof c->senders[index]);
    return sent < 0 ? -errno : (int)sent;
}

int helios_udp_send_to(int descriptor, const char *text, uint16_t port, const void *bytes, int count) {
    struct sockaddr_in address;
    int code = fill_address(&address, text, port);
    if (code) return -code;
    ssize_t sent = sendto(descriptor, bytes, (size_t)count, MSG_DONTWAIT, (struct sockaddr *)&address, sizeof address);
    return sent < 0 ? -errno : (int)sent;
}

int helios_wait_readable(const int *descriptors, int count, int64_t nanoseconds) {
    struct pollfd waiting[WAIT_MAX];
    if (count > WAIT_MAX) return -EINVAL;
    for (int i = 0; i < count; i++) waiting[i] = (struct pollfd){descriptors[i], POLLIN, 0};
#if defined(__linux__)
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int ready = ppoll(waiting, (nfds_t)count, &time, NULL);
#else
    int ready = poll(waiting, (nfds_t)count, (int)(nanoseconds / 1000000));
#endif
    return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready;
}

void helios_close(int descriptor) { close(descriptor); }
