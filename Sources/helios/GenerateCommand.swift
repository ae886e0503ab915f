// SPDX-License-Identifier: MIT
import ArgumentParser
import Dispatch
import Foundation
import HeliosMarket
import HeliosStore
import HeliosVenue
import Synchronization

/// `helios generate`: writes a synthetic market day and the truth about it.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write a synthetic NASDAQ TotalView-ITCH 5.0 day with hidden cointegrated pairs.",
        usage: """
            helios generate day.itch50.gz
            helios generate day.itch50 --symbols 100 --messages 1000000 --seed 7
            """,
        discussion: """
            The same options give the same bytes on every machine. Beside the day stand the truth (which pairs, hedge \
            ratios, half-lives; JSON) and the candidate pairs to test (CSV, true ones and decoys mixed).
            """
    )

    @Argument(help: "The file to write, in BinaryFILE framing; compressed when its name ends in .gz.")
    var output: String

    @Option(help: "Number of symbols, 2 to 8000.")
    var symbols = 500

    @Option(help: "Number of messages to aim at.")
    var messages = 5_000_000

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 1

    @Option(help: "Trading day, YYYY-MM-DD; it stands only in the truth.")
    var date = "2026-01-05"

    @Option(help: "Truly cointegrated pairs, at most 4/5 of the symbols. (default: 2/5 of the symbols)")
    var pairs: Int?

    @Option(help: "Pairs that only look alike. (default: 2/5 of the symbols)")
    var decoys: Int?

    @Option(help: "File for the truth. (default: OUTPUT.truth.json)")
    var truth: String?

    @Option(help: "File for the candidate pairs. (default: OUTPUT.pairs.csv)")
    var candidates: String?

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let generator = try makeGenerator()
        let start = DispatchTime.now().uptimeNanoseconds
        let interruption = Interruption()
        let partial = output + ".partial"
        do {
            let truth = try write(generator, to: partial, interruption)
            try moveIntoPlace(partial)
            try save(truth.json, truthPath)
            try save(truth.candidatesCSV, candidatesPath)
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
            print(try json ? jsonSummary(truth, seconds) : textSummary(truth, seconds))
        } catch let error as Failure {
            try? FileManager.default.removeItem(atPath: partial)
            complain(error.text)
            throw ExitCode(error.code)
        }
    }

    var truthPath: String { truth ?? output + ".truth.json" }
    var candidatesPath: String { candidates ?? output + ".pairs.csv" }

    /// What went wrong, and the exit code for it.
    private struct Failure: Error {
        var text: String
        var code: Int32
    }

    private func makeGenerator() throws -> MarketDayGenerator {
        guard let day = TradingDay(date) else {
            complain("--date: \"\(date)\" is not a day of the form YYYY-MM-DD between 1970 and 2199")
            throw ExitCode(2)
        }
        do {
            return try MarketDayGenerator(
                MarketDayConfiguration(
                    symbols: symbols,
                    messages: messages,
                    seed: seed,
                    day: day,
                    pairs: pairs,
                    decoys: decoys
                )
            )
        } catch {
            complain("--\(error.key) must be \(error.expected)")
            throw ExitCode(2)
        }
    }

    private func write(
        _ generator: MarketDayGenerator,
        to path: String,
        _ interruption: Interruption
    ) throws -> MarketDayTruth {
        let progress = GenerateProgress(isQuiet: quiet)
        defer { progress.finish() }
        do {
            var file = try OutputFile(path: path, isCompressed: output.hasSuffix(".gz"))
            let truth = try generator.generate { bytes in
                if interruption.isRequested { throw Failure(text: "interrupted; nothing was written", code: 130) }
                try file.write(bytes)
            } progress: {
                progress.show($0)
            }
            try file.finish()
            return truth
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(text: "\(output) can't be written: \(reason(error))", code: 3)
        }
    }

    private func moveIntoPlace(_ partial: String) throws {
        if rename(partial, output) != 0 {
            throw Failure(text: "\(output) can't be written: \(String(cString: strerror(errno)))", code: 3)
        }
    }

    private func save(_ text: String, _ path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(text: "\(path) can't be written: \(reason(error))", code: 3)
        }
    }

    private func reason(_ error: any Error) -> String {
        if let error = error as? StoreError { return error.reason }
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        return error.localizedDescription
    }

    private func complain(_ text: String) { FileHandle.standardError.write(Data("error: \(text)\n".utf8)) }
}

/// The day's file, plain or compressed.
private struct OutputFile: ~Copyable {
    private var plain: FileHandle?
    private var compressed: GzipWriter?

