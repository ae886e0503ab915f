// SPDX-License-Identifier: MIT
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Progress on standard error: a line that renews itself on a terminal, else a line every ten seconds.
final class ProgressLine {
    private let isQuiet: Bool
    private let unit: String
    private let start = DispatchTime.now().uptimeNanoseconds
    private let interval: UInt64
    private var nextShow: UInt64
    private var hasLine = false

    /// `unit` is what is counted, "events".
    init(counting unit: String, isQuiet: Bool) {
        self.unit = unit
        self.isQuiet = isQuiet
        interval = Console.isErrorTerminal ? 200_000_000 : 10_000_000_000
        nextShow = start + interval
    }

    /// Seconds since it began.
    var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }

    /// Shows how far the work is, when it is time to.
    ///
    /// - Parameters:
    ///   - count: units done; without it no rate is shown.
    ///   - share: share done, 0 to 1.
    ///   - place: where the work is, such as a simulated time of day.
    func show(_ count: Int? = nil, share: Double, at place: @autoclosure () -> String = "") {
        let now = DispatchTime.now().uptimeNanoseconds
        guard !isQuiet, now >= nextShow else { return }
        nextShow = now + interval
        let seconds = Double(now - start) * 1e-9
        let share = min(max(share, 0), 1)
        var parts = ["\(Int(share * 100)) %"]
        if let count { parts += ["\(Figures.count(count)) \(unit)", Figures.rate(Double(count) / seconds)] }
        let place = place()
        if !place.isEmpty { parts.append("at \(place)") }
        if share > 0.001, share < 1 { parts.append("\(Figures.seconds(seconds * (1 - share) / share)) left") }
        let text = parts.joined(separator: "  ")
        Console.writeError(Console.isErrorTerminal ? "\r\u{1B}[K\(bar(share)) \(text)" : "\(text)\n")
        hasLine = Console.isErrorTerminal
    }

    /// Removes the line from a terminal.
    func finish() {
        if hasLine { Console.writeError("\r\u{1B}[K") }
        hasLine = false
    }

    private func bar(_ share: Double) -> String {
        let width = 20
        let full = Int(share * Double(width))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }
}

/// Whether Ctrl-C was pressed or SIGTERM came: asked between two pieces of work, so that nothing half-done stays behind.
///
/// A second one ends the process at once.
struct Interruption {
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private let flag: Flag
    private let sources: [any DispatchSourceSignal]

    init() {
        let flag = Flag()
        self.flag = flag
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if flag.isSet.exchange(true, ordering: .relaxed) { _exit(Outcome.interrupted.rawValue) }
            }
            source.resume()
            return source
        }
    }

    var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }
}
