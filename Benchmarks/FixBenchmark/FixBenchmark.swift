// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosWire

#if canImport(QuickfixReference)
import QuickfixReference
#endif

/// Reads, checks and writes an ExecutionReport and a NewOrderSingle, and sends orders there and reports back, beside QuickFIX (C++)
/// in the same run where it is installed: `HELIOS_QUICKFIX=1 swift run -c release FixBenchmark`.
@main
enum FixBenchmark {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "count", let work = Work(name: arguments[2]),
            let count = Int(arguments[3])
        {
            // For who counts instructions.
            var bench = CodecBench(messages: count)
            _ = bench.run(work)
            return print("check \(bench.check)")
        }
        let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 200 : 200
        var bench = CodecBench()
        let reference = Reference()
        var best = [String: (ours: Double, theirs: Double)]()
        for _ in 0..<rounds {
            for work in Work.allCases {
                let ours = bench.run(work)
                let theirs = reference?.run(work) ?? .nan
                let before = best[work.rawValue] ?? (.infinity, .infinity)
                best[work.rawValue] = (min(before.ours, ours), min(before.theirs, theirs.isNaN ? .infinity : theirs))
            }
        }
        print("best of \(rounds) interleaved rounds, nanoseconds of the processor a message, one core")
        for work in Work.allCases {
            guard let (ours, theirs) = best[work.rawValue] else { continue }
            let ratio = theirs.isFinite ? String(format: "%10.0f QuickFIX %8.1f x", theirs, theirs / ours) : ""
            print(
                work.rawValue.padding(toLength: 36, withPad: " ", startingAt: 0),
                String(format: "%8.1f", ours),
                ratio
            )
        }
        RoundTrips.run()
        print("check \(bench.check)")
    }
}

/// Nanoseconds that this thread has had the processor for.
func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// What is measured.
enum Work: String, CaseIterable {
    case parseReport = "parse ExecutionReport"
    case parseOrder = "parse NewOrderSingle"
    case validateReport = "parse, validate ExecutionReport"
    case validateOrder = "parse, validate NewOrderSingle"
    case encodeReport = "encode ExecutionReport"
    case encodeOrder = "encode NewOrderSingle"

    /// The work with that name in the code.
    init?(name: String) {
        guard let work = Work.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = work
    }
}

/// Our side.
struct CodecBench: ~Copyable {
    var check: Int64 = 0
    private var scanner = FixScanner()
    private var writer = FixWriter()
    private let framer = FixFramer()
    private var checker: FixChecker
    private let time = Timestamp(nanoseconds: 1_767_364_200_123_000_000)
    private let report = CodecBench.pinned(Samples.report)
    private let order = CodecBench.pinned(Samples.order)
    private let messages: Int

    /// - Parameter messages: a round's: so few that most rounds are over before another program gets the processor.
    init(messages: Int = 10_000) {
        self.messages = messages
        checker = FixChecker(FixDictionary.builtin(.fix44))
    }

    /// Bytes that stay where they are.
    private static func pinned(_ bytes: [UInt8]) -> WireBytes {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        memory.copyBytes(from: bytes)
        return WireBytes(UnsafeRawBufferPointer(memory))
    }

    mutating func run(_ work: Work) -> Double {
        let start = processorTime()
        switch work {
        case .parseReport: parse(report)
        case .parseOrder: parse(order)
        case .validateReport: validate(report)
        case .validateOrder: validate(order)
        case .encodeReport: encodeReports()
        case .encodeOrder: encodeOrders()
        }
        return Double(processorTime() - start) / Double(messages)
    }

    private mutating func parse(_ bytes: WireBytes) {
        for _ in 0..<messages {
            guard case .message(let count) = framer.next(bytes), count == bytes.count,
                let message = try? scanner.scan(bytes)
            else { fatalError("the sample is no message") }
            check &+= Int64(message.count)
        }
    }

    private mutating func validate(_ bytes: WireBytes) {
        for _ in 0..<messages {
            guard case .message(let count) = framer.next(bytes), count == bytes.count,
                let message = try? scanner.scan(bytes), checker.check(message) == nil
            else { fatalError("the sample is not valid") }
            check &+= Int64(message.count)
        }
    }

    private mutating func encodeReports() {
        for _ in 0..<messages {
            writer.begin(.executionReport)
            Samples.head(&writer, from: "VENUE", to: "HELIOS", at: time)
            Samples.fill(report: &writer, at: time)
            check &+= Int64(writer.finish(.fix44)?.count ?? 0)
        }
    }

    private mutating func encodeOrders() {
        for _ in 0..<messages {
            writer.begin(.newOrderSingle)
            Samples.head(&writer, from: "HELIOS", to: "VENUE", at: time)
            Samples.fill(order: &writer, at: time)
            check &+= Int64(writer.finish(.fix44)?.count ?? 0)
        }
    }
}

/// QuickFIX's side; nil where it is not installed.
struct Reference: ~Copyable {
    #if canImport(QuickfixReference)
    private let dictionary: UnsafeMutableRawPointer
    private static let messages: Int64 = 500

    init?() {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("helios-fix44-\(getpid()).xml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard (try? FixDictionary.builtin(.fix44).xml().write(toFile: path, atomically: true, encoding: .utf8)) != nil,
            let opened = quickfix_open(path)
        else {
            print("QuickFIX can't read the dictionary: measured without it")
            return nil
        }
        dictionary = opened
    }

    deinit { quickfix_close(dictionary) }

    func run(_ work: Work) -> Double {
        let start = processorTime()
        let rounds = Reference.messages
        let done =
            switch work {
            case .parseReport: Reference.with(Samples.report) { quickfix_parse($0, $1, rounds) }
            case .parseOrder: Reference.with(Samples.order) { quickfix_parse($0, $1, rounds) }
            case .validateReport: Reference.with(Samples.report) { quickfix_validate(dictionary, $0, $1, rounds) }
            case .validateOrder: Reference.with(Samples.order) { quickfix_validate(dictionary, $0, $1, rounds) }
            case .encodeReport: quickfix_encode_report(rounds)
            case .encodeOrder: quickfix_encode_order(rounds)
            }
        precondition(done >= rounds, "QuickFIX refused the sample")
        return Double(processorTime() - start) / Double(rounds)
    }

    private static func with(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>, Int) -> Int64) -> Int64 {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress else { return 0 }
                return body(start, text.count)
            }
        }
    }
    #else
    init?() {
        print("measured without QuickFIX: libquickfix-dev and HELIOS_QUICKFIX=1 put it beside")
        return nil
    }

    func run(_ work: Work) -> Double { .nan }
    #endif
}
