// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosSweep

/// What the parent tells a worker first: what all trials share.
struct SweepJob: Codable {
    var configuration: String
    var data: [SweepData]
    var midnights: [Int64]
    var sessionStart: Int64
    var sessionEnd: Int64
    var period: Int64

    init(_ record: SweepRecord) {
        configuration = record.configuration
        data = record.data
        midnights = record.grid.midnights.map(\.nanoseconds)
        sessionStart = record.grid.sessionStart
        sessionEnd = record.grid.sessionEnd
        period = record.grid.length
    }

    var trialRun: SweepTrialRun {
        let grid = PeriodGrid(
            midnights: midnights.map(Timestamp.init(nanoseconds:)),
            sessionStart: sessionStart,
            sessionEnd: sessionEnd,
            length: period
        )
        return SweepTrialRun(configuration: configuration, data: data, grid: grid)
    }
}

/// A trial that a worker is given.
struct SweepTask: Codable {
    var number: Int
    var parameters: [SweepConfiguration.Change]
    /// How many periods it sees.
    var periods: Int
}

/// What a worker says: how far it is, or what came of the trial.
struct SweepAnswer: Codable {
    var number: Int
    /// Share of the trial that is done; nil at its end.
    var progress: Double?
    var run: SweepRun?
    /// The returns' bits: a decimal text in between must not be able to round.
    var bits: [UInt64]?
    /// The parameters make no valid configuration.
    var refused: String?
    var failed: String?
}

/// `helios sweep worker`: does the trials that a sweep gives it, one line each way.
///
/// It ends with its parent: when there is no more input, and in the middle of a trial when the parent is gone.
struct SweepWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Do trials for a sweep.",
        shouldDisplay: false
    )

    /// Seconds between two words about progress.
    private static let pace = 0.2

    func run() throws {
        // Ctrl-C on the terminal reaches the whole group: the parent decides.
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_DFL)
        let parent = getppid()
        guard let first = readLine(strippingNewline: true) else { return }
        let job = try JSONDecoder().decode(SweepJob.self, from: Data(first.utf8)).trialRun
        while let line = readLine(strippingNewline: true) {
            let task = try JSONDecoder().decode(SweepTask.self, from: Data(line.utf8))
            guard let answer = answer(task, job, parent) else { return }
            try say(answer)
        }
    }

    /// Does a trial; nil when the parent is gone.
    private func answer(_ task: SweepTask, _ job: SweepTrialRun, _ parent: pid_t) -> SweepAnswer? {
        var answer = SweepAnswer(number: task.number)
        let plan: RunPlan
        // The first word: whatever happens from here on is the trial's.
        try? say(SweepAnswer(number: task.number, progress: 0))
        do { plan = try job.plan(task.parameters) } catch {
            answer.refused = SweepWorkerCommand.reason(error)
            return answer
        }
        do {
            let start = ContinuousClock.now
            var said = 0.0
            let finished = try job.run(plan, periods: task.periods) { share in
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                if seconds - said > SweepWorkerCommand.pace {
                    said = seconds
                    try? say(SweepAnswer(number: task.number, progress: share))
                }
                return getppid() == parent
            }
            guard let finished else { return nil }
            answer.run = finished.run
            answer.bits = finished.run.returns.map(\.bitPattern)
            answer.run?.returns = []
        } catch {
            answer.failed = Failure(error).text
        }
        return answer
    }

    /// In words; places in a configuration that nobody has before his eyes are left out.
    private static func reason(_ error: any Error) -> String {
        guard let errors = error as? ConfigurationErrors else { return Failure(error).text }
        return errors.errors.map { "\($0.key): \($0.message)" }.joined(separator: "; ")
    }

    private func say(_ answer: SweepAnswer) throws {
        Console.write(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self) + "\n")
    }
}
