// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosLive
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A participant of the session's own kind on a real socket.
private final class FixParticipant {
    private let descriptor: Int32
    private var session: FixSession
    private var output = WireOutput(capacity: 1 << 16)
    private(set) var said: [String] = []
    private(set) var isOver = false

    private static var now: Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

    init(
        _ port: UInt16,
        _ dialect: FixDialect,
        _ sender: String,
        _ target: String,
        _ memory: FixStoreMemory = FixStoreMemory(bytes: 1 << 20)
    ) throws {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = made
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        _ = fcntl(made, F_SETFL, O_NONBLOCK)
        var configuration = FixSessionConfiguration(
            FixSessionID(dialect.version, sender: sender, target: target),
            .initiator
        )
        configuration.heartbeat = 30
        session = FixSession(configuration, dictionary: nil, store: FixStore(memory: memory))
        session.connected(at: FixParticipant.now, into: &output)
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    var isLoggedOn: Bool { session.state.isLoggedOn }

    func step() {
        let room = [UInt8](unsafeUninitializedCapacity: 1 << 14) { buffer, count in
            count = max(recv(descriptor, buffer.baseAddress, buffer.count, 0), 0)
        }
        room.withUnsafeBytes { buffer in
            var bytes = WireBytes(buffer)
            while let event = session.next(&bytes, at: FixParticipant.now, into: &output) {
                switch event {
                case .message(let message, _):
                    said.append(
                        String(decoding: message.bytes.unsafeBuffer, as: UTF8.self).replacingOccurrences(
                            of: "\u{1}",
                            with: "|"
                        )
                    )
                case .closed: isOver = true
                default: break
                }
            }
        }
        _ = session.tick(at: FixParticipant.now, into: &output)
        let waiting = [UInt8](output.bytes.unsafeBuffer)
        let sent = send(descriptor, waiting, waiting.count, Int32(MSG_NOSIGNAL))
        if sent > 0 { output.drop(sent) }
    }

    func tell(_ type: FixMsgType, _ fields: String) {
        let text = [UInt8]((fields + "|").utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 })
        let sequence = session.send(type, at: FixParticipant.now, into: &output) { writer in
            text.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
        }
        #expect(sequence != nil)
    }

    func logout() { session.logout(at: FixParticipant.now, into: &output) }
}

private let python: String = {
    let named = ProcessInfo.processInfo.environment["HELIOS_PYTHON"]
    let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return named ?? paths.map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? ""
}()

