// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosSurveillance

/// `helios risk watch`: a session watched from outside, by a process of its own.
struct RiskWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow the journal of a running session: positions, profit, limits, and alerts within seconds.",
        usage: """
            helios risk watch demo/paper/journal
            helios risk watch demo/paper/journal --alerts alerts.jsonl --json
            helios risk watch monday --once
            """,
        discussion: """
            Reads files only: it can't slow the session, and sees when the session falls silent. --json writes a line for \
            each alert and one for the state every interval. Ends with the session when it was told to (--until-end), or with \
            Ctrl-C; exit code 1 when there was an incident, 3 when the journal is damaged.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(
        name: .customLong("drop-copy"),
        help: "The recorded drop copy that grows with the session; that of the journal's folder when it is there.",
        completion: .file()
    )
    var dropCopy: String?

    @Option(help: "Append each alert as a line of JSON to this file.", completion: .file())
    var alerts: String?

    @Option(help: "Seconds without a record that are an alert.")
    var silence = 5.0

    @Option(help: "Seconds between two pictures of the state.")
    var every = 1.0

    @Flag(help: "Halt the strategy, account or firm that an alert names, by the session's control socket.")
    var halt = false

    @Option(
        help:
            "The session's control socket; without it that of its configuration, or control.sock in the journal's folder.",
        completion: .file()
    )
    var socket: String?

    @Flag(help: "Read what is there, show it and end.")
    var once = false

    @Flag(help: "End when no process writes the journal any more.")
    var untilEnd = false

    @Flag(help: "Write lines of JSON.")
    var json = false

    @Flag(help: "Write lines instead of a picture.")
    var plain = false

    func validate() throws {
        guard silence >= 0.5, silence <= 3_600, every >= 0.1, every <= 3_600 else {
            throw ValidationError(
                "--silence and --every: found \(silence) and \(every), expected seconds up to an hour"
            )
        }
    }

    func run() throws {
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try begin(folder)
        let names = try RiskReportCommand.names(plan, session, folder)
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let recorded = folder.path + "/" + DropCopyFile.fileName
        var settings = SessionReviewer(replay, names: names).settings
        settings.dropCopy = RiskReportCommand.patience(plan)
        let watcher = try RiskWatcher(
            folder.path,
            replay,
            names: names,
            dropCopy: dropCopy ?? recorded,
            isCopyExpected: dropCopy != nil || plan.live.dropCopy != nil,
            settings: settings
        )
        watcher.silence = Nanoseconds(silence * 1e9)
        let show = try WatchShow(self, watcher, title: plan.title)
        let path = socket ?? plan.live.control ?? folder.path + "/" + ControlSettings.socketName
        try follow(watcher, show, HaltRequests(path), interruption)
        if watcher.alerts.contains(where: { $0.severity == .incident }) { throw ExitCode(Outcome.no.rawValue) }
    }

    /// A session that has just begun may not have written its configuration yet.
    private func begin(_ folder: JournalFolder) throws -> (session: RecordedSession, plan: RunPlan) {
        for _ in 0..<40 {
            if let found = try? folder.session() { return found }
            usleep(50_000)
        }
        return try folder.session()
    }

    private func follow(
        _ watcher: RiskWatcher,
        _ show: WatchShow,
        _ requests: HaltRequests,
        _ interruption: Interruption
    ) throws {
        let started = DispatchTime.now().uptimeNanoseconds
        var nextPicture: Nanoseconds = 0
        while !interruption.isRequested {
            let clock = Nanoseconds(DispatchTime.now().uptimeNanoseconds - started) + 1
            let found: [RiskWatcher.Found]
            do {
                found = try watcher.poll(at: clock)
            } catch {
                throw Failure(.data, "\(directory): \(error)")
            }
            for each in found {
                try show.tell(each)
                // What was there before this process began was for others to act on.
                if halt, each.atMost != nil, let target = each.alert.halts {
                    requests.send(watcher.names.scope(target), because: each.alert)
                }
            }
            for word in requests.takeWords() { Console.note(word) }
            if watcher.divergence != nil { break }
            if once, watcher.isAtEnd { break }
            if watcher.isAtEnd, clock >= nextPicture, !once {
                try show.picture()
                nextPicture = clock + Nanoseconds(every * 1e9)
            }
            if untilEnd, watcher.isAtEnd, !watcher.hasWriter { break }
            if watcher.isAtEnd { usleep(50_000) }
        }
        requests.wait(seconds: 5)
        for word in requests.takeWords() { Console.note(word) }
        try show.end()
    }
}
