// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosRisk
import Synchronization

/// Shows a live session while it runs: on a terminal a picture that renews itself, else a line every ten seconds.
final class PaperMonitor: Sendable {
    private let title: String
    private let isPicture: Bool
    private let isQuiet: Bool
    private let policy: RiskPolicy
    private let notices = Mutex([LiveNotice]())
    private let queue: NoticeQueue
    private let isEnding = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    init(title: String, _ options: PaperArguments, policy: RiskPolicy) {
        self.title = title
        self.policy = policy
        isQuiet = options.quiet
        let lines = NoticeLines(asJSON: options.json)
        queue = NoticeQueue { lines.show($0) }
        isPicture = !options.json && !options.plain && !options.quiet && isatty(STDOUT_FILENO) != 0
    }

    /// Takes something worth telling; waits for nobody who reads it.
    func tell(_ notice: LiveNotice) {
        guard isPicture else { return queue.add(notice) }
        notices.withLock { notices in
            notices.append(notice)
            if notices.count > 6 { notices.removeFirst() }
        }
    }

    /// Begins to show.
    func begin(_ status: @escaping @Sendable () -> PaperStatus) {
        guard !isQuiet else { return }
        let thread = Thread { [self] in
            if isPicture { write("\u{1B}[?25l\u{1B}[2J") }
            _ = status()
            var turn = 0
            while !isEnding.load(ordering: .acquiring) {
                usleep(50_000)
                turn += 1
                if isPicture, turn % 5 == 0 { draw(status()) }
                if !isPicture, turn % 200 == 199 { _ = status() }
                if !isPicture, turn % 200 == 0 { Console.note(PaperView.line(status())) }
            }
            if isPicture { write("\u{1B}[?25h\u{1B}[2J\u{1B}[H") }
            ended.signal()
        }
        thread.name = "helios view"
        thread.start()
    }

    /// Stops showing, and gives the terminal back.
    func end() {
        queue.end()
        guard !isQuiet else { return }
        isEnding.store(true, ordering: .releasing)
        // A terminal that takes nothing any more is not waited for.
        _ = ended.wait(timeout: .now() + 2)
        if isPicture {
            for notice in notices.withLock({ $0 }) { Console.note("\(notice.kind.rawValue): \(notice.text)") }
        }
    }

    private func draw(_ status: PaperStatus) {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0
        let rows = isKnown ? Int(size.ws_row) : 24
        let columns = isKnown ? Int(size.ws_col) : 80
        let notices = notices.withLock { $0 }.map { "\($0.kind.rawValue): \($0.text)" }
        let lines = PaperView(status, title: title, policy: policy, notices: notices)
            .lines(rows: rows - 1, columns: columns)
        write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }

    private func write(_ text: String) { Console.write(text, to: STDOUT_FILENO) }
}
