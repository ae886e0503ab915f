// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A FIX line on a real connection, driven by one thread.
private final class WiredLine {
    private var line: FixOrderLine
    private var descriptor: Int32 = -1
    var told: [Event] = []
    var notices: [FixOrderLineNotice] = []
    static let midnight = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) / 86_400 * 86_400_000_000_000)

    init(epoch: UInt64, _ memory: FixStoreMemory) {
        var configuration = FixClientConfiguration(
            FixCounterparty.configuration(.fix44, .initiator),
            symbols: FixParticipant.symbols,
            midnight: WiredLine.midnight,
            venue: Venue(id: 1)
        )
        configuration.epoch = epoch
        configuration.orders = 1_024
        line = FixOrderLine(configuration, store: FixStore(memory: memory))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var state: OuchLineState { line.state }
    var contradictions: UInt64 { line.client.counters.contradictions }
    private var now: Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

    func connect(_ port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        line.connected(at: now)
        send(Event(orderID: 7, kind: .epoch))
        send(Event(kind: .orderStatus))
    }

    /// The connection is cut, whatever was under way.
    func cut() {
        close(descriptor)
        descriptor = -1
        _ = line.disconnected(at: now, now, { told.append($0) }, { notices.append($0) })
    }

    func send(_ record: Event) { line.send(record, at: now, now) { told.append($0) } }

    func order(_ id: OrderID, _ quantity: Int) {
        var order = Event(orderID: id, price: Price(raw: 1_000_000_000), quantity: Quantity(quantity), kind: .newOrder)
        order.eventTime = now
        order.instrument = Instrument(id: 0)
        send(order)
    }

    func kinds(_ order: OrderID) -> [EventKind] { told.filter { $0.orderID == order }.map(\.kind) }

    /// Moves bytes until `isDone` says so; false after ten seconds.
    func run(until isDone: (WiredLine) -> Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let end = Date() + 10
        while Date() < end {
            if isDone(self) { return true }
            let out = line.output.bytes.unsafeBuffer
            if out.count > 0 {
                let count = Glibc.send(descriptor, out.baseAddress, out.count, Int32(MSG_NOSIGNAL))
                if count > 0 { line.output.drop(count) }
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                buffer[..<count].withUnsafeBytes { bytes in
                    line.receive(WireBytes(bytes), at: now, now, { told.append($0) }, { notices.append($0) })
                }
            } else {
                usleep(1_000)
            }
            line.tick(at: now, now, { told.append($0) }, { notices.append($0) })
        }
        return false
    }
}

@Suite("A node's line to a venue that somebody else wrote", .serialized)
struct FixAcceptorTests {
    private static let python = ProcessInfo.processInfo.environment["HELIOS_PYTHON"] ?? "python3"

    private static func run(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardError = FileHandle.nullDevice
        return process
    }

    private static let hasQuickFIX: Bool = {
        let process = run(["-c", "import quickfix"])
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func start(_ port: Int, _ folder: String) throws -> Process {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Scripts/quickfix-acceptor.py").path
        let process = FixAcceptorTests.run([script, "\(port)", folder])
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var said = ""
        while !said.contains("listening") {
            let data = pipe.fileHandleForReading.availableData
            try #require(!data.isEmpty, "the acceptor has ended: \(said)")
            said += String(decoding: data, as: UTF8.self)
        }
        // Read on, so that it never waits for us.
        pipe.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
        return process
    }

    private static func freePort() throws -> Int {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(made) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) == 0 && getsockname(made, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    @Test(
        "QuickFIX fills, cancels and replaces; a cut line and a new process know it all again",
        .enabled(if: FixAcceptorTests.hasQuickFIX, "set HELIOS_PYTHON to a Python with the package quickfix"),
        .timeLimit(.minutes(20))
    )
    func quickFIX() throws {
        let name = "helios-fix-\(UUID().uuidString)"
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = try FixAcceptorTests.freePort()
        let acceptor = try start(port, folder)
        defer { acceptor.terminate() }
        let memory = FixStoreMemory(bytes: 1 << 20)
        let line = WiredLine(epoch: 1, memory)
        try line.connect(port)
        #expect(line.run { $0.state == .ready })
        let base: OrderID = 1 << 40
        let (small, large, third, new) = (base | 1, base | 2, base | 3, base | 4)
        line.order(small, 100)
        line.order(large, 300)
        #expect(line.run { $0.kinds(large).contains(.orderFilled) })
        line.send(Event(cancelOf: small, of: Instrument(id: 0), at: .zero))
        var replacement = Event(
            orderID: large,
            price: Price(raw: 1_100_000_000),
            quantity: Quantity(400),
            kind: .replaceRequest
        )
        replacement.detail = new
        replacement.instrument = Instrument(id: 0)
        line.send(replacement)
        #expect(line.run { $0.kinds(small).contains(.orderCancelled) && $0.kinds(large).contains(.orderReplaced) })
        #expect(line.kinds(small) == [.orderAccepted, .orderCancelled])
        #expect(line.kinds(large) == [.orderAccepted, .orderFilled, .orderReplaced])
        // Its bytes never leave: the venue misses a number, and finds it filled.
        line.order(third, 100)
        line.cut()
        try line.connect(port)
        #expect(line.run { $0.state == .ready })
        #expect(line.kinds(third).first == .orderRejected)
        line.cut()
        let next = WiredLine(epoch: 2, memory)
        try next.connect(port)
        #expect(next.run { $0.state == .ready && $0.told.last?.kind == .orderStatus })
        #expect(next.kinds(large).prefix(3) == [.orderAccepted, .orderFilled, .orderReplaced])
        let open = next.told.filter { $0.kind == .orderStatus && $0.detail == 1 }
        #expect(open.map(\.orderID) == [new])
        #expect(open.first?.quantity == Quantity(150) && open.first?.price.raw == Quantity(250).raw)
        #expect(next.contradictions == 0 && line.contradictions == 0)
    }
}
