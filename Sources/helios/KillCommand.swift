// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosLive

/// How a running session is found.
struct SessionAddress: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The session's journal: its control socket is in there.",
        completion: .directory
    )
    var journal: String?

    @Option(help: "The session's control socket.", completion: .file())
    var socket: String?

    func validate() throws {
        if journal != nil, socket != nil { throw ValidationError("name either --journal or --socket") }
    }

    /// The socket that is named, or the only one below the present folder.
    func path() throws -> String {
        if let socket { return socket }
        if let journal { return journal + "/" + ControlSettings.socketName }
        let found = SessionAddress.find()
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            throw Failure(
                .unreachable,
                "no session runs here",
                hint: "name its journal with --journal; 'kill -USR1 PROCESS' stops one without its socket"
            )
        }
        throw Failure(
            .usage,
            "several sessions run here: \(found.joined(separator: ", "))",
            hint: "name one with --socket"
        )
    }

    /// Sockets in the present folder and two floors below it.
    private static func find() -> [String] {
        let manager = FileManager.default
        func folders(_ path: String) -> [String] {
            let names = (try? manager.contentsOfDirectory(atPath: path)) ?? []
            return names.sorted().map { path == "." ? $0 : "\(path)/\($0)" }.filter {
                var isDirectory = ObjCBool(false)
                return manager.fileExists(atPath: $0, isDirectory: &isDirectory) && isDirectory.boolValue
            }
        }
        let first = folders(".")
        let all = ["."] + first + first.flatMap(folders)
        return all.map { $0 == "." ? ControlSettings.socketName : "\($0)/\(ControlSettings.socketName)" }
            .filter { manager.fileExists(atPath: $0) }
    }
}

/// `helios kill`: stops a running session, or a part of it.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Pull the plug: no order leaves a running session any more, and what works is cancelled.",
        usage: """
            helios kill
            helios kill strategy:pairs --journal session --reason "looks wrong"
            """,
        discussion: """
            SCOPE is firm (everything; the default), desk:NAME, account:NAME, trader:NAME, strategy:NAME, instrument:SYMBOL or \
            venue:NAME.

            Prints each step: the flag after which no order leaves, the orders that worked, the cancels, and the end of the last \
            order, or what has not ended and whom to call. It works while the session's engine hangs, its journal's disk is full, \
            and its terminal is gone. A second kill does no harm. A killed scope stays so over a restart, until two people bring \
            it back ('helios risk propose state').

            Exit codes: 0 every order has ended; 1 some may still trade; 2 there is no such scope; 4 refused (--flatten where \
            nothing can be closed); 5 no session answers.
            """
    )

    @Argument(help: "What is stopped.")
    var scope = "firm"

    @OptionGroup var address: SessionAddress

    @Option(help: "Why, for the journal.")
    var reason: String = ""

    @Flag(help: "Halt: as a kill, in the state 'halted'.")
    var halt = false

    @Flag(name: .customLong("reduce-only"), help: "Let only orders pass that bring a position nearer to zero.")
    var reduceOnly = false

    @Flag(help: "Close the scope's positions in good order. Never part of a kill: a killed scope sends nothing.")
    var flatten = false

    @Flag(help: "Print JSON: one object a step.")
    var json = false

    func validate() throws {
        if [halt, reduceOnly, flatten].count(where: { $0 }) > 1 {
            throw ValidationError("--halt, --reduce-only and --flatten exclude one another")
        }
    }

    private var action: KillOrder.Action {
        halt ? .halted : reduceOnly ? .reduceOnly : flatten ? .flatten : .killed
    }

    func run() throws {
        let path = try address.path()
        var request = ControlRequest("kill")
        request.scope = scope
        request.action = action.rawValue
        request.reason = reason
        request.person = KillCommand.person
        var last: ControlAnswer?
        do throws(ControlSocketError) {
            let client = try ControlClient(path)
            try client.ask(request) { answer in
                show(answer)
                if answer.isLast { last = answer }
            }
        } catch {
            throw unreachable(error, path)
        }
        guard let last, last.code != 0 else { return }
        if last.code == 2 { throw Failure(.usage, last.text) }
        if last.code == 4 { throw Failure(.refused, last.text) }
        throw ExitCode(last.code)
    }

    /// Who asks, as this machine knows them.
    static var person: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? "uid \(getuid())"
    }

    /// Nobody listens: the next session of the journal shall begin stopped.
    private func unreachable(_ error: ControlSocketError, _ path: String) -> Failure {
        let text = "no session answers: \(error)"
        let venue = "orders of a session that has died may still trade: ask the venue"
        let folder = address.journal ?? (path as NSString).deletingLastPathComponent
        guard (try? JournalFolder(reading: folder)) != nil, action != .flatten else {
            return Failure(.unreachable, text, hint: "\(venue). One that hangs: kill -USR1 PROCESS")
        }
        let entry = KillEntry(scope: scope, state: action.rawValue, reason: reason, person: KillCommand.person)
        let file = "\(folder)/\(KillLog.fileName)"
        switch KillLog.leave(entry, in: folder) {
        case .left:
            return Failure(
                .unreachable,
                "\(text)\n\(file) has it: the next session of this journal begins with it",
                hint: venue
            )
        case .running(let process):
            let name = process.map { "process \($0)" } ?? "a process"
            return Failure(
                .unreachable,
                "\(text)\nbut \(name) writes this journal: NOTHING IS STOPPED",
                hint: "kill -USR1 \(process.map { "\($0)" } ?? "PROCESS") stops every order of a 'helios paper' "
                    + "without its socket; where live.control is set, name it with --socket"
            )
        case .failed:
            let failed = "\(file) can't be written: the next session will not know"
            return Failure(.unreachable, "\(text)\n\(failed)", hint: venue)
        }
    }

    private func show(_ answer: ControlAnswer) {
        if json { return NoticeLines.show(line: answer) }
        if answer.step == "refused" { return }
        let time = answer.milliseconds.map { Figures.fixed($0, 3) + " ms" } ?? ""
        let padding = String(repeating: " ", count: max(12 - time.count, 0))
        let name = answer.step + String(repeating: " ", count: max(12 - answer.step.count, 1))
        Console.show("\(padding)\(time)  \(name)\(answer.text)")
        for order in (answer.orders ?? []).prefix(50) {
            Console.show(
                "                \(order.symbol) \(order.side) \(order.open) at \(order.price), venue's \(order.venueID), "
                    + "number \(order.reference)"
            )
        }
        if let contacts = answer.contacts {
            let text = contacts.isEmpty ? "live.contacts names nobody" : contacts.joined(separator: "; ")
            Console.show("                call: \(text)")
        }
        if answer.step == "terminal", action == .killed {
            Console.show("                two people bring it back: helios risk propose state \(scope) active")
        }
    }
}
