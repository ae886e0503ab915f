// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire
import Synchronization
import Testing

/// What a session told, in the order it told it, for another thread to wait for.
final class Diary: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }

    /// The first line from `start` on with `text` in it, waited for at most ten seconds.
    func wait(for text: String, from start: Int = 0) -> String? {
        let end = Date().addingTimeInterval(10)
        while Date() < end {
            let found = lines.withLock { lines in lines.dropFirst(start).first { $0.contains(text) } }
            if let found { return found }
            usleep(2_000)
        }
        return nil
    }

    func count(of text: String) -> Int { lines.withLock { lines in lines.count { $0.contains(text) } } }
}

extension WireBytes {
    /// The bytes as text with `|` for the separator.
    var shown: String { String(decoding: unsafeBuffer.map { $0 == 1 ? UInt8(ascii: "|") : $0 }, as: UTF8.self) }
}

func utcNow() -> Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

/// Hooks that write everything down, and answer orders when asked to.
func hooks(_ diary: Diary, fills: Bool = false) -> FixPeerHooks {
    FixPeerHooks(clock: utcNow) { peer, event in
        switch event {
        case .connected: diary.add("connected")
        case .disconnected(let reason): diary.add("disconnected \(reason ?? "")")
        case .session(.loggedOn(let isReset)): diary.add("logged on \(isReset)")
        case .session(.message(let message, let delivery)):
            diary.add("message \(delivery.sequence) \(delivery.possDup) \(message.bytes.shown)")
            if fills, message.type == .newOrderSingle { fill(message, peer) }
        case .session(.gap(let from, let to)): diary.add("gap \(from) \(to)")
        case .session(.closed(let reason)): diary.add("closed \(reason)")
        case .session(let event): diary.add("\(event)")
        }
    }
}

/// Reports the order as filled.
private func fill(_ order: FixMessage, _ peer: FixPeer) {
    let (id, side, quantity, symbol) = (order[.clOrdID], order[.side], order[.orderQty], order[.symbol])
    guard let id, let side, let quantity, let symbol else { return }
    peer.send(.executionReport) {
        $0.put(.avgPx, Price(raw: 1_000_000_000))
        $0.put(.clOrdID, id)
        $0.put(.cumQty, quantity)
        $0.put(.execID, id)
        $0.put(.orderID, id)
        $0.put(.ordStatus, char: UInt8(ascii: "2"))
        $0.put(.side, side)
        $0.put(.symbol, symbol)
        $0.put(.execType, char: UInt8(ascii: "F"))
        $0.put(.leavesQty, 0)
    }
}

/// Sends an order of a hundred.
func sendOrder(_ peer: FixPeer, _ id: String) {
    peer.send(.newOrderSingle) {
        $0.putText(.clOrdID, id)
        $0.put(.handlInst, char: UInt8(ascii: "1"))
        $0.put(.orderQty, 100)
        $0.put(.ordType, char: UInt8(ascii: "2"))
        $0.put(.price, Price(raw: 1_000_000_000))
        $0.put(.side, char: UInt8(ascii: "1"))
        $0.put(.symbol, "LGYM")
        $0.put(.transactTime, utcNow())
    }
}

@Suite("FIX sessions on event loops")
struct FixConnectionTests {
    static func configuration(_ version: FixVersion, _ role: FixRole) -> FixSessionConfiguration {
        let names = role == .initiator ? ("CLIENT", "VENUE") : ("VENUE", "CLIENT")
        return FixSessionConfiguration(FixSessionID(version, sender: names.0, target: names.1), role)
    }