/// Whether a Python is there that has QuickFIX.
private let hasQuickFix: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", "import quickfix"]
    process.standardError = FileHandle.nullDevice
    guard !python.isEmpty, (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()

@Suite("Venue by FIX: real connections")
struct FixVenueTests {
    private func venue(_ language: VenueDoor.Language) throws -> VenueDescription {
        let day = try #require(TradingDay("2026-01-05"))
        var venue = VenueDescription(name: "ALFA")
        venue.flow = .agents(MarketDayConfiguration(symbols: 20, messages: 200_000, seed: 7, day: day))
        venue.start = 34_800_000_000_000
        venue.farewell = 0
        venue.doors = [
            VenueDoor(
                language,
                "127.0.0.1:0",
                users: [.init("ONE", compID: "DESK-1"), .init("TWO", password: "secret")]
            )
        ]
        return venue
    }

    private func languages(_ language: VenueDoor.Language) -> FixDialect {
        switch language {
        case .fix42: .fix42
        case .fix44: .fix44
        default: .fix50sp2
        }
    }

    @Test(
        "a participant logs on, is answered, and logs out; a stranger and a wrong password are not let in",
        arguments: [VenueDoor.Language.fix42, .fix44, .fix50sp2]
    )
    func session(language: VenueDoor.Language) throws {
        var told: [String] = []
        let house = try VenueHouse([try venue(language)]) { told.append($0.text) }
        let server = try #require(house.servers.first)
        let port = server.endpoints[0].endpoint.port
        let dialect = languages(language)
        var first: FixParticipant? = try FixParticipant(port, dialect, "DESK-1", "ALFA")
        let stranger = try FixParticipant(port, dialect, "NOBODY", "ALFA")
        let wrong = try FixParticipant(port, dialect, "TWO", "ALFA")
        let symbol = "BLNJ"
        var step = 0
        let deadline = Date().addingTimeInterval(120)
        _ = try house.run {
            if Date() > deadline { return true }
            first?.step()
            stranger.step()
            wrong.step()
            switch step {
            case 0 where first?.isLoggedOn == true:
                first?.tell(
                    .newOrderSingle,
                    "11=A|21=1|38=10|40=2|44=1.00|54=1|55=\(symbol)|59=0|60=20260105-10:00:00"
                )
                step = 1
            case 1 where first?.said.isEmpty == false:
                first?.logout()
                step = 2
            case 2 where first?.isOver == true: return true
            default: break
            }
            return false
        }
        first = nil
        #expect(step == 2)
        #expect(!stranger.isLoggedOn && !wrong.isLoggedOn)
        #expect(server.report.logins == 1 && server.report.refusedLogins == 2)
        #expect(told.contains { $0.contains("ONE has logged in, \(language.rawValue)") })
    }

    @Test("with a store a client's numbers go on at a venue that was killed, and what it was told before is told again")
    func store() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let crashed = folder.appendingPathExtension("crashed")
        defer {
            try? FileManager.default.removeItem(at: folder)
            try? FileManager.default.removeItem(at: crashed)
        }
        var described = try venue(.fix44)
        described.doors[0].store = folder.path
        let memory = FixStoreMemory(bytes: 1 << 20)
        // What a process that dies when the client is answered leaves.
        _ = try order("A", described, memory) { try? FileManager.default.copyItem(at: folder, to: crashed) }
        let sent = FixStore(memory: memory).nextOut

        // The client has its number and has forgotten what it was told.
        let forgetful = FixStoreMemory(bytes: 1 << 20)
        var store = FixStore(memory: forgetful)
        store.setNextOut(sent)
        described.doors[0].store = crashed.path
        let second = try order("B", described, forgetful) {}
        try #require(second.count >= 2)
        #expect(second[0].contains("|11=A|") && second[0].contains("|43=Y|") && second[0].contains("|150=0|"))
        #expect(second.dropFirst().allSatisfy { $0.contains("|11=B|") && !$0.contains("|43=Y|") })
        let ids = second.compactMap { $0.components(separatedBy: "|17=").last?.prefix { $0 != "|" } }
        #expect(Set(ids).count == second.count)

        let house = try VenueHouse([described]) { _ in }
        #expect(throws: FixStoreFileError.self, "one process uses a file") { _ = try VenueHouse([described]) { _ in } }
        #expect(house.servers.count == 1)
    }

    /// Runs a venue, enters an order, and stops it some time after it was answered: what the client was told.
    private func order(
        _ id: String,
        _ described: VenueDescription,
        _ memory: FixStoreMemory,
        _ answered: () -> Void
    ) throws -> [String] {
        let house = try VenueHouse([described]) { _ in }
        let port = try #require(house.servers.first).endpoints[0].endpoint.port
        let client = try FixParticipant(port, .fix44, "DESK-1", "ALFA", memory)
        var step = 0
        let deadline = Date().addingTimeInterval(120)
        _ = try house.run {
            if Date() > deadline { return true }
            client.step()
            if step == 0, client.isLoggedOn {
                client.tell(.newOrderSingle, "11=\(id)|21=1|38=10|40=2|44=1.00|54=1|55=BLNJ|59=0|60=20260105-10:00:00")
                step = 1
            }
            if step == 1, client.said.contains(where: { $0.contains("|11=\(id)|") }) {
                answered()
                step = 2
            }
            return step == 2
        }
        return client.said
    }

    @Test(
        "a client of another make gets what it expects",
        .enabled(if: hasQuickFix, "needs a Python with quickfix: HELIOS_PYTHON"),
        .timeLimit(.minutes(20)),
        arguments: [VenueDoor.Language.fix42, .fix44, .fix50sp2]
    )
    func quickFix(language: VenueDoor.Language) throws {
        var described = try venue(language)
        var copy = VenueDoor(language, "127.0.0.1:0", users: [.init("EAR", concerning: ["ONE"], compID: "COPY-1")])
        copy.role = .dropCopy
        described.doors.append(copy)
        let house = try VenueHouse([described]) { _ in }
        let server = try #require(house.servers.first)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let client = Process()
        client.executableURL = URL(fileURLWithPath: python)
        let begin = languages(language).version.description
        client.arguments = [
            root.appendingPathComponent("Scripts/fix-client.py").path, "\(server.endpoints[0].endpoint.port)", begin,
            "DESK-1", "ALFA",
            // 4.2 has no list of symbols.
            language == .fix42 ? "BLNJ" : "-", "\(server.endpoints[1].endpoint.port)", "COPY-1", "ONE",
        ]
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let file = try FileHandle(forWritingTo: output)
        client.standardOutput = file
        client.standardError = file
        try client.run()
        _ = try house.run { !client.isRunning }
        client.waitUntilExit()
        let text = try String(contentsOf: output, encoding: .utf8)
        #expect(client.terminationStatus == 0, "\(text)")
        #expect(text.contains("fields were as expected"))
    }
}
