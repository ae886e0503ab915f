// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosLive
import HeliosMarket
import RingReference

/// The way of a record from thread to thread, by Helios' ring and by the same ring in C, in interleaved rounds of one run.
///
/// The first round of a pair alternates, so that neither always runs on the warmer machine; the ratio is the median of the
/// rounds' ratios, because other programs disturb single rounds and both rings alike.
@main
enum RingBenchmark {
    static let capacity = 1_024

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { Int($0) ?? 0 }
        let rounds = arguments.first ?? 21
        let hops = arguments.count > 1 ? arguments[1] : 200_000
        guard rounds > 0, hops > 0 else {
            print("usage: RingBenchmark [ROUNDS] [RECORDS A ROUND]")
            exit(2)
        }
        let count = ProcessInfo.processInfo.activeProcessorCount
        let pair = count > 1 ? (first: count - 2, second: count - 1) : (first: -1, second: -1)
        print(
            "\(rounds) rounds, records of 64 bytes, rings of \(capacity), processors \(pair.first) and \(pair.second)"
        )
        let waits = WaitStrategy.spin
        compare(
            "hop, one at a time",
            rounds,
            per: hops * 2,
            helios: { thereAndBack(hops, waits, pair.first, pair.second) },
            reference: {
                ring_reference_there_and_back(UInt64(hops), UInt64(capacity), Int32(pair.first), Int32(pair.second))
            }
        )
        compare(
            "stream, one by one",
            rounds,
            per: hops * 10,
            helios: { stream(hops * 10, waits, pair.first, pair.second) },
            reference: {
                ring_reference_stream(UInt64(hops * 10), UInt64(capacity), Int32(pair.first), Int32(pair.second))
            }
        )
        let blocking = (0..<3).map { _ in thereAndBack(hops / 20, .block, pair.first, pair.second) }.min() ?? 0
        print(String(format: "hop, blocking         %8.1f ns (best)", Double(blocking) / Double(max(hops / 20, 1) * 2)))
    }

    static func compare(
        _ name: String,
        _ rounds: Int,
        per count: Int,
        helios: () -> UInt64,
        reference: () -> UInt64
    ) {
        var times: (helios: [Double], reference: [Double]) = ([], [])
        for round in 0..<rounds {
            if round % 2 == 0 { times.reference.append(Double(reference()) / Double(count)) }
            times.helios.append(Double(helios()) / Double(count))
            if round % 2 != 0 { times.reference.append(Double(reference()) / Double(count)) }
        }
        let ratios = zip(times.helios, times.reference).map { $0 / $1 }.sorted()
        print(
            String(
                format:
                    "%-20@  %8.1f ns, C %8.1f ns (medians), %8.1f and %8.1f (best); ratio %.3f (median), %.3f (best)",
                name as NSString,
                median(times.helios),
                median(times.reference),
                times.helios.min() ?? 0,
                times.reference.min() ?? 0,
                median(ratios),
                (times.helios.min() ?? 0) / (times.reference.min() ?? 1)
            )
        )
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func thereAndBack(_ count: Int, _ waits: WaitStrategy, _ first: Int, _ second: Int) -> UInt64 {
        let there = Ring<Event>(capacity: capacity, waits: waits)
        let back = Ring<Event>(capacity: capacity, waits: waits)
        pin(first)
        let thread = LiveThread(ThreadPlan(name: "echo", processor: second < 0 ? nil : second)) {
            guard var input = there.consumer(), var output = back.producer() else { return }
            echo(count, waits == .spin, &input, &output)
        }
        guard var output = there.producer(), var input = back.consumer() else { return 0 }
        let start = now()
        send(count, waits == .spin, &output, &input)
        let end = now()
        thread.join()
        return end - start
    }

    @inline(never)
    static func echo(
        _ count: Int,
        _ spins: Bool,
        _ input: inout RingConsumer<Event>,
        _ output: inout RingProducer<Event>
    ) {
        for _ in 0..<count {
            while true {
                if let event = input.next() {
                    while !output.push(event) { helios_pause() }
                    break
                }
                if spins { helios_pause() } else { _ = input.wait() }
            }
        }
    }

    @inline(never)
    static func send(
        _ count: Int,
        _ spins: Bool,
        _ output: inout RingProducer<Event>,
        _ input: inout RingConsumer<Event>
    ) {
        var event = Event(kind: .none)
        for number in 0..<count {
            event.sequence = UInt64(number)
            while !output.push(event) { helios_pause() }
            while true {
                if let answer = input.next() {
                    event = answer
                    break
                }
                if spins { helios_pause() } else { _ = input.wait() }
            }
        }
    }

    static func stream(_ count: Int, _ waits: WaitStrategy, _ first: Int, _ second: Int) -> UInt64 {
        let ring = Ring<Event>(capacity: capacity, waits: waits)
        pin(first)
        let thread = LiveThread(ThreadPlan(name: "sink", processor: second < 0 ? nil : second)) {
            guard var input = ring.consumer() else { return }
            sink(count, &input)
        }
        guard var output = ring.producer() else { return 0 }
        let start = now()
        pour(count, &output)
        thread.join()
        return now() - start
    }

    @inline(never)
    static func sink(_ count: Int, _ input: inout RingConsumer<Event>) {
        var sum: UInt64 = 0
        for _ in 0..<count {
            while true {
                if let event = input.next() {
                    sum &+= event.sequence
                    break
                }
                helios_pause()
            }
        }
        precondition(sum == UInt64(count) * UInt64(count - 1) / 2, "records were lost")
    }

    @inline(never)
    static func pour(_ count: Int, _ output: inout RingProducer<Event>) {
        var event = Event(kind: .none)
        for number in 0..<count {
            event.sequence = UInt64(number)
            while !output.push(event) { helios_pause() }
        }
    }

    static func pin(_ processor: Int) {
        if processor >= 0 { _ = LiveThread.apply(ThreadPlan(name: "RingBenchmark", processor: processor)) }
    }

    static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
}
