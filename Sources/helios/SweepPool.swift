// SPDX-License-Identifier: MIT
import Foundation
import HeliosSweep

/// Worker processes, each with one trial at a time; one that dies takes only its trial with it.
final class SweepPool {
    /// What became of a trial.
    enum Outcome {
        case done(SweepRun)
        case failed(String)
        case refused(String)
    }

    private let job: Data
    /// Workers at most: fewer than asked for when the system gives no more.
    private var count: Int
    private let timeout: Double?
    private var workers: [SweepWorker] = []
    /// Trials whose worker was gone before it began with them.
    private var unlucky: Set<Int> = []

    /// `count` workers at most, started when there is work for them; each ends a trial that takes longer than `timeout` seconds.
    init(_ record: SweepRecord, workers count: Int, timeout: Double?) throws {
        job = try JSONEncoder().encode(SweepJob(record)) + Data("\n".utf8)
        self.count = count
        self.timeout = timeout
        // A worker that died must not take its parent along when it is written to.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit { for worker in workers { worker.kill() } }

    /// Runs `trials` over the first `periods`.
    ///
    /// - Parameters:
    ///   - trials: in the order in which they begin.
    ///   - periods: that each of them sees.
    ///   - finished: called with each trial as it ends.
    ///   - tick: called now and then with the trials' worth of work in hand; false ends everything.
    /// - Returns: whether all ended.
    /// - Throws: what `finished` throws, and when a worker can't be started.
    func run(
        _ trials: [SweepTrial],
        periods: Int,
        finished: (SweepTrial, Outcome) throws -> Void,
        tick: (Double) -> Bool
    ) throws -> Bool {
        var queue = trials[...]
        while !queue.isEmpty || workers.contains(where: { $0.trial != nil }) {
            guard tick(workers.reduce(0) { $0 + $1.share }) else { return false }
            while let trial = queue.first, let worker = try idleWorker() {
                queue.removeFirst()
                try worker.give(trial, periods: periods)
            }
            for worker in workers where timeout.map({ worker.seconds > $0 }) ?? false { worker.end() }
            for worker in wait() {
                let answers = worker.read()
                for case (let trial, let outcome)? in answers { try finished(trial, outcome) }
                guard worker.isGone else { continue }
                workers.removeAll { $0 === worker }
                let reason = worker.reap()
                guard let trial = worker.trial else { continue }
                // A Ctrl-C that came before the worker could look away from it is no fault of the trial, nor is it when the
                // worker was gone before it heard of the trial; but once only, if it is the trial after all.
                let isInnocent = !worker.hasBegun && unlucky.insert(trial.number).inserted
                if worker.wasInterrupted || isInnocent {
                    queue = [trial] + queue
                } else if worker.wasEnded, let timeout {
                    try finished(trial, .failed("took longer than --trial-timeout \(Figures.seconds(timeout))"))
                } else {
                    try finished(trial, .failed(reason))
                }
            }
        }
        return true
    }

    /// A worker without a trial, a new one where there is room for it.
    private func idleWorker() throws -> SweepWorker? {
        if let idle = workers.first(where: { $0.trial == nil }) { return idle }
        guard workers.count < count else { return nil }
        do {
            try SweepWorker.requireRoom()
            let worker = try SweepWorker(job)
            workers.append(worker)
            return worker
        } catch {
            // With those that live it only takes longer.
            guard !workers.isEmpty else { throw error }
            count = workers.count
            Console.warn("\(Failure(error).text): going on with \(Figures.counted(count, "worker"))")
            return nil
        }
    }

    /// Waits a moment for workers that have something to say, or are gone.
    private func wait() -> [SweepWorker] {
        var polled = workers.flatMap { worker in
            worker.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        guard poll(&polled, nfds_t(polled.count), 100) > 0 else { return [] }
        let ready = Set(polled.filter { $0.revents != 0 }.map(\.fd))
        return workers.filter { !ready.isDisjoint(with: $0.descriptors) }
    }
}

/// One worker process and the pipes to it.
final class SweepWorker {
    private(set) var trial: SweepTrial?
    /// Share of its trial that is done.
    private(set) var share = 0.0
    private(set) var isGone = false
    private(set) var wasInterrupted = false
    /// Whether it has said anything about its trial.
    private(set) var hasBegun = false
    /// Whether `end` was called.
    private(set) var wasEnded = false
    private var start = ContinuousClock.now
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()
    private var heard = Data()
    /// The end of what it complained about.
    private var complaints = Data()
    private var saysErrors = true

    init(_ job: Data) throws {
        process.executableURL = URL(fileURLWithPath: SweepBuild.ownPath)
        process.arguments = ["sweep", "worker"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        for handle in [input.fileHandleForWriting, output.fileHandleForReading, errors.fileHandleForReading] {
            // Another worker that inherited an end would keep this one's pipe open for it.
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        for handle in [output.fileHandleForReading, errors.fileHandleForReading] {
            _ = fcntl(handle.fileDescriptor, F_SETFL, O_NONBLOCK)
        }
        do { try process.run() } catch {
            throw Failure(.fault, "a worker could not be started: \(error.localizedDescription)")
        }
        write(job)
    }

    /// Descriptors that a start takes for a moment, and some for the database meanwhile.
    private static let descriptorsNeeded = 16

    /// Looks whether there are descriptors for another one: a process that is started with too few can't be waited for.
    ///
    /// - Throws: `Failure` when there are not.
    static func requireRoom() throws {
        var taken: [Int32] = []
        defer { for descriptor in taken { close(descriptor) } }
        for _ in 0..<descriptorsNeeded {
            let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else {
                throw Failure(.fault, "a worker could not be started: too many open files, see 'ulimit -n'")
            }
            taken.append(descriptor)
        }
    }

    /// Wall-clock time since it was given its trial; 0 without one.
    var seconds: Double { trial == nil ? 0 : (ContinuousClock.now - start) / .seconds(1) }

    /// Ends it, which shows at its output's end.
    func end() {
        guard !wasEnded else { return }
        wasEnded = true
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
    }

    /// What to wait for.
    var descriptors: [Int32] {
        [output.fileHandleForReading.fileDescriptor] + (saysErrors ? [errors.fileHandleForReading.fileDescriptor] : [])
    }

    func give(_ trial: SweepTrial, periods: Int) throws {
        self.trial = trial
        share = 0
        hasBegun = false
        start = .now
        let task = SweepTask(number: trial.number, parameters: trial.parameters, periods: periods)
        write(try JSONEncoder().encode(task) + Data("\n".utf8))
    }

    /// A worker that is gone shows at its output's end.
    private func write(_ data: Data) {
        data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                let count = Foundation.write(input.fileHandleForWriting.fileDescriptor, slice.baseAddress, slice.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Takes in what it says.
    ///
    /// - Returns: the trial that is at its end, and what came of it.
    func read() -> [(SweepTrial, SweepPool.Outcome)?] {
        if saysErrors, let said = SweepWorker.take(errors) {
            complaints = (complaints + said).suffix(16_384)
        } else {
            saysErrors = false
        }
        guard let said = SweepWorker.take(output) else {
            isGone = true
            return []
        }
        heard += said
        var answers: [(SweepTrial, SweepPool.Outcome)?] = []
        while let end = heard.firstIndex(of: 0x0A) {
            let line = heard[..<end]
            heard = Data(heard[(end + 1)...])
            answers.append(take(Data(line)))
        }
        return answers
    }

    /// What stands in a pipe, nothing as well; nil at its end.
    private static func take(_ pipe: Pipe) -> Data? {
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
            if count > 0 {
                data += buffer[..<count]
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                return data
            } else {
                return data.isEmpty ? nil : data
            }
        }
    }

    private func take(_ line: Data) -> (SweepTrial, SweepPool.Outcome)? {
        guard let trial, let answer = try? JSONDecoder().decode(SweepAnswer.self, from: line),
            answer.number == trial.number
        else { return nil }
        hasBegun = true
        if let progress = answer.progress {
            share = progress
            return nil
        }
        self.trial = nil
        share = 0
        if let reason = answer.refused { return (trial, .refused(reason)) }
        guard var run = answer.run, let bits = answer.bits else {
            return (trial, .failed(answer.failed ?? "the worker gave no result"))
        }
        run.returns = bits.map(Double.init(bitPattern:))
        return (trial, .done(run))
    }

    /// Waits for the end of a process that has closed its output, and says in words what it died of.
    func reap() -> String {
        process.waitUntilExit()
        if let said = SweepWorker.take(errors) { complaints = (complaints + said).suffix(16_384) }
        let lines = String(decoding: complaints, as: UTF8.self).split(separator: "\n").map(String.init)
        let line = lines.first { $0.contains("Fatal error") } ?? lines.last ?? ""
        let said = line.isEmpty ? "" : ": \(line)"
        guard process.terminationReason == .uncaughtSignal else {
            return "its process ended with code \(process.terminationStatus)\(said)"
        }
        let number = process.terminationStatus
        wasInterrupted = number == SIGINT
        let hint = number == SIGKILL ? ", as the system does when memory runs out" : ""
        return "its process was ended by signal \(number) (\(String(cString: strsignal(number))))\(hint)\(said)"
    }

    /// Ends it at once.
    func kill() {
        guard process.isRunning else { return }
        _ = Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
