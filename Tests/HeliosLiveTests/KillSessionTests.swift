// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosRisk
import Testing

@Suite("What a session does with a kill, and who may bring it")
struct KillSessionTests {
    @Test("closing positions is refused, and why, where nobody would close them")
    func flatten() throws {
        let plain = try ShortFolder()
        let firm = try QuietFirm()
        let without = try QuietSession(firm, in: plain.path)
        let answer = try without.kill("firm", .flatten)
        #expect(answer.code == 4 && answer.text.contains("no section 'reduction'"), "\(answer.text)")
        without.end()
        let folder = try ShortFolder()
        var reducing = firm
        reducing.policy.reduction = ReductionRules(strategy: 0)
        let session = try QuietSession(reducing, in: folder.path)
        defer { session.end() }
        #expect(try session.kill("strategy:strategy 0", .flatten).code == 0)
        #expect(try session.kill("venue:ALFA", .flatten).code == 4)
        _ = try session.kill("strategy:strategy 1", .halted)
        let stopped = try session.kill("strategy:strategy 1", .flatten)
        #expect(stopped.code == 4 && stopped.text.contains("two people raise it"), "\(stopped.text)")
        _ = try session.kill("firm", .killed)
        // What is around it counts too.
        for scope in ["firm", "strategy:strategy 0", "instrument:AAA"] {
            #expect(try session.kill(scope, .flatten).code == 4, "\(scope)")
        }
    }

    @Test("a flatten that a session left behind is a flatten when the next one begins")
    func flattenIsTakenUp() throws {
        let folder = try ShortFolder()
        var firm = try QuietFirm()
        firm.policy.reduction = ReductionRules(strategy: 0)
        try QuietSession(firm, in: folder.path).end()
        let entry = KillEntry(scope: "firm", state: "flatten", reason: "a test", person: "me")
        #expect(KillLog.leave(entry, in: folder.path) == .left)
        try QuietSession(firm, in: folder.path).end()
        let commands = try QuietSession.records(folder.path).compactMap { RiskCommand($0.event) }
        #expect(commands.contains { $0.action == .flatten && $0.scope == 0 }, "\(commands)")
        #expect(KillLog(directory: folder.path).open().isEmpty)
    }

    @Test("a kill that a slow engine writes down after its last word is not obeyed anew by the next start")
    func lateRecord() throws {
        let folder = try ShortFolder()
        let firm = try QuietFirm()
        let session = try QuietSession(firm, in: folder.path) { $0.control.watchdog = 60_000_000_000 }
        session.hold()
        let answer = try session.kill("firm", .killed)
        #expect(answer.step == "unfinished" && answer.isLast, "\(answer.text)")
        session.release()
        #expect(session.waits { (try? session.facts(scope: "firm").state) == "killed" })
        session.end()
        #expect(KillLog(directory: folder.path).open().isEmpty)
        let commands = try QuietSession.records(folder.path).compactMap { RiskCommand($0.event) }
        #expect(commands.count { $0.state == .killed } == 1, "\(commands)")
    }

    @Test("nobody else writes into the log of a session that runs, and who tries is told its process")
    func runningSession() throws {
        let folder = try ShortFolder()
        let session = try QuietSession(try QuietFirm(), in: folder.path)
        let entry = KillEntry(scope: "firm", state: "killed", reason: "a test", person: "me")
        let log = folder.path + "/" + KillLog.fileName
        let before = FileManager.default.contents(atPath: log)
        #expect(KillLog.leave(entry, in: folder.path) == .running(getpid()))
        #expect(FileManager.default.contents(atPath: log) == before)
        session.end()
        #expect(KillLog.leave(entry, in: folder.path) == .left)
        #expect(KillLog(directory: folder.path).open().map(\.reason) == ["a test"])
    }

    @Test("a file that is no socket is never removed, and the session says that it has no socket")
    func otherFile() throws {
        let folder = try ShortFolder()
        let path = folder.path + "/important.txt"
        try Data("do not lose".utf8).write(to: URL(fileURLWithPath: path))
        let other = try ShortFolder()
        try FileManager.default.createSymbolicLink(atPath: other.path + "/link", withDestinationPath: path)
        for place in [path, other.path + "/link"] {
            let session = try QuietSession(try QuietFirm(), in: folder.path + "/session") { $0.control.path = place }
            #expect(session.notices.contains { $0.contains("no socket: it stays") }, "\(session.notices)")
            session.end()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "do not lose")
        }
    }

    /// A connection that says nothing.
    private func connection(_ path: String) throws -> Int32 {
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        return made
    }

    @Test("who connects and says nothing, or half of something, is in nobody's way, and is shown out")
    func idlers() throws {
        let folder = try ShortFolder()
        let session = try QuietSession(try QuietFirm(), in: folder.path) { $0.control.idle = 600_000_000_000 }
        let idlers = try (0..<80).map { _ in try connection(session.socket) }
        for idler in idlers.suffix(3) { _ = send(idler, "{\"helios\"", 9, Int32(MSG_NOSIGNAL)) }
        _ = try session.kill("firm", .killed)
        #expect(session.control.stopsAll)
        for idler in idlers { close(idler) }
        session.end()
        let other = try ShortFolder()
        let brief = try QuietSession(try QuietFirm(), in: other.path) { $0.control.idle = 50_000_000 }
        let idler = try connection(brief.socket)
        _ = send(idler, "{\"helios\"", 9, Int32(MSG_NOSIGNAL))
        var byte: UInt8 = 0
        var interest = pollfd(fd: idler, events: Int16(POLLIN), revents: 0)
        #expect(poll(&interest, 1, 60_000) == 1 && recv(idler, &byte, 1, 0) == 0, "nobody has shown it out")
        close(idler)
        brief.end()
    }

    @Test("the socket is its owner's, or a group's where one is named and known")
    func group() throws {
        func mode(_ path: String) throws -> (mode: UInt32, group: UInt32) {
            var status = stat()
            try #require(lstat(path, &status) == 0)
            return (UInt32(status.st_mode) & 0o777, status.st_gid)
        }
        let folder = try ShortFolder()
        let entry = try #require(getgrgid(getgid()))
        let name = String(cString: entry.pointee.gr_name)
        let shared = try QuietSession(try QuietFirm(), in: folder.path) { $0.control.group = name }
        #expect(try mode(shared.socket) == (0o660, getgid()))
        shared.end()
        let alone = try QuietSession(try QuietFirm(), in: folder.path) { $0.control.group = "no-such-group" }
        #expect(try mode(alone.socket).mode == 0o600)
        #expect(alone.notices.contains { $0.contains("no-such-group") })
        alone.end()
    }
}
