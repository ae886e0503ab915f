// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosMarket
import HeliosResearch

/// `helios volume`: usual volume curves from recorded days.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Print when in the day recorded days traded, for 'execution.curveFile'.",
        usage: """
            helios volume monday.itch50 tuesday.itch50 > volume.csv
            helios volume 12302019.NASDAQ_ITCH50.gz --symbol AAPL --minutes 15
            """,
        discussion: """
            Prints symbol,time,volume: the shares that traded in each stretch of the regular session, over all the files, for \
            each symbol and under * for all together. 'vwap' divides its parents along it. Reads what 'helios inspect' reads, \
            one day a file, in the order of their days.
            """
    )

    @Argument(help: "The files, in the order of their days.", completion: .file())
    var files: [String]

    @Option(help: "Only this symbol; may be repeated.")
    var symbol: [String] = []

    @Option(help: "Minutes of a stretch, 1 to 390.")
    var minutes = 30

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        guard (1...390).contains(minutes) else { throw Failure(.usage, "--minutes must be from 1 to 390") }
        let symbols = try symbol.map { text -> Symbol in
            guard let symbol = Symbol(text) else {
                throw Failure(.usage, "--symbol: \"\(text)\" is not a symbol of one to eight characters")
            }
            return symbol
        }
        for file in files { try requireFile(file, .data) }
        let progress = ProgressLine(counting: "messages", isQuiet: quiet)
        let profile = try VolumeProfile(files.map { DataFile(path: $0) }, minutes: minutes) { progress.show(share: $0) }
        progress.finish()
        let text = profile.csv(only: symbols.isEmpty ? nil : symbols)
        guard text.split(separator: "\n").count > 1 else {
            throw Failure(.no, "\(files.joined(separator: ", ")): nothing of that traded in the regular session")
        }
        Console.show(String(text.dropLast()))
    }
}
