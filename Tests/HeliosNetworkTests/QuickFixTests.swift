// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire
import Testing

/// QuickFIX as a process of its own: Scripts/quickfix-peer.py.
final class QuickFix {
    let diary = Diary()
    private let process = Process()
    private let input = Pipe()
    let store: String

    /// The Python that has the module; nil where there is none.
    static let python: String? = {
        let wanted = ProcessInfo.processInfo.environment["HELIOS_PYTHON"] ?? "/usr/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: wanted) else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: wanted)
        process.arguments = ["-c", "import quickfix"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? wanted : nil
    }()

    /// Where everything can be installed, its absence is a failure.
    static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] != nil }

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts/quickfix-peer.py").path

    /// A folder for numbers and messages that outlives a process.
    static func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("helios-quickfix-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    init(_ role: String, _ port: Int, store: String, _ options: String...) throws {
        self.store = store
        process.executableURL = URL(fileURLWithPath: try #require(QuickFix.python))
        process.arguments = [QuickFix.script, role, "\(port)", "--store", store] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        // One thread at a time calls the handler.
        nonisolated(unsafe) var rest = ""
        let diary = diary
        output.fileHandleForReading.readabilityHandler = { handle in
            rest += String(decoding: handle.availableData, as: UTF8.self)
            while let end = rest.firstIndex(of: "\n") {
                diary.add(String(rest[..<end]))
                rest = String(rest[rest.index(after: end)...])
            }
        }
        try process.run()
    }

    func tell(_ line: String) { try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    func quit() {
        tell("quit")
        process.waitUntilExit()
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { if process.isRunning { process.terminate() } }
}

/// A port that nobody listens at.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
}

@Suite(
    "Beside QuickFIX",
    .enabled(
        if: QuickFix.python != nil || QuickFix.isRequired,
        "needs a python with the module quickfix: HELIOS_PYTHON"
    )
)
struct QuickFixTests {
    static let versions: [FixVersion] = [.fix42, .fix44, .fixt11]

    static func configuration(_ version: FixVersion, _ role: FixRole) -> FixSessionConfiguration {
        FixSessionConfiguration(FixSessionID(version, sender: "HELIOS", target: "PEER"), role)
    }

    /// An order as QuickFIX is told to send it.
    static func order(_ id: String) -> String {
        "send 35=D|11=\(id)|21=1|55=LGYM|54=1|60=20260102-14:30:00|40=2|44=10|38=100|"
    }

    @Test("as acceptor: logon, orders, fills, a logout from the other side", arguments: versions)
    func acceptor(_ version: FixVersion) throws {
        let diary = Diary()
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(version, .acceptor)],
            hooks: hooks(diary, fills: true)
        )
        let peer = try QuickFix(
            "initiator",
            server.port,
            store: try QuickFix.folder(),
            "--version",
            version.description
        )
        #expect(peer.diary.wait(for: "LOGON") != nil)
        for number in 1...20 { peer.tell(Self.order("Q\(number)")) }
        for number in 1...20 { #expect(peer.diary.wait(for: "|11=Q\(number)|14=100|") != nil) }
        peer.tell("logout")
        #expect(diary.wait(for: "closed peerLogout") != nil)
        #expect(peer.diary.count(of: "35=3|") == 0)
        peer.quit()
        server.close()
    }

    @Test("as initiator: logon, order, acceptance, fill, cancel, our logout", arguments: versions)
    func initiator(_ version: FixVersion) throws {
        let port = try freePort()
        let peer = try QuickFix(
            "acceptor",
            port,
            store: try QuickFix.folder(),
            "--version",
            version.description,
            "--fills"
        )
        let diary = Diary()
        let client = try FixInitiator(
            host: "127.0.0.1",
            port: port,
            configuration: Self.configuration(version, .initiator),
            retry: 100_000_000,
            hooks: hooks(diary)
        )
        #expect(diary.wait(for: "logged on") != nil)
        client.run { sendOrder($0, "A1") }
        #expect(diary.wait(for: "|39=2|") != nil)
        client.run { peer in
            peer.send(.orderCancelRequest) {
                $0.put(.clOrdID, "A2")
                $0.put(.origClOrdID, "A1")
                $0.put(.side, char: UInt8(ascii: "1"))
                $0.put(.symbol, "LGYM")
                $0.put(.transactTime, utcNow())
            }
        }
        #expect(diary.wait(for: "|39=4|41=A1|") != nil)
        client.leave()
        #expect(diary.wait(for: "closed ourLogout") != nil)
        #expect(peer.diary.count(of: "35=3|") == 0)
        peer.quit()
        client.close()
    }

    @Test("a gap on their side is asked for and filled; a gap on ours they ask for and get")
    func gaps() throws {
        let diary = Diary()
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(diary)
        )
        let peer = try QuickFix("initiator", server.port, store: try QuickFix.folder())
        #expect(peer.diary.wait(for: "LOGON") != nil)
        peer.tell(Self.order("Q1"))
        peer.tell("skip 3")
        peer.tell(Self.order("Q2"))
        #expect(diary.wait(for: "gap 3") != nil)
        // What they never sent they fill with one SequenceReset.
        #expect(peer.diary.wait(for: "SENT-ADMIN 8=FIX.4.4") != nil)
        #expect(diary.wait(for: "11=Q2|") != nil)
        peer.tell(Self.order("Q3"))
        #expect(diary.wait(for: "11=Q3|") != nil)
        #expect(diary.count(of: "11=Q2|") == 1)

        // They break off; meanwhile two of ours get numbers, which they ask for when they are back.
        let before = peer.diary.all.count
        server.forEach { session in
            sendOrder(session, "H1")
            session.hangUp()
            sendOrder(session, "H2")
        }
        #expect(peer.diary.wait(for: "LOGON", from: before) != nil)
        server.forEach { sendOrder($0, "H3") }
        for id in ["H1", "H3"] { #expect(peer.diary.wait(for: "11=\(id)|") != nil) }
        peer.quit()
        server.close()
    }

    @Test("a restart with stored numbers on both sides goes on where it was; theirs after a kill")
    func restart() throws {
        let folder = try QuickFix.folder()
        let memory = FixStoreMemory(bytes: 1 << 20)
        var copy: [UInt8] = []
        for round in 1...3 {
            let diary = Diary()
            // What is in the store is all that the next one knows.
            let store = FixStoreMemory(bytes: 1 << 20)
            store.restore(copy)
            nonisolated(unsafe) let kept = round == 1 ? memory : store
            let server = try FixAcceptor(
                host: "127.0.0.1",
                port: 0,
                sessions: [Self.configuration(.fix44, .acceptor)],
                store: { _ in kept },
                hooks: hooks(diary, fills: true)
            )
            let peer = try QuickFix("initiator", server.port, store: folder)
            #expect(peer.diary.wait(for: "LOGON") != nil)
            peer.tell(Self.order("R\(round)"))
            #expect(peer.diary.wait(for: "|11=R\(round)|14=100|") != nil)
            if round > 1 {
                let order = try #require(diary.wait(for: "11=R\(round)|"))
                #expect(!order.hasPrefix("message 2 "), "numbers began again: \(order)")
            }
            if round == 1 { peer.quit() } else { peer.kill() }
            server.close()
            copy = kept.copy()
        }
    }

    @Test("over TLS with certificates on both sides, in both roles", .enabled(if: TestCertificates.shared != nil))
    func tls() throws {
        let files = try #require(TestCertificates.shared)
        let settings = TLSSettings(
            certificate: files.certificate("venue"),
            key: files.key("venue"),
            authority: files.authority
        )
        let diary = Diary()
        let server = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            tls: settings,
            sessions: [Self.configuration(.fix44, .acceptor)],
            hooks: hooks(diary, fills: true)
        )
        let peer = try QuickFix(
            "initiator",
            server.port,
            store: try QuickFix.folder(),
            "--tls",
            files.folder.path,
            "--name",
            "client"
        )
        #expect(peer.diary.wait(for: "LOGON") != nil)
        peer.tell(Self.order("T1"))
        #expect(peer.diary.wait(for: "|11=T1|14=100|") != nil)
        peer.quit()
        server.close()

        let port = try freePort()
        let venue = try QuickFix(
            "acceptor",
            port,
            store: try QuickFix.folder(),
            "--fills",
            "--tls",
            files.folder.path,
            "--name",
            "venue"
        )
        let near = Diary()
        let client = try FixInitiator(
            host: "localhost",
            port: port,
            tls: TLSSettings(
                certificate: files.certificate("client"),
                key: files.key("client"),
                authority: files.authority
            ),
            configuration: Self.configuration(.fix44, .initiator),
            retry: 200_000_000,
            hooks: hooks(near)
        )
        #expect(near.wait(for: "logged on") != nil)
        client.run { sendOrder($0, "T2") }
        #expect(near.wait(for: "|39=2|") != nil)
        venue.quit()
        client.close()
    }
}
#endif
