// SPDX-License-Identifier: MIT
// QuickFIX (C++) at the same work on the same bytes: what the FIX benchmark compares with.
#ifndef QUICKFIX_REFERENCE_H
#define QUICKFIX_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Reads a dictionary (XML). NULL when it can't be read.
void *quickfix_open(const char *dictionary);
void quickfix_close(void *state);

/// Reads the message `rounds` times into a new message each, with check sum and length. Messages read.
int64_t quickfix_parse(const char *bytes, size_t count, int64_t rounds);
/// The same into one message that is used again.
int64_t quickfix_parse_again(const char *bytes, size_t count, int64_t rounds);
/// Reads and checks against the dictionary `rounds` times. Messages that passed.
int64_t quickfix_validate(void *state, const char *bytes, size_t count, int64_t rounds);
/// Makes an ExecutionReport field by field and writes it as text, `rounds` times. Bytes written.
int64_t quickfix_encode_report(int64_t rounds);
/// Makes a NewOrderSingle field by field and writes it as text, `rounds` times. Bytes written.
int64_t quickfix_encode_order(int64_t rounds);

/// An initiator and an acceptor in this process, over loopback: an order there, a report back, `count` times.
/// Nanoseconds of each go to `samples`. 0, or -1 when they did not log on.
int quickfix_round_trips(int port, int64_t count, int64_t *samples);

#ifdef __cplusplus
}
#endif
#endif
