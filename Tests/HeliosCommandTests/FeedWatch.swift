// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// The market's own clock, from the time stamps of a line of its feed (ITCH over MoldUDP64): whether it is open still, whatever a
/// session that was killed does.
final class FeedWatch: @unchecked Sendable {
    /// The port that the line is to be sent to.
    let port: Int
    private let descriptor: Int32
    private let lock = NSLock()
    private var latest: UInt64 = 0
    private var isEnding = false

    init() throws {
        var held: [Int32] = []
        port = try #require(FreePorts.hold(0, SOCK_DGRAM, &held))
        descriptor = held[0]
        Thread { [self] in listen() }.start()
    }

    /// Ends the thread, which closes the socket.
    func end() { lock.withLock { isEnding = true } }

    private func listen() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !lock.withLock({ isEnding }) {
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&interest, 1, 50) > 0 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            // Session 10, sequence 8, messages 2; then each with its length: type 1, locate 2, tracking 2, time 6.
            guard count >= 33, buffer[18...19] != [0xFF, 0xFF] else { continue }
            let time = buffer[27..<33].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            lock.withLock { latest = max(latest, time) }
        }
        close(descriptor)
    }

    /// Seconds since midnight, as the market has last said.
    var time: Double { Double(lock.withLock { latest }) / 1e9 }

    /// Until when the strategies of these tests trade: five minutes before they leave the market for the day.
    static var closing: Double { 57_000 }

    /// Waits for `seconds` of the market's day, in which it is open all the time; false when it closes before.
    func waits(_ seconds: Double) -> Bool {
        let end = time + seconds
        for _ in 0..<30_000 where time < end { Thread.sleep(forTimeInterval: 0.01) }
        return time >= end && time < FeedWatch.closing
    }
}