    @Test("an order goes there and its report comes back, in each version", arguments: FixVersion.allCases)
    func order(_ version: FixVersion) throws {
        let (near, far) = (Diary(), Diary())
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(version, .acceptor)],
            hooks: hooks(far, fills: true)
        )
        let client = try FixInitiator(
            host: "127.0.0.1",
            port: server.port,
            configuration: Self.configuration(version, .initiator),
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        client.run { sendOrder($0, "A1") }
        let report = try #require(near.wait(for: "35=8"))
        #expect(report.contains("|11=A1|") && report.hasPrefix("message 2 false"))
        client.leave()
        #expect(near.wait(for: "closed ourLogout") != nil)
        #expect(far.wait(for: "closed peerLogout") != nil)
        #expect(far.wait(for: "disconnected") != nil)
        server.close()
    }

    @Test("a second connection of a session, a stranger, and who says something else are closed without a word")
    func refused() throws {
        let (near, far) = (Diary(), Diary())
        let refused = Diary()
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(far),
            refuse: { refused.add($0) }
        )
        let client = try FixInitiator(
            host: "127.0.0.1",
            port: server.port,
            configuration: Self.configuration(.fix44, .initiator),
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        for version in [FixVersion.fix44, .fix42] {
            let diary = Diary()
            let second = try FixInitiator(
                host: "127.0.0.1",
                port: server.port,
                configuration: Self.configuration(version, .initiator),
                retry: nil,
                hooks: hooks(diary)
            )
            #expect(diary.wait(for: "disconnected") != nil)
            #expect(diary.count(of: "logged on") == 0)
            second.close()
        }
        #expect(refused.all.count == 2 && refused.all.allSatisfy { $0.contains("no free session") })
        client.close()
        server.close()
    }

    @Test(
        "a certificate that is not believed is told as the reason, again at each attempt",
        .enabled(if: TestCertificates.shared != nil, "needs the openssl program")
    )
    func unbelieved() throws {
        let files = try #require(TestCertificates.shared)
        let acceptor = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            tls: TLSSettings(certificate: files.certificate("venue"), key: files.key("venue")),
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(Diary())
        )
        let diary = Diary()
        let initiator = try FixInitiator(
            host: "localhost",
            port: acceptor.port,
            tls: TLSSettings(authority: files.certificate("other")),
            configuration: Self.configuration(.fix44, .initiator),
            retry: 10_000_000,
            hooks: hooks(diary)
        )
        let reason = try #require(diary.wait(for: "disconnected"))
        #expect(reason.contains("CERTIFICATE_VERIFY_FAILED"), "\(reason)")
        let first = diary.all.count
        #expect(diary.wait(for: "disconnected", from: first) != nil)
        #expect(diary.count(of: "connected") == diary.count(of: "disconnected"))
        initiator.close()
        acceptor.close()
    }

    @Test("a connection that is made after the session was closed does not log on")
    func closedWhileDialling() throws {
        let far = Diary()
        let acceptor = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(far)
        )
        for _ in 0..<20 {
            let initiator = try FixInitiator(
                host: "127.0.0.1",
                port: acceptor.port,
                configuration: Self.configuration(.fix44, .initiator),
                hooks: hooks(Diary())
            )
            initiator.close()
        }
        usleep(300_000)
        acceptor.forEach { far.add("is connected: \($0.isConnected)") }
        #expect(far.wait(for: "is connected: false") != nil)
        acceptor.close()
    }

    @Test("memory that is not the heap's is not left for the heap when it fills up")
    func foreignMemory() throws {
        let region = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 64)
        region.initializeMemory(as: UInt8.self, repeating: 0)
        let memory = try #require(FixStoreMemory(region) { $0.deallocate() })
        #expect(!memory.isOnHeap && FixStoreMemory(bytes: 4_096).isOnHeap)
        nonisolated(unsafe) let given = memory
        let (near, far) = (Diary(), Diary())
        let acceptor = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(far)
        )
        let initiator = try FixInitiator(
            host: "127.0.0.1",
            port: acceptor.port,
            configuration: Self.configuration(.fix44, .initiator),
            store: given,
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        for number in 1...100 { initiator.run { sendOrder($0, "F\(number)") } }
        initiator.run { near.add("next \($0.nextOut)") }
        let next = try #require(near.wait(for: "next "))
        #expect(next != "next 102", "everything was taken, though there was no room")
        initiator.close()
        acceptor.close()
    }

    @Test("a store that fills up is given larger memory, and what it keeps is still sent again")
    func growth() throws {
        let (near, far) = (Diary(), Diary())
        let acceptor = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(far)
        )
        let initiator = try FixInitiator(
            host: "127.0.0.1",
            port: acceptor.port,
            configuration: Self.configuration(.fix44, .initiator),
            store: FixStoreMemory(bytes: 4_096),
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        for number in 1...300 { initiator.run { sendOrder($0, "G\(number)") } }
        #expect(far.wait(for: "11=G300|") != nil)
        acceptor.forEach { _ = $0.requestResend(from: 1, to: 5) }
        // Number 2 once more, which the session passes over.
        initiator.run { near.add("next \($0.nextOut)") }
        #expect(near.wait(for: "next 302") != nil)
        initiator.close()
        acceptor.close()
    }

    @Test("after a broken connection it goes on where it was, and what was missed is sent again")
    func broken() throws {
        let (near, far) = (Diary(), Diary())
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(far)
        )
        let client = try FixInitiator(
            host: "127.0.0.1",
            port: server.port,
            configuration: Self.configuration(.fix44, .initiator),
            retry: 50_000_000,
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        client.run { sendOrder($0, "A1") }
        #expect(far.wait(for: "11=A1") != nil)
        // What leaves behind the end of the connection gets its number, and arrives after the next logon.
        client.run { peer in
            sendOrder(peer, "A2")
            peer.hangUp()
        }
        #expect(near.wait(for: "logged on", from: near.all.count) != nil)
        #expect(far.wait(for: "11=A2") != nil)
        client.run { sendOrder($0, "A3") }
        #expect(far.wait(for: "11=A3") != nil)
        #expect(["A1", "A2", "A3"].allSatisfy { far.count(of: "11=\($0)|") == 1 })
        client.close()
        server.close()
    }
}
#endif