    init(path: String, isCompressed: Bool) throws {
        if isCompressed {
            // Order flow hardly gets smaller at higher levels, only slower.
            compressed = try GzipWriter(path: path, level: 4)
        } else {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            plain = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let plain {
            try plain.write(contentsOf: bytes)
        } else {
            try compressed?.write(bytes)
        }
    }

    consuming func finish() throws {
        try plain?.close()
        try compressed?.finish()
    }
}

/// Whether Ctrl-C was pressed: asked between two chunks, so that no half file stays behind.
private struct Interruption {
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private let flag: Flag
    private let source: any DispatchSourceSignal

    init() {
        let flag = Flag()
        self.flag = flag
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { flag.isSet.store(true, ordering: .relaxed) }
        source.resume()
    }

    var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }
}

/// Progress on standard error: a line that renews itself on a terminal, else a line every ten seconds.
private final class GenerateProgress {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let start = DispatchTime.now().uptimeNanoseconds
    private var nextShow: UInt64
    private var hasLine = false

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        nextShow = start + (isTerminal ? 200_000_000 : 10_000_000_000)
    }

    func show(_ progress: MarketDayProgress) {
        let now = DispatchTime.now().uptimeNanoseconds
        guard !isQuiet, now >= nextShow, progress.messages > 0 else { return }
        nextShow = now + (isTerminal ? 200_000_000 : 10_000_000_000)
        let seconds = Double(now - start) * 1e-9
        let rate = Double(progress.messages) / seconds
        let left = max(0, Double(progress.target - progress.messages) / rate)
        let share = min(100, progress.messages * 100 / progress.target)
        let minute = Int(progress.timeOfDay / 60_000_000_000)
        let time = "\(twoDigits(minute / 60)):\(twoDigits(minute % 60))"
        let text =
            "\(share) %  \(grouped(progress.messages)) messages  \(grouped(Int(rate)))/s  at \(time)  "
            + "\(Int(left.rounded(.up))) s left"
        write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
        hasLine = isTerminal
    }

    /// Removes the progress line from a terminal.
    func finish() {
        if hasLine { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
    private func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// An integer with separators between thousands.
private func grouped(_ value: Int) -> String {
    var text = ""
    for (position, digit) in String(value).reversed().enumerated() {
        if position > 0, position % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}

extension GenerateCommand {
    /// What `--json` prints.
    private struct Summary: Encodable {
        var output: String
        var truth: String
        var candidates: String
        var seed: UInt64
        var day: String
        var symbols: Int
        var pairs: Int
        var decoys: Int
        var messages: Int
        var bytes: Int
        var liveOrders: Int
        var messagesByType: [String: Int]
        var seconds: Double
    }

    private func counts(_ truth: MarketDayTruth) -> [(type: String, count: Int)] {
        truth.countsByType.enumerated().filter { $0.element > 0 }
            .map { (String(Unicode.Scalar(UInt8($0.offset))), $0.element) }
    }

    private func jsonSummary(_ truth: MarketDayTruth, _ seconds: Double) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let summary = Summary(
            output: output,
            truth: truthPath,
            candidates: candidatesPath,
            seed: seed,
            day: truth.configuration.day.description,
            symbols: truth.symbols.count,
            pairs: truth.pairs.count,
            decoys: truth.decoys.count,
            messages: truth.messages,
            bytes: truth.bytes,
            liveOrders: truth.liveOrders,
            messagesByType: Dictionary(uniqueKeysWithValues: counts(truth).map { ($0.type, $0.count) }),
            seconds: (seconds * 1000).rounded() / 1000
        )
        return String(decoding: try encoder.encode(summary), as: UTF8.self)
    }

    private func textSummary(_ truth: MarketDayTruth, _ seconds: Double) -> String {
        func share(_ types: String) -> String {
            let count = counts(truth).filter { types.contains($0.type) }.reduce(0) { $0 + $1.count }
            return String(format: "%.1f %%", 100 * Double(count) / Double(truth.messages))
        }
        let rate = grouped(Int(Double(truth.messages) / max(seconds, 0.001)))
        return """
            \(output)
              messages    \(grouped(truth.messages)) in \(grouped(truth.bytes)) bytes, \
            \(String(format: "%.1f", seconds)) s (\(rate)/s)
              mix         adds \(share("AF")), deletes \(share("D")), replaces \(share("U")), \
            executions \(share("EC")), cancels \(share("X")), trades \(share("P"))
              symbols     \(truth.symbols.count), \(truth.halts.count) of them halted for a while
              pairs       \(truth.pairs.count) true, \(truth.decoys.count) decoys
              truth       \(truthPath)
              candidates  \(candidatesPath)
            """
    }
}
