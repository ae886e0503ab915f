// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// T02: our own executions against the independent copy of the venue, one by one.
///
/// Two belong together when venue, execution and side are the same; they match when quantity and price are too. Both sides bring
/// their own time, so that two files are matched as the two streams were.
public struct DropCopyMatch: Sendable {
    /// How long an execution may be without its counterpart.
    public struct Settings: Sendable, Equatable {
        /// Then there is an alert.
        public var alertAfter: Nanoseconds = 2_000_000_000
        /// Then whoever sent its order is to be halted.
        public var haltAfter: Nanoseconds = 10_000_000_000

        public init() {}
    }

    private struct Key: Hashable {
        let venue: UInt16
        let execution: UInt64
        let isSell: Bool

        init(_ execution: Execution) {
            venue = execution.venue.id
            self.execution = execution.id
            isSell = execution.side == .sell
        }
    }

    private struct Waiting: Sendable {
        var execution: Execution
        var isOurs: Bool
        var isAlerted = false
        var isHalted = false
    }

    public let settings: Settings
    /// Executions that both sides have.
    public private(set) var matched = 0
    /// Those that both sides have with other terms.
    public private(set) var mismatched = 0
    public private(set) var own = 0
    public private(set) var copied = 0
    private var waiting: [Key: Waiting] = [:]
    private var pairs: [Key: (own: Execution, copy: Execution)] = [:]
    /// In the order of their arrival, with what was taken out still in it.
    private var order: [Key] = []
    private var head = 0
    /// Nothing is late before this.
    private var nextDue = Timestamp.never
    /// Net raw quantity by instrument: own less copied.
    private var difference: [UInt32: Int128] = [:]

    public init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Executions without a counterpart.
    public var unmatched: Int { waiting.count }

    /// Whether everything that both sides have told agrees.
    public var isClean: Bool { waiting.isEmpty && mismatched == 0 }

    /// Takes one of our own executions.
    public mutating func takeOwn(_ execution: Execution, _ alerts: inout [RiskAlertRecord]) {
        guard isNew(execution, isOurs: true) else { return }
        own += 1
        difference[execution.instrument.id, default: 0] += execution.signed
        take(execution, isOurs: true, &alerts)
    }

    /// Takes an execution of the copy.
    public mutating func takeCopy(_ execution: Execution, _ alerts: inout [RiskAlertRecord]) {
        guard isNew(execution, isOurs: false) else { return }
        copied += 1
        difference[execution.instrument.id, default: 0] -= execution.signed
        take(execution, isOurs: false, &alerts)
    }

    /// One side has taken an execution back: the other must too.
    ///
    /// - Parameters:
    ///   - execution: as it was.
    ///   - isOurs: whether it is our side that takes it back.
    public mutating func takeBack(_ execution: Execution, isOurs: Bool) {
        let key = Key(execution)
        difference[execution.instrument.id, default: 0] -= isOurs ? execution.signed : -execution.signed
        if isOurs { own -= 1 } else { copied -= 1 }
        if let pair = pairs.removeValue(forKey: key) {
            if agrees(pair.own, pair.copy) { matched -= 1 } else { mismatched -= 1 }
            var other = isOurs ? pair.copy : pair.own
            other.received = execution.received
            wait(key, Waiting(execution: other, isOurs: !isOurs))
        } else if let there = waiting[key], there.isOurs == isOurs {
            waiting[key] = nil
        }
    }

    /// A stream that begins again tells what it told before.
    private func isNew(_ execution: Execution, isOurs: Bool) -> Bool {
        let key = Key(execution)
        return pairs[key] == nil && waiting[key]?.isOurs != isOurs
    }

    private mutating func take(_ execution: Execution, isOurs: Bool, _ alerts: inout [RiskAlertRecord]) {
        let key = Key(execution)
        guard let there = waiting[key] else { return wait(key, Waiting(execution: execution, isOurs: isOurs)) }
        waiting[key] = nil
        let (ours, copy) = isOurs ? (execution, there.execution) : (there.execution, execution)
        pairs[key] = (ours, copy)
        guard !agrees(ours, copy) else {
            matched += 1
            return
        }
        mismatched += 1
        alerts.append(mismatch(ours, copy))
    }

    private mutating func wait(_ key: Key, _ entry: Waiting) {
        waiting[key] = entry
        order.append(key)
        nextDue = min(nextDue, entry.execution.received + settings.alertAfter)
    }

