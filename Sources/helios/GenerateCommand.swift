// SPDX-License-Identifier: MIT
import ArgumentParser
import Dispatch
import Foundation
import HeliosMarket
import HeliosStore
import HeliosVenue

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

    @Option(help: "Another seed for the day's paths: the same symbols and pairs on another day.")
    var pathSeed: UInt64?

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
            if json {
                try Console.show(json: Summary(self, truth, seconds))
            } else {
                Console.show(textSummary(truth, seconds))
            }
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    var truthPath: String { truth ?? output + ".truth.json" }
    var candidatesPath: String { candidates ?? output + ".pairs.csv" }

    private func makeGenerator() throws -> MarketDayGenerator {
        guard let day = TradingDay(date) else {
            throw Failure(.usage, "--date: \"\(date)\" is not a day of the form YYYY-MM-DD between 1970 and 2199")
        }
        do {
            var configuration = MarketDayConfiguration(
                symbols: symbols,
                messages: messages,
                seed: seed,
                day: day,
                pairs: pairs,
                decoys: decoys
            )
            configuration.pathSeed = pathSeed
            return try MarketDayGenerator(configuration)
        } catch {
            throw Failure(.usage, "--\(error.key) must be \(error.expected)")
        }
    }

    private func write(
        _ generator: MarketDayGenerator,
        to path: String,
        _ interruption: Interruption
    ) throws -> MarketDayTruth {
        let progress = ProgressLine(counting: "messages", isQuiet: quiet)
        defer { progress.finish() }
        do {
            var file = try OutputFile(path: path, isCompressed: output.hasSuffix(".gz"))
            let truth = try generator.generate { bytes in
                if interruption.isRequested { throw Failure(.interrupted, "interrupted; nothing was written") }
                try file.write(bytes)
            } progress: {
                progress.show(
                    $0.messages,
                    share: Double($0.messages) / Double(max($0.target, 1)),
                    at: Figures.clock(Nanoseconds($0.timeOfDay))
                )
            }
            try file.finish()
            return truth
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(.data, "\(output) can't be written: \(reason(error))")
        }
    }

    private func moveIntoPlace(_ partial: String) throws {
        if rename(partial, output) != 0 {
            throw Failure(.data, "\(output) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    private func save(_ text: String, _ path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(.data, "\(path) can't be written: \(reason(error))")
        }
    }

    private func reason(_ error: any Error) -> String {
        if let error = error as? StoreError { return error.reason }
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        return error.localizedDescription
    }
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

        init(_ command: GenerateCommand, _ truth: MarketDayTruth, _ seconds: Double) {
            output = command.output
            self.truth = command.truthPath
            candidates = command.candidatesPath
            seed = command.seed
            day = truth.configuration.day.description
            symbols = truth.symbols.count
            pairs = truth.pairs.count
            decoys = truth.decoys.count
            messages = truth.messages
            bytes = truth.bytes
            liveOrders = truth.liveOrders
            messagesByType = Dictionary(uniqueKeysWithValues: command.counts(truth).map { ($0.type, $0.count) })
            self.seconds = (seconds * 1000).rounded() / 1000
        }
    }

    private func counts(_ truth: MarketDayTruth) -> [(type: String, count: Int)] {
        truth.countsByType.enumerated().filter { $0.element > 0 }
            .map { (String(Unicode.Scalar(UInt8($0.offset))), $0.element) }
    }

    private func textSummary(_ truth: MarketDayTruth, _ seconds: Double) -> String {
        func share(_ types: String) -> String {
            let count = counts(truth).filter { types.contains($0.type) }.reduce(0) { $0 + $1.count }
            return Figures.fixed(100 * Double(count) / Double(truth.messages), 1) + " %"
        }
        let rate = Figures.rate(Double(truth.messages) / max(seconds, 0.001))
        return """
            \(output)
              messages    \(Figures.count(truth.messages)) in \(Figures.count(truth.bytes)) bytes, \
            \(Figures.duration(seconds * 1e9)) (\(rate))
              mix         adds \(share("AF")), deletes \(share("D")), replaces \(share("U")), \
            executions \(share("EC")), cancels \(share("X")), trades \(share("P"))
              symbols     \(truth.symbols.count), \(truth.halts.count) of them halted for a while
              pairs       \(truth.pairs.count) true, \(truth.decoys.count) decoys
              truth       \(truthPath)
              candidates  \(candidatesPath)
            """
    }
}
