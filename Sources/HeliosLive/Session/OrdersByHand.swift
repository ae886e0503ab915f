// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket

/// Says in the journal that the parent order behind it is one of the configuration's.
package struct GivenStatement: Codable {
    var verb = "order"
    var person = "configuration"
    /// The order in words, which tell it from every other one.
    package var given: String

    package init(given: String) { self.given = given }
}

/// The parent orders of the configuration that a journal has already.
///
/// An order counts as given when its record stands behind the text that announces it: a process that dies between the two
/// has not given it.
package struct GivenTrail {
    /// By their words: the configuration may list the same order twice.
    package private(set) var counts: [String: Int] = [:]
    private var announced: String?

    package init() {}

    /// Takes a record of the journal.
    package mutating func take(_ record: Event, _ text: [UInt8]) {
        guard record.kind == .side else { return take(record.kind) }
        let isCommand = record.orderID == SideKind.command.rawValue
        announced = isCommand ? ControlLine.decode(GivenStatement.self, text)?.given : nil
    }

    /// Takes a record that is no text.
    @inline(__always)
    package mutating func take(_ kind: EventKind) {
        if announced != nil { follow(kind) }
    }

    private mutating func follow(_ kind: EventKind) {
        if kind == .parentOrder, let announced { counts[announced, default: 0] += 1 }
        announced = nil
    }
}

/// The parent orders of the configuration that a session has still to give, in the order of their times.
package struct OrdersByHand {
    /// Of the journal's first day, which is theirs.
    let midnight: Timestamp
    private var waiting: [ParentByHand]

    /// - Parameters:
    ///   - orders: the configuration's, in the order of their times.
    ///   - midnight: of the journal's first day.
    ///   - given: what the journal has of them.
    package init(_ orders: [ParentByHand], midnight: Timestamp, given: GivenTrail) {
        self.midnight = midnight
        var counts = given.counts
        waiting = orders.filter { order in
            guard let count = counts[OrdersByHand.words(of: order)], count > 0 else { return true }
            counts[OrdersByHand.words(of: order)] = count - 1
            return false
        }
    }

    /// Whether all are given.
    package var isEmpty: Bool { waiting.isEmpty }

    /// The first order whose time has come, with the text that announces it; one whose instrument nobody has named yet waits.
    ///
    /// - Parameters:
    ///   - time: the session's.
    ///   - directory: the names of the instruments.
    /// - Returns: the request, its announcement, and its words; nil where nothing is due.
    package mutating func next(
        at time: Timestamp,
        _ directory: InstrumentDirectory
    ) -> (request: ParentRequest, text: [UInt8], words: String)? {
        for (place, order) in waiting.enumerated() {
            guard midnight + order.time <= time else { return nil }
            guard let instrument = directory[order.symbol] else { continue }
            waiting.remove(at: place)
            let words = OrdersByHand.words(of: order)
            let text = ControlLine.encode(GivenStatement(given: words))
            return (order.request(instrument, midnight: midnight), text, words)
        }
        return nil
    }

    /// What tells an order from every other one.
    package static func words(of order: ParentByHand) -> String {
        let request = order.request
        var words = [
            "\(request.side)", "\(request.quantity)", "\(order.symbol)", "by", request.algorithm.name, "at",
            seconds(order.time), "until", order.end.map(seconds) ?? "the close",
        ]
        if request.limit.raw > 0 { words += ["limit", "\(request.limit)"] }
        words += ["urgency", request.urgency.name, "parameter", "\(request.parameter)"]
        if request.takes { words.append("takes") }
        return (words + ["for", "strategy", "\(request.strategy)"]).joined(separator: " ")
    }

    /// A time of day as `15:30:00`; configurations know nothing finer.
    private static func seconds(_ time: Nanoseconds) -> String {
        let all = time / 1_000_000_000
        return [all / 3_600, all / 60 % 60, all % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
