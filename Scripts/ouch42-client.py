#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two participants of an exchange who speak OUCH 4.2 over SoupBinTCP and share no code with it.

usage: ouch42-client.py PORT USER OTHER SYMBOL

Walks through an order's life in a book that nobody else trades in: acceptances, executions, a chain of replacements, partial and
full cancels, modifications, orders that are born dead, refusals, messages sent again, and a connection that is lost and replayed.
Exits with 0 when every answer was the expected one and the shares of every chain add up.
"""
import socket, struct, sys, time

PORT, USER, OTHER, SYMBOL = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
LENGTHS = {"S": 10, "A": 66, "U": 80, "C": 28, "E": 40, "B": 32, "J": 24, "P": 23, "I": 23, "T": 36, "M": 28}


class Session:
    def __init__(self, user):
        self.user, self.session, self.heard, self.at = user, b"", [], 0
        self.connect(1)

    def connect(self, sequence):
        self.line = socket.create_connection(("127.0.0.1", PORT), timeout=20)
        self.buffer = b""
        login = self.user.ljust(6).encode() + b"secret".ljust(10) + self.session.rjust(10) + str(sequence).rjust(20).encode()
        self.line.sendall(struct.pack(">Hc", 1 + len(login), b"L") + login)
        kind, body = self.packet()
        assert kind == "A", (kind, body)
        self.session = body[:10].strip()
        assert int(body[10:30]) == sequence, body

    def packet(self):
        while True:
            if len(self.buffer) >= 2:
                (length,) = struct.unpack(">H", self.buffer[:2])
                if len(self.buffer) >= 2 + length:
                    kind, body = self.buffer[2:3].decode(), self.buffer[3:2 + length]
                    self.buffer = self.buffer[2 + length:]
                    if kind != "H":
                        return kind, body
                    continue
            data = self.line.recv(65536)
            assert data, "the line is closed"
            self.buffer += data

    def send(self, message):
        self.line.sendall(struct.pack(">Hc", 1 + len(message), b"U") + message)

    def next(self, letter):
        """The next message, which must be of this letter and of its length."""
        if self.at == len(self.heard):
            kind, body = self.packet()
            assert kind == "S", kind
            self.heard.append(body)
        body = self.heard[self.at]
        self.at += 1
        assert body[:1].decode() == letter, (letter, body)
        assert len(body) == LENGTHS[letter], (letter, len(body))
        return body

    def enter(self, token, side, shares, price, seconds=99998, display="Y", cross="N", minimum=0, symbol=SYMBOL):
        self.send(struct.pack(">c14scI8sII4sccc", b"O", token.ljust(14).encode(), side.encode(), shares,
                              symbol.ljust(8).encode(), price, seconds, b"TEST", display.encode(), b"P", b"N")
                  + struct.pack(">Icc", minimum, cross.encode(), b"N"))

    def replace(self, token, new, shares, price, seconds=99998):
        self.send(struct.pack(">c14s14sIIIccI", b"U", token.ljust(14).encode(), new.ljust(14).encode(), shares, price,
                              seconds, b"Y", b"N", 0))

    def cancel(self, token, shares=0):
        self.send(struct.pack(">c14sI", b"X", token.ljust(14).encode(), shares))

    def modify(self, token, side, shares):
        self.send(struct.pack(">c14scI", b"M", token.ljust(14).encode(), side.encode(), shares))


def text(field):
    return field.decode().strip()


def number(body, at, size):
    return int.from_bytes(body[at:at + size], "big")


one, two = Session(USER), Session(OTHER)
assert text(one.next("S")[9:10]) == "S" and text(two.next("S")[9:10]) == "S"

# An order rests, and is taken in part.
one.enter("FIRST", "T", 500, 1000000)
body = one.next("A")
assert text(body[9:23]) == "FIRST" and body[23:24] == b"T" and number(body, 24, 4) == 500
assert text(body[28:36]) == SYMBOL and number(body, 36, 4) == 1000000 and number(body, 40, 4) == 99998
assert body[44:48] == b"TEST" and body[48:49] == b"Y" and body[57:59] == b"PN" and body[63:65] == b"NL"
reference = number(body, 49, 8)
two.enter("BUY1", "B", 120, 1000000, 0)
two.next("A")
mine, other = one.next("E"), two.next("E")
assert text(mine[9:23]) == "FIRST" and number(mine, 23, 4) == 120 and number(mine, 27, 4) == 1000000
assert mine[31:32] == b"A" and other[31:32] == b"R" and mine[32:40] == other[32:40]

# A chain of replacements: the total counts what has traded.
one.replace("FIRST", "SECOND", 400, 1000100)
body = one.next("U")
assert text(body[9:23]) == "SECOND" and text(body[65:79]) == "FIRST" and number(body, 24, 4) == 400
assert number(body, 49, 8) > reference and body[64:65] == b"L"
one.replace("SECOND", "THIRD", 300, 1000200)
one.next("U")
two.enter("BUY2", "B", 1000, 1000200, 0)
two.next("A")
assert number(one.next("E"), 23, 4) == 180
assert number(two.next("E"), 23, 4) == 180
body = two.next("C")
assert number(body, 23, 4) == 820 and body[27:28] == b"I"

# What is done can't be replaced or cancelled, and a token is good once: no answers.
one.replace("THIRD", "FOURTH", 900, 1000200)
one.cancel("THIRD")
one.enter("FIRST", "B", 1, 900000)
one.cancel("NOBODY")

# Partial cancels say what stays open; modifications shrink and change the kind of sell, in place.
one.enter("FIFTH", "S", 100, 1000300)
one.next("A")
one.cancel("FIFTH", 70)
body = one.next("C")
assert number(body, 23, 4) == 30 and body[27:28] == b"U"
one.modify("FIFTH", "T", 70)
body = one.next("M")
assert body[23:24] == b"T" and number(body, 24, 4) == 70
one.modify("FIFTH", "T", 40)
assert number(one.next("M"), 24, 4) == 40
one.modify("FIFTH", "B", 40)
one.cancel("FIFTH", 40)
one.cancel("FIFTH")
assert number(one.next("C"), 23, 4) == 40

# Born dead: nothing to take; post-only that would take.
one.enter("SIXTH", "B", 10, 900000, 0)
assert one.next("A")[64:65] == b"D"
two.enter("WALL", "S", 50, 1000000)
two.next("A")
one.enter("SEVENTH", "B", 10, 1000000, display="P")
assert one.next("A")[64:65] == b"D"

# Refusals.
for token, reason, order in [
    ("R1", b"Z", dict(side="B", shares=0, price=900000)),
    ("R2", b"Z", dict(side="B", shares=1000000, price=900000)),
    ("R3", b"X", dict(side="B", shares=10, price=2000000000)),
    ("R4", b"S", dict(side="B", shares=10, price=900000, symbol="NOTHERE")),
    ("R5", b"D", dict(side="B", shares=10, price=900000, display="Q")),
    ("R6", b"R", dict(side="B", shares=10, price=900000, cross="S")),
    ("R7", b"N", dict(side="B", shares=10, price=900000, minimum=5)),
]:
    one.enter(token, **order)
    body = one.next("J")
    assert text(body[9:23]) == token and body[23:24] == reason, body

# The line is lost: open orders are cancelled, and the session tells again from where it is asked.
one.enter("EIGHTH", "B", 10, 900000)
one.next("A")
told = list(one.heard)
one.line.close()
time.sleep(0.2)
one.heard, one.at = [], 0
one.connect(1)
for message in told:
    assert one.next(message[:1].decode()) == message
body = one.next("C")
assert number(body, 23, 4) == 10 and text(body[9:23]) == "EIGHTH"
one.enter("EIGHTH", "B", 10, 900000)
one.enter("NINTH", "B", 10, 900000)
assert text(one.next("A")[9:23]) == "NINTH"

# Accepted (or the replacement's total) = executed + cancelled + open, over everything that was said.
open_shares, done = {}, {}
for message in one.heard:
    letter, token = message[:1].decode(), text(message[9:23])
    if letter == "A" and message[64:65] == b"L":
        open_shares[token] = number(message, 24, 4)
    elif letter == "U":
        before = text(message[65:79])
        open_shares.pop(before)
        done[token] = done.get(before, 0)
        open_shares[token] = number(message, 24, 4) - done[token]
    elif letter in "EC":
        open_shares[token] -= number(message, 23, 4)
        if letter == "E":
            done[token] = done.get(token, 0) + number(message, 23, 4)
    elif letter == "M":
        open_shares[token] = number(message, 24, 4)
assert {token: shares for token, shares in open_shares.items() if shares} == {"NINTH": 10}, open_shares
print("all", len(one.heard) + len(two.heard), "messages were as expected")
