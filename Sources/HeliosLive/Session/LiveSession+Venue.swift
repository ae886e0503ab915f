// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension LiveSession {
    /// Tries to reach the venue, now and then.
    func connectVenue() {
        guard venue == nil, Sockets.now >= nextAttempt else { return }
        nextAttempt = Sockets.now + 20_000_000
        guard let link = try? RecordLink.connect(options.venue, patience: 100_000_000) else { return }
        venue = link
        venueIsIn = false
        node.venueConnected()
    }

    /// Takes what the venue says.
    func readVenue() {
        guard let venue else { return }
        venue.receive()
        venue.checkSilence(options.venueTimeout)
        while let message = venue.next() { take(message.event) }
        if let end = venue.end { venueLost(end) }
    }

    private func take(_ message: Event) {
        switch message.kind {
        case .timer:
            beatAnswered = message.eventTime
        case .epoch:
            takeAllReports()
            node.receive(message)
            venueIsIn = node.isPrimary
            if venueIsIn, !wasCancelOnly {
                wasCancelOnly = true
                tell(.cancelOnly, "the venue let us in under epoch \(node.epoch): cancels can go")
            }
        case .orderStatus:
            takeAllReports()
            node.receive(message)
        case .orderAccepted, .orderFilled, .orderCancelled, .orderRejected, .cancelRejected, .executionBroken,
            .executionCorrected:
            reports.append(message)
            // In a comparison with the venue the order of its messages counts, not their time.
            if node.role != .active || marketIsOver { takeAllReports() }
        default: break
        }
    }

    private func venueLost(_ end: LinkEnd) {
        // What it said before stands.
        takeAllReports()
        venue = nil
        venueIsIn = false
        venueLostAt = Sockets.now
        nextAttempt = 0
        wasTrading = false
        wasCancelOnly = false
        beatAnswered = .zero
        beatAwaited = .zero
        answersDue = .zero
        if marketIsOver { beatDue = .never }
        node.venueLost()
        tell(.venueLost, "the venue is lost: \(end)")
    }
}
