#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same query in Helios and in a stream engine from PyPI, over the same events: do they say the same, and how fast?

    swift build -c release --product SignalBenchmark
    python3 Scripts/cep-beside.py [--events 200000] [--rounds 3] [--benchmark .build/release/SignalBenchmark]

The query, for each of 40 pairs of 40 symbols: the z-score of the spread mid(y) - weight * mid(x) over its last 60 values, a value at
each quote of either side; and the pattern "the z-score rises above 2.5, then within 200 ms y trades more than 900 shares".
Each engine has the events in memory before its clock starts, answers into memory, and counts processor time. In bytewax each pair is a key with
a state (`stateful_flat_map`), which is how it does what has no operator of its own; the arithmetic is Python.
Without bytewax (`pip install bytewax`) the script says so and tells Helios alone. Exit code 1 where the answers differ.
"""
import argparse
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque

SYMBOLS, PAIRS, WINDOW, LEVEL, SIZE, WITHIN = 40, 40, 60, 2.5, 900, 200_000_000


def legs(pair):
    return pair, (pair + 7) % SYMBOLS


def weight(pair):
    return 0.5 + pair / 100


def generate(count):
    """Events (time, kind 0 quote 1 trade, symbol, bid or price, ask or size): walks of cents with a jump now and then."""
    source = random.Random(11)
    prices = [20.0 + symbol for symbol in range(SYMBOLS)]
    now, events = 1_000_000_000, []
    for _ in range(count):
        now += source.randrange(1, 400_000)
        symbol = source.randrange(SYMBOLS)
        prices[symbol] = max(1.0, prices[symbol] + source.choice((-3, -2, -1, -1, 0, 0, 1, 1, 2, 3, 25, -25)) / 100)
        price = prices[symbol]
        if source.random() < 0.2:
            events.append((now, 1, symbol, price, float(source.randrange(1, 1000))))
        else:
            events.append((now, 0, symbol, price, price + 0.01))
    return events


class Pair:
    """The query's state, for the engine that has no windows over counts with a running variance."""

    def __init__(self, pair):
        self.weight = weight(pair)
        self.y, self.x = legs(pair)
        self.mids = [None, None]
        self.values = deque()
        self.mean = self.squares = 0.0
        self.above = False
        self.begun = []

    def take(self, event):
        """What the pair says on an event: its z-score, or None, and whether the pattern is complete."""
        now, kind, symbol, first, second = event
        if kind == 1:
            if symbol != self.y or not second > SIZE:
                return None, False
            begun, self.begun = self.begun, []
            if any(now - begin <= WITHIN for begin in begun):
                return None, True
            return None, False
        self.mids[0 if symbol == self.y else 1] = (first + second) / 2
        if None in self.mids:
            return None, False
        value = self.mids[0] - self.weight * self.mids[1]
        if len(self.values) == WINDOW:
            old = self.values.popleft()
            count = len(self.values)
            delta = old - self.mean
            self.mean -= delta / count
            self.squares -= delta * (old - self.mean)
        self.values.append(value)
        delta = value - self.mean
        self.mean += delta / len(self.values)
        self.squares += delta * (value - self.mean)
        score = None
        if len(self.values) == WINDOW and self.squares > 1e-12:
            score = (value - self.mean) / math.sqrt(self.squares / (WINDOW - 1))
        above = score is not None and score > LEVEL
        if above and not self.above:
            self.begun.append(now)
        self.above = above
        return score, False


def by_bytewax(events):
    """(seconds, answers) of bytewax; an answer is (pair, time, z-score, or None for the pattern)."""
    import bytewax.operators as op
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, TestingSource, run_main

    interested = [[] for _ in range(SYMBOLS)]
    for pair in range(PAIRS):
        for symbol in legs(pair):
            interested[symbol].append(str(pair))

    def route(event):
        return [(pair, event) for pair in interested[event[2]]]

    def step(state, keyed):
        pair, event = keyed
        state = state or Pair(pair)
        score, complete = state.take(event)
        return state, ((pair, event[0], score),) if complete or score is not None else ()

    answers = []
    flow = Dataflow("pairs")
    stream = op.input("events", flow, TestingSource(events, batch_size=1000))
    routed = op.flat_map("route", stream, route)
    named = op.map("name", routed, lambda item: (item[0], (int(item[0]), item[1])))
    said = op.stateful_flat_map("pair", named, step)
    op.output("answers", op.map("value", said, lambda item: item[1]), TestingSink(answers))
    begin = time.process_time()
    run_main(flow)
    return time.process_time() - begin, answers


def by_helios(benchmark, events, folder):
    """The same of Helios, by its benchmark program."""
    data, out = os.path.join(folder, "events"), os.path.join(folder, "answers")
    with open(data, "wb") as file:
        for event in events:
            file.write(struct.pack("<qiidd", *event))
    run = subprocess.run([benchmark, "stream", data, out], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{benchmark}: {run.stderr.strip()}")
    with open(out, "rb") as file:
        rows = struct.iter_unpack("<iiqd", file.read())
        answers = [(pair, now, None if kind else value) for pair, kind, now, value in rows]
    return float(run.stdout), answers


def differences(ours, theirs):
    """What one says and the other does not; z-scores may differ by rounding."""
    place = {(pair, now): score for pair, now, score in theirs if score is not None}
    scores = [answer for answer in ours if answer[2] is not None]
    wrong = abs(len(scores) - len(place))
    for pair, now, score in scores:
        other = place.get((pair, now))
        if other is None or abs(score - other) > 1e-8 * max(1.0, abs(other)):
            wrong += 1
    matches = [Counter(answer for answer in side if answer[2] is None) for side in (ours, theirs)]
    return wrong + sum((matches[0] - matches[1]).values()) + sum((matches[1] - matches[0]).values())


def main():
    parser = argparse.ArgumentParser(description="Helios beside a stream engine from PyPI on the same query")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--benchmark", default=".build/release/SignalBenchmark")
    options = parser.parse_args()
    events = generate(options.events)
    try:
        import bytewax
        from importlib.metadata import version
    except ImportError:
        bytewax = None
    helios = other = math.inf
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            seconds, ours = by_helios(options.benchmark, events, folder)
            helios = min(helios, seconds)
            if bytewax is not None:
                seconds, theirs = by_bytewax(events)
                other = min(other, seconds)
    matches = sum(1 for answer in ours if answer[2] is None)
    print(f"{len(events)} events, {PAIRS} pairs: {len(ours) - matches} z-scores, {matches} matches")
    print(f"Helios: {len(events) / helios:,.0f} events/s, {1e9 * helios / len(events):,.0f} ns an event")
    if bytewax is None:
        print("skipped: bytewax is not installed (pip install bytewax)")
        return
    print(f"bytewax {version('bytewax')}: {len(events) / other:,.0f} events/s, {1e9 * other / len(events):,.0f} ns an event")
    wrong = differences(ours, theirs)
    print(f"ratio {other / helios:,.0f}; answers that differ: {wrong}")
    sys.exit(1 if wrong or not matches else 0)


if __name__ == "__main__":
    main()
