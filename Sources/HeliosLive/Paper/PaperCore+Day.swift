// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosRisk

extension PaperCore {
    /// The firm's state.
    package var riskState: RiskState { node.engine.market.risk.status.state }
    /// Why new orders are held back.
    package var holds: OrderHold { node.engine.holds }
    /// Where the feed was when the session began; of several venues the first's.
    package var feedPlace: FeedPlace { feeds[0].place }
    /// Whether records wait for the journal's writer.
    package var journalIsBehind: Bool { journal.isBehind }
    /// Reports that do not add up, as far as they are kept.
    package var doubts: [OrderDoubt] { node.engine.observer.doubts }

    /// No day is shorter: on the day on which the clocks go forward.
    private static var shortestDay: Nanoseconds { 23 * 3_600_000_000_000 }

    /// Begins another trading day when the market's time has come to it.
    func keepDay(at time: Timestamp) {
        guard time - midnight >= PaperCore.shortestDay, let day = TradingDay.containing(time), day.midnight > midnight
        else { return }
        begin(day: day.midnight)
    }

    /// A trading day begins: what counts by the day counts anew.
    ///
    /// Not said of the journal's first day: nothing has been counted yet, and what was promised for that day (P19) stays.
    func begin(day midnight: Timestamp) {
        guard node.isPrimary else { return }
        // The record counts as one of the market's and is no message of the feed, so the feed's place is told anew; before it, so
        // that a process that dies in between finds that its records end too early, and builds the books anew.
        // Of several venues it counts as nobody's.
        let feed = feeds[0]
        if !isFloor, let session = feed.place.session, node.marketInputs >= feed.anchored.inputs {
            let next = feed.anchored.next + (node.marketInputs - feed.anchored.inputs)
            anchor(0, session, next: next, after: node.marketInputs + 1)
        }
        let now = max(midnight, node.engine.market.now)
        node.take(Event(eventTime: midnight, receiveTime: now, kind: .newDay))
        self.midnight = midnight
    }

    /// Gives the engine the parent orders of the configuration whose time has come by the timer `due`, on the journal's first day.
    func giveOrders(due: Timestamp, at time: Timestamp) {
        guard midnight == byHand.midnight, leavingSince == nil else { return }
        while node.takesMarketData, let order = byHand.next(at: due, directory) {
            write(.command, order.text)
            guard node.take(order.request.record(at: time)) else { return }
            notify(LiveNotice(.warning, "given as configured: \(order.words)"))
        }
    }

    /// Tells people of reports that do not add up.
    func tellDoubts() {
        let count = node.engine.observer.doubtCount
        let fresh = node.engine.observer.doubts.suffix(Int(min(count - doubtsTold, UInt64(AlertLog.room))))
        for doubt in fresh { notify(LiveNotice(.warning, "\(doubt)")) }
        doubtsTold = count
    }
}
