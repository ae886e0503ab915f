// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// What a session does by itself, done by hand: to see how a counterparty takes it.
extension FixSession {
    /// Sends a TestRequest; the peer's Heartbeat carries `text` back.
    ///
    /// - Parameters:
    ///   - text: TestReqID.
    ///   - now: UTC.
    ///   - output: the connection's.
    /// - Returns: whether it was sent; false when the session is not logged on, or the output is full.
    public mutating func testRequest(_ text: String, at now: Timestamp, into output: inout WireOutput) -> Bool {
        guard state.isLoggedOn else { return false }
        return emit(.testRequest, now, &output) { $0.putText(.testReqID, text.isEmpty ? "TEST" : text) }
    }

    /// Asks for messages that came before; they come as duplicates, and are not delivered again.
    ///
    /// - Parameters:
    ///   - begin: the first number.
    ///   - end: the last number; 0 for all.
    ///   - now: UTC.
    ///   - output: the connection's.
    /// - Returns: whether it was sent; false when the session is not logged on, or the output is full.
    public mutating func requestResend(
        from begin: UInt64,
        to end: UInt64,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> Bool {
        guard state.isLoggedOn, begin > 0 else { return false }
        return emit(.resendRequest, now, &output) { writer in
            writer.put(.beginSeqNo, unsigned: begin)
            writer.put(.endSeqNo, unsigned: end)
        }
    }

    /// Leaves out the next `count` numbers, so that the peer sees a gap: what it asks for then is filled.
    ///
    /// - Parameter count: numbers, at most a million.
    public mutating func skip(_ count: UInt64) {
        guard state.isLoggedOn, unsent == store.nextOut, count <= 1_000_000 else { return }
        store.setNextOut(store.nextOut + count)
        unsent = store.nextOut
    }
}
