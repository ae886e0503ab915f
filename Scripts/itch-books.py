#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Books of an ITCH 5.0 file, from messages read by the package `itchfeed`, which shares no code with Helios.

usage: itch-books.py FILE EVERY

Prints every level of every book after each EVERY messages and at the end, one a line: messages so far, symbol, side, price in
1e-4 dollars, shares, orders; and last a line with the messages' types and how often each came.
"""
import collections, sys
from itch.parser import MessageParser

orders, counts = {}, collections.Counter()


def show():
    levels = collections.defaultdict(lambda: [0, 0])
    for symbol, side, price, shares in orders.values():
        level = levels[symbol, side, price]
        level[0] += shares
        level[1] += 1
    for (symbol, side, price), (shares, count) in sorted(levels.items()):
        print(sum(counts.values()), symbol, side, price, shares, count)


def take(reference, shares):
    order = orders[reference]
    assert order[3] >= shares, (reference, order, shares)
    order[3] -= shares
    if order[3] == 0:
        del orders[reference]


with open(sys.argv[1], "rb") as file:
    for message in MessageParser().parse_file(file):
        kind = message.message_type.decode()
        counts[kind] += 1
        if kind in "AF":
            assert message.order_reference_number not in orders
            orders[message.order_reference_number] = [
                message.stock.decode().strip(), message.buy_sell_indicator.decode(), message.price, message.shares]
        elif kind in "EC":
            take(message.order_reference_number, message.executed_shares)
        elif kind == "X":
            take(message.order_reference_number, message.cancelled_shares)
        elif kind == "D":
            del orders[message.order_reference_number]
        elif kind == "U":
            symbol, side, _, _ = orders.pop(message.order_reference_number)
            orders[message.new_order_reference_number] = [symbol, side, message.price, message.shares]
        if sum(counts.values()) % int(sys.argv[2]) == 0:
            show()
show()
print("types", *(f"{kind}={count}" for kind, count in sorted(counts.items())))
