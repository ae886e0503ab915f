// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// `helios replay`: feeds a journal through the engine and proves that it does again what it did.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Prove a journal's outputs to the bit, or stop anywhere and look.",
        usage: """
            helios replay monday
            helios replay monday --until 10:15:30
            helios replay monday --until 1200000 --json
            helios replay monday --from latest
            """,
        discussion: """
            Builds the engine from the configuration in the journal, feeds it every recorded input, and compares every \
            order, every cancel and every checkpoint of the output hash. Exit code 0 when all are equal, 1 with the \
            first that differs, 3 when the journal is damaged.

            Snapshots beside the journal are compared with the replay's state where they were taken, byte for byte. \
            With --from the replay begins with one and does only what came after it.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(help: "Stop behind this record, or at this time of the first day (HH:MM:SS.nnnnnnnnn), and show the state.")
    var until: String?

    @Option(
        help: ArgumentHelp(
            "Begin with the snapshot taken behind this record, or with the 'latest', instead of at the first record.",
            valueName: "seq|latest"
        )
    )
    var from: String?

    @Flag(help: "Print the outcome as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try folder.session()
        let limit = try until.map { try ReplayCommand.limit($0, session.midnight) } ?? .end
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let progress = ProgressLine(counting: "records", isQuiet: quiet)
        let taken = try folder.snapshots()
        let start = try from.map { try self.start($0, folder, taken) }
        var damaged: [String] = []
        let outcome: ReplayOutcome
        do {
            outcome = try replay.run(folder.disk, from: start, until: limit) { sequence in
                guard taken.contains(sequence) else { return nil }
                do {
                    return try folder.snapshot(sequence)
                } catch {
                    damaged.append("the snapshot behind record \(sequence) can't be read: \(error)")
                    return nil
                }
            } progress: { state in
                let clock = Figures.clock(state.time - session.midnight)
                progress.show(state.records, share: state.fraction, at: clock)
                return !interruption.isRequested
            }
        } catch let error as StateError {
            throw Failure(.data, "\(directory): \(error)", hint: "without --from the replay begins at the first record")
        }
        for warning in damaged { Console.note(warning) }
        progress.finish()
        if outcome.isInterrupted { throw Failure(.interrupted, "interrupted; a replay changes nothing") }
        let answer = ReplayAnswer(outcome, shortPath(directory), showsState: until != nil)
        if json { try Console.show(json: answer) } else { Console.show(answer.text(outcome, plan.title)) }
        if !outcome.isEqual { throw ExitCode(Outcome.no.rawValue) }
    }

    /// The snapshot that `--from` names.
    private func start(_ text: String, _ folder: JournalFolder, _ taken: [UInt64]) throws -> Snapshot {
        guard let latest = taken.first else {
            throw Failure(.data, "\(directory): holds no snapshot", hint: "'helios run --snapshot-every' takes them")
        }
        guard let sequence = text == "latest" ? latest : UInt64(text), taken.contains(sequence) else {
            let known = taken.map(String.init).joined(separator: ", ")
            throw Failure(.usage, "--from: found '\(text)', expected 'latest' or one of \(known)")
        }
        do {
            return try folder.snapshot(sequence)
        } catch {
            throw Failure(.data, "\(directory): the snapshot behind record \(sequence): \(error)")
        }
    }

    /// What `--until` means.
    private static func limit(_ text: String, _ midnight: Timestamp) throws -> ReplayLimit {
        if let number = UInt64(text), number > 0 { return .sequence(number) }
        guard let time = timeOfDay(text) else {
            throw Failure(
                .usage,
                "--until: found '\(text)', expected a record's number or a time such as 10:15:30.250"
            )
        }
        return .time(midnight + time)
    }

    /// Nanoseconds since midnight of `HH:MM:SS`, with up to nine digits of the second's fraction.
    static func timeOfDay(_ text: String) -> Nanoseconds? {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count <= 2, parts.count == 3, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isNumber) })
        else {
            return nil
        }
        let numbers = parts.compactMap { Nanoseconds($0) }
        guard numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
        var fraction: Nanoseconds = 0
        if halves.count == 2 {
            let digits = halves[1]
            guard (1...9).contains(digits.count), let value = Nanoseconds(digits), value >= 0 else { return nil }
            fraction = (0..<(9 - digits.count)).reduce(value) { result, _ in result * 10 }
        }
        return ((numbers[0] * 60 + numbers[1]) * 60 + numbers[2]) * 1_000_000_000 + fraction
    }
}
