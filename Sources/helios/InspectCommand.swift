// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosMarket
import HeliosResearch

/// `helios inspect`: what a market file holds, and its books.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a market file holds, whether it holds together, and a book at a time.",
        usage: """
            helios inspect 12302019.NASDAQ_ITCH50.gz
            helios inspect day.itch50 --symbol AAPL --at 10:31:05.250
            """,
        discussion: """
            Reads ITCH 5.0 files (BinaryFILE framing, plain or gzip), captures of MoldUDP64 (pcap, pcapng) and LOBSTER \
            pairs. Malformed and inconsistent messages are counted and named with their offset; exit code 3 when the \
            file can't be read to its end.
            """
    )

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(help: "Show the book at this time of day, HH:MM:SS with up to nine digits of fraction. (default: the end)")
    var at: String?

    @Option(help: "Whose book to show; not needed when the file has one symbol.")
    var symbol: String?

    @Flag(help: "Show the book order by order.")
    var orders = false

    @Option(help: "Levels of the book to show on each side. (default: 10)")
    var levels: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let request = try bookRequest()
        try requireFile(file, .data)
        let progress = ProgressLine(counting: "messages", isQuiet: quiet)
        let inspection = try Inspection.inspect(path: file, book: request) { progress.show(share: $0) }
        progress.finish()
        if json {
            try Console.show(json: InspectionAnswer(inspection))
        } else {
            Console.show(InspectionText(inspection).text)
        }
        if let failure = inspection.failure { throw Failure(failure) }
    }

    private func bookRequest() throws -> BookRequest? {
        let depth = levels ?? 10
        guard depth > 0 else { throw Failure(.usage, "--levels must be at least 1") }
        guard at != nil || symbol != nil || levels != nil || orders else { return nil }
        let name = try symbol.map { text -> Symbol in
            guard let symbol = Symbol(text) else {
                throw Failure(.usage, "--symbol: \"\(text)\" is not a symbol of one to eight characters")
            }
            return symbol
        }
        var time: Nanoseconds = 86_399_999_999_999
        if let at {
            guard let parsed = BookRequest.time(at) else {
                throw Failure(.usage, "--at: \"\(at)\" is not a time of day such as 10:31, 10:31:05 or 10:31:05.250")
            }
            time = parsed
        }
        return BookRequest(time: time, symbol: name, depth: depth, listsOrders: orders)
    }
}
