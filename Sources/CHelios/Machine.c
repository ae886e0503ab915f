// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "CHeliosMachine.h"
#include <errno.h>
#include <string.h>

#if defined(__linux__)
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

int helios_clock_read(helios_clock_state *state) {
    struct timex time;
    memset(&time, 0, sizeof time);
    int result = adjtimex(&time);
    if (result < 0) return errno;
    state->synchronised = result != TIME_ERROR && !(time.status & STA_UNSYNC);
    state->error_max = time.maxerror;
    state->error_estimate = time.esterror;
    return 0;
}

int helios_card_coalescing(const char *name, uint32_t *microseconds, int *adaptive) {
    struct ethtool_coalesce answer;
    struct ifreq request;
    memset(&answer, 0, sizeof answer);
    memset(&request, 0, sizeof request);
    if (strlen(name) >= IFNAMSIZ) return ENAMETOOLONG;
    strcpy(request.ifr_name, name);
    answer.cmd = ETHTOOL_GCOALESCE;
    request.ifr_data = (char *)&answer;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    int code = ioctl(descriptor, SIOCETHTOOL, &request) < 0 ? errno : 0;
    close(descriptor);
    *microseconds = answer.rx_coalesce_usecs;
    *adaptive = answer.use_adaptive_rx_coalesce != 0;
    return code;
}
#else
int helios_clock_read(helios_clock_state *state) {
    (void)state;
    return ENOTSUP;
}

int helios_card_coalescing(const char *name, uint32_t *microseconds, int *adaptive) {
    (void)name, (void)microseconds, (void)adaptive;
    return ENOTSUP;
}
#endif
