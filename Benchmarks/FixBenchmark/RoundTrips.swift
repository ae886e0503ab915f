// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosWire

#if canImport(QuickfixReference)
import QuickfixReference
#endif

/// An order over loopback to an acceptor in this process and its report back, one at a time.
enum RoundTrips {
    private static let count = 20_000

    static func run() {
        print("order there, report back, over loopback TCP, \(count) times, nanoseconds")
        show("two sessions, sockets polled", ours())
        #if canImport(QuickfixReference)
        var samples = [Int64](repeating: 0, count: count)
        let port = Int32(20_000 + Int(getpid()) % 20_000)
        if quickfix_round_trips(port, Int64(count), &samples) == 0 { show("QuickFIX, two sessions", samples) }
        #endif
    }

    private static func show(_ name: String, _ samples: [Int64]) {
        guard !samples.isEmpty else { return print(name, "did not log on") }
        let sorted = samples.sorted()
        func at(_ share: Double) -> Int64 { sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)] }
        print(
            name.padding(toLength: 36, withPad: " ", startingAt: 0),
            "median \(at(0.5))   p99 \(at(0.99))   p99.9 \(at(0.999))"
        )
    }

    private static func ours() -> [Int64] {
        var ends: (Int32, Int32) = (-1, -1)
        guard connectPair(&ends) else { return [] }
        let far = ends.1
        let venue = Thread { serve(far) }
        venue.start()
        var line = Line(
            ends.0,
            FixSessionConfiguration(FixSessionID(.fix44, sender: "HELIOS", target: "VENUE"), .initiator)
        )
        var samples: [Int64] = []
        samples.reserveCapacity(count)
        while !line.session.state.isLoggedOn { _ = line.poll { _ in } }
        for _ in 0..<count {
            let start = DispatchTime.now().uptimeNanoseconds
            let time = Line.now
            _ = line.session.send(.newOrderSingle, at: time, into: &line.output) {
                Samples.fill(order: &$0, at: time)
            }
            line.flush()
            var isBack = false
            while !isBack { _ = line.poll { if $0.type == .executionReport { isBack = true } } }
            samples.append(Int64(DispatchTime.now().uptimeNanoseconds - start))
        }
        line.close()
        return samples
    }

    /// Answers each order until the connection ends.
    private static func serve(_ descriptor: Int32) {
        var line = Line(
            descriptor,
            FixSessionConfiguration(FixSessionID(.fix44, sender: "VENUE", target: "HELIOS"), .acceptor)
        )
        while true {
            var orders = 0
            guard line.poll({ if $0.type == .newOrderSingle { orders += 1 } }) else { return line.close() }
            for _ in 0..<orders {
                let time = Line.now
                _ = line.session.send(.executionReport, at: time, into: &line.output) {
                    Samples.fill(report: &$0, at: time)
                }
            }
            line.flush()
        }
    }

    /// Two ends of a TCP connection over loopback.
    private static func connectPair(_ ends: inout (Int32, Int32)) -> Bool {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        let near = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(near, $0, length) == 0 }
        }
        guard isBound, isConnected else { return false }
        ends = (near, accept(listener, nil, nil))
        for end in [ends.0, ends.1] {
            var one: Int32 = 1
            setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        }
        return true
    }
}

/// A session on a socket that is polled.
private struct Line: ~Copyable {
    var session: FixSession
    var output = WireOutput(capacity: 1 << 20)
    private let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)

    init(_ descriptor: Int32, _ configuration: FixSessionConfiguration) {
        self.descriptor = descriptor
        session = FixSession(
            configuration,
            dictionary: FixDictionary.builtin(.fix44),
            store: FixStore(memory: FixStoreMemory(bytes: 1 << 25))
        )
        session.connected(at: Line.now, into: &output)
        flush()
    }

    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Takes what has come; false when the connection is over.
    mutating func poll(_ take: (FixMessage) -> Void) -> Bool {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count == 0 { return false }
        guard count > 0 else {
            // Both ends may share a processor.
            sched_yield()
            return true
        }
        var bytes = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        let now = Line.now
        while let event = session.next(&bytes, at: now, into: &output) {
            if case .message(let message, _) = event { take(message) }
        }
        flush()
        return true
    }

    mutating func flush() {
        while output.count > 0 {
            let bytes = output.bytes
            let sent = Glibc.send(descriptor, bytes.unsafeBuffer.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if sent > 0 { output.drop(sent) }
        }
    }

    func close() { Glibc.close(descriptor) }
}
