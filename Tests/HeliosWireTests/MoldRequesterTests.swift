// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

@Suite("Asking for missing messages")
struct MoldRequesterTests {
    private static let millisecond: Nanoseconds = 1_000_000

    private func requester(
        attempts: Int = 3,
        servers: Int = 1,
        count: UInt16 = 100,
        interval: Nanoseconds = 0
    ) -> MoldRequester {
        var settings = MoldRequestSettings()
        settings.patience = 2 * Self.millisecond
        settings.timeout = 10 * Self.millisecond
        settings.timeoutMax = 30 * Self.millisecond
        settings.attemptsMax = attempts
        settings.servers = servers
        settings.messagesMax = count
        settings.interval = interval
        return MoldRequester(settings)
    }

    /// Every action over `steps` milliseconds while the same messages are missing, with its time.
    private func actions(
        _ requester: inout MoldRequester,
        _ missing: Range<UInt64>,
        steps: Range<Int>
    ) -> [String] {
        steps.compactMap { step in
            switch requester.step(missing: missing, at: Nanoseconds(step) * Self.millisecond) {
            case .none: nil
            case .request(let sequence, let count, let server): "\(step): \(count) from \(sequence) of \(server)"
            case .giveUp(let range): "\(step): gave up \(range)"
            }
        }
    }

    @Test("a whole stream asks for nothing")
    func whole() {
        var requester = requester()
        #expect(requester.step(missing: nil, at: 0) == .none)
        #expect(requester.step(missing: 5..<5, at: 1) == .none)
        #expect(requester.dueTime == nil)
    }

    @Test("the other line gets a chance first")
    func patience() {
        var requester = requester()
        #expect(requester.step(missing: 5..<8, at: 0) == .none)
        #expect(requester.dueTime == 2 * Self.millisecond)
        #expect(requester.step(missing: nil, at: Self.millisecond) == .none)
        #expect(requester.dueTime == nil)
        #expect(requester.step(missing: 9..<10, at: 20 * Self.millisecond) == .none)
        #expect(requester.requests == 0)
    }

    @Test("no answer: asked again, each wait twice as long up to the longest, then given up")
    func backoff() {
        var requester = requester(attempts: 5)
        #expect(
            actions(&requester, 5..<8, steps: 0..<200) == [
                "2: 3 from 5 of 0", "12: 3 from 5 of 0", "32: 3 from 5 of 0", "62: 3 from 5 of 0", "92: 3 from 5 of 0",
                "122: gave up 5..<8",
                // Nobody listened: the hole is still there, so it is a new one.
                "125: 3 from 5 of 0", "135: 3 from 5 of 0", "155: 3 from 5 of 0", "185: 3 from 5 of 0",
            ]
        )
        #expect(requester.timeouts == 8)
    }

    @Test("servers are asked in turn when one does not answer")
    func servers() {
        var requester = requester(attempts: 3, servers: 2)
        #expect(
            actions(&requester, 5..<8, steps: 0..<62) == [
                "2: 3 from 5 of 0", "12: 3 from 5 of 1", "32: 3 from 5 of 0",
            ]
        )
    }

    @Test("an answer in part is followed by a request for the rest at once, and the attempts count anew")
    func parts() {
        var requester = requester(attempts: 2, count: 10)
        #expect(actions(&requester, 1..<31, steps: 0..<13) == ["2: 10 from 1 of 0", "12: 10 from 1 of 0"])
        #expect(actions(&requester, 8..<31, steps: 13..<14) == ["13: 10 from 8 of 0"])
        #expect(actions(&requester, 18..<31, steps: 14..<15) == ["14: 10 from 18 of 0"])
        #expect(
            actions(&requester, 28..<31, steps: 15..<48) == [
                "15: 3 from 28 of 0", "25: 3 from 28 of 0", "45: gave up 28..<31",
            ]
        )
    }

    @Test("the rate is limited, and waiting for it is no failed attempt")
    func rate() {
        var requester = requester(attempts: 1, count: 1, interval: 5 * Self.millisecond)
        #expect(actions(&requester, 1..<9, steps: 0..<3) == ["2: 1 from 1 of 0"])
        #expect(actions(&requester, 2..<9, steps: 3..<8) == ["7: 1 from 2 of 0"])
        #expect(actions(&requester, 3..<9, steps: 8..<13) == ["12: 1 from 3 of 0"])
        #expect(requester.timeouts == 0)
    }

    @Test("another hole gets its own patience")
    func anotherHole() {
        var requester = requester()
        #expect(actions(&requester, 5..<8, steps: 0..<4) == ["2: 3 from 5 of 0"])
        #expect(actions(&requester, 20..<30, steps: 4..<8) == ["6: 10 from 20 of 0"])
    }

    @Test("a hole that was known while another one was open has waited long enough; one that was not, has not")
    func knownHoles() {
        var requester = requester()
        func step(_ missing: Range<UInt64>?, _ end: UInt64, _ time: Int) -> MoldRequestAction {
            requester.step(missing: missing, knownTo: end, at: Nanoseconds(time) * Self.millisecond)
        }
        #expect(step(5..<8, 20, 0) == .none)
        #expect(step(5..<8, 40, 2) == .request(sequence: 5, count: 3, server: 0))
        // Known up to 20 when the first hole opened: the second was known then.
        #expect(step(15..<18, 40, 3) == .request(sequence: 15, count: 3, server: 0))
        // Seen at 2 ms for the first time.
        #expect(step(30..<32, 40, 3) == .none)
        #expect(step(30..<32, 40, 5) == .request(sequence: 30, count: 2, server: 0))
        #expect(step(nil, 0, 6) == .none)
        #expect(step(50..<51, 60, 7) == .none)
        #expect(step(50..<51, 60, 9) == .request(sequence: 50, count: 1, server: 0))
    }

    @Test("a hole that grows at its end goes on as it was")
    func growing() {
        var requester = requester()
        #expect(actions(&requester, 5..<8, steps: 0..<1) == [])
        #expect(actions(&requester, 5..<800, steps: 1..<5) == ["2: 100 from 5 of 0"])
        #expect(actions(&requester, 5..<UInt64.max, steps: 5..<14) == ["12: 100 from 5 of 0"])
    }
}