    private func agrees(_ a: Execution, _ b: Execution) -> Bool {
        a.quantity == b.quantity && a.price == b.price && a.instrument == b.instrument
    }

    private func mismatch(_ ours: Execution, _ copy: Execution) -> RiskAlertRecord {
        let isQuantity = ours.quantity != copy.quantity
        let text =
            "execution \(ours.id): we have \(ours.quantity) at \(ours.price), the drop copy has \(copy.quantity) at "
            + "\(copy.price)" + (ours.instrument == copy.instrument ? "" : ", in another instrument")
        return alert(
            ours,
            .incident,
            "terms",
            raised: max(ours.received, copy.received),
            measure: isQuantity ? .quantity : .price,
            value: isQuantity ? Int128(ours.quantity.raw) : Int128(ours.price.raw),
            limit: isQuantity ? Int128(copy.quantity.raw) : Int128(copy.price.raw),
            text: text
        )
    }

    /// Looks for executions that have waited too long at `now`.
    public mutating func tick(at now: Timestamp, _ alerts: inout [RiskAlertRecord]) {
        guard now >= nextDue else { return }
        var place = head
        var isContiguous = true
        nextDue = .never
        while place < order.count {
            let key = order[place]
            guard var entry = waiting[key] else {
                if isContiguous { head = place + 1 }
                place += 1
                continue
            }
            isContiguous = false
            let since = entry.execution.received
            if !entry.isAlerted, now - since >= settings.alertAfter {
                entry.isAlerted = true
                alerts.append(late(entry, .warning, "unmatched", since + settings.alertAfter, settings.alertAfter))
            }
            if !entry.isHalted, now - since >= settings.haltAfter {
                entry.isHalted = true
                var found = late(entry, .incident, "unmatched-halt", since + settings.haltAfter, settings.haltAfter)
                if entry.execution.tag.strategy != .max { found.halts = .strategy(entry.execution.tag.strategy) }
                alerts.append(found)
            }
            waiting[key] = entry
            if !entry.isAlerted {
                nextDue = min(nextDue, since + settings.alertAfter)
            } else if !entry.isHalted {
                nextDue = min(nextDue, since + settings.haltAfter)
            }
            place += 1
        }
        if head > 4_096, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
    }

    private func late(
        _ entry: Waiting,
        _ severity: AlertSeverity,
        _ finding: String,
        _ raised: Timestamp,
        _ limit: Nanoseconds
    ) -> RiskAlertRecord {
        let it = entry.execution
        let who = entry.isOurs ? "the drop copy does not have" : "we do not have"
        return alert(
            it,
            severity,
            finding,
            raised: raised,
            measure: .time,
            value: Int128(limit),
            limit: Int128(limit),
            text: "execution \(it.id), \(it.side) \(it.quantity) at \(it.price): \(who) it"
        )
    }

    /// At the close: everything that has no counterpart, and every instrument whose quantities differ.
    public mutating func close(at now: Timestamp, _ alerts: inout [RiskAlertRecord]) {
        for key in order[head...] {
            guard let entry = waiting[key] else { continue }
            var found = late(entry, .incident, "unmatched-close", now, 0)
            found.value = Int128(now - entry.execution.received)
            alerts.append(found)
        }
        for (instrument, quantity) in difference.sorted(by: { $0.key < $1.key }) where quantity != 0 {
            alerts.append(
                RiskAlertRecord(
                    .t02,
                    .incident,
                    "quantity-break",
                    at: now,
                    raised: now,
                    instrument: Instrument(id: instrument),
                    measure: .quantity,
                    value: quantity,
                    text: "own executions less the drop copy's come to \(RiskMeasure.quantity.text(quantity))"
                )
            )
        }
    }

    private func alert(
        _ execution: Execution,
        _ severity: AlertSeverity,
        _ finding: String,
        raised: Timestamp,
        measure: RiskMeasure,
        value: Int128,
        limit: Int128,
        text: String
    ) -> RiskAlertRecord {
        RiskAlertRecord(
            .t02,
            severity,
            finding,
            at: execution.received,
            raised: raised,
            scope: execution.venue.id == 0 ? "" : "venue \(execution.venue.id)",
            instrument: execution.instrument,
            orderID: execution.orderID,
            executionID: execution.id,
            measure: measure,
            value: value,
            limit: limit,
            text: text
        )
    }
}
