// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket

/// What dealers answered to a request for quotes, and why the best was taken, or none.
///
/// Prices and quantities are exact decimal texts.
public struct QuoteExplanation: Sendable, Encodable {
    /// A dealer's answer.
    public struct Answer: Sendable, Encodable {
        public var dealer: String
        /// Nil where it has not quoted.
        public var price: String?
        /// What of the request it was good for.
        public var quantity: String?
        /// A share's, with the dealer's fees: what it costs, or brings; rounded to 1e-8.
        public var allIn: String?
        /// A time of day.
        public var until: String?
        /// `taken`, or why it was not.
        public var verdict: String
        /// The same in words.
        public var words: String
    }

    /// What the books displayed at that moment, for comparison.
    public struct Displayed: Sendable, Encodable {
        /// Of the quantity asked for, within the limit.
        public var quantity: String
        /// A share's, with the venues' fees.
        public var allIn: String
    }

    /// The request's number, from 1.
    public var request: UInt64
    /// The journal's record at which it was decided.
    public var record: UInt64
    /// A time of day, to the nanosecond.
    public var time: String
    public var parent: RouteExplanation.Parent
    /// What was asked for.
    public var quantity: String
    public var answers: [Answer]
    /// Nil where the books showed nothing within the limit.
    public var displayed: Displayed?
    /// The order that took the best quote; nil for none.
    public var order: UInt64?
    /// What the order was for.
    public var taken: String
    /// What became of the order in this journal.
    public var state = ""
    public var filled = "0"
}

extension QuoteExplanation {
    init(
        _ comparison: QuoteComparison,
        record: UInt64,
        names: InstrumentDirectory,
        venues: [String],
        midnight: Timestamp
    ) {
        request = comparison.request.number
        self.record = record
        time = Columns.timeOfDay(comparison.time - midnight)
        parent = RouteExplanation.Parent(comparison.parent, names: names, midnight: midnight)
        quantity = "\(comparison.request.quantity)"
        answers = comparison.answers.map { QuoteExplanation.answer($0, comparison, venues, midnight) }
        if comparison.displayed.raw > 0 {
            displayed = Displayed(
                quantity: "\(comparison.displayed)",
                allIn: "\(QuoteExplanation.share(comparison.displayedValue, comparison.displayed))"
            )
        }
        order = comparison.order == 0 ? nil : comparison.order
        taken = "\(comparison.quantity)"
    }

    private static func answer(
        _ answer: QuoteComparison.Answer,
        _ comparison: QuoteComparison,
        _ venues: [String],
        _ midnight: Timestamp
    ) -> Answer {
        let place = Int(answer.dealer.venue.id) - 1
        let hasQuote = answer.quote.number != 0
        return Answer(
            dealer: venues.indices.contains(place) ? venues[place] : "venue \(place + 1)",
            price: hasQuote ? "\(answer.quote.price)" : nil,
            quantity: hasQuote ? "\(answer.part)" : nil,
            allIn: hasQuote ? "\(share(answer.value, answer.part))" : nil,
            until: hasQuote ? Columns.timeOfDay(answer.quote.validUntil - midnight) : nil,
            verdict: answer.verdict.rawValue,
            words: words(answer.verdict, comparison)
        )
    }

    /// A share's part of a value.
    private static func share(_ value: Money, _ quantity: Quantity) -> Price {
        Price(raw: Int64(clamping: value.raw / Int128(max(quantity.raw, 1))))
    }

    private static func words(_ verdict: QuoteComparison.Verdict, _ comparison: QuoteComparison) -> String {
        switch verdict {
        case .taken: "the best all-in price a share"
        case .dearer: "another was better all-in, as good for more shares, or as good and first in the list"
        case .beyondLimit: "its price is beyond the limit \(comparison.request.limit)"
        case .lapsed: "it had run out"
        case .tooSmall: "it is good for less than a lot"
        case .kept: "nothing was taken: the market or the parent was stopped, or orders were held back"
        case .declined: "it did not quote"
        case .silent: "it had not answered"
        }
    }
}

extension QuoteExplanation {
    /// The request for people.
    public func text() -> String {
        let what = "\(parent.side) \(quantity) \(parent.symbol)"
        var lines = [
            "Request \(request): \(what) for parent \(parent.number)",
            "  decided \(time), record \(NumberText.grouped("\(record)"))",
        ]
        var wanted = "\(parent.side) \(parent.quantity) \(parent.symbol) by \(parent.algorithm)"
        if let limit = parent.limit { wanted += ", limit \(limit)" }
        if let until = parent.until { wanted += ", until \(until.prefix(8))" }
        lines += Columns.table([["wanted", wanted], ["so far", "\(parent.done) done, \(parent.open) open"]])
        let header = ["dealer", "price", "shares", "all-in", "good until", "why"]
        let rows = answers.map { answer in
            [
                answer.dealer, answer.price ?? "–", answer.quantity ?? "–", answer.allIn ?? "–", answer.until ?? "–",
                answer.verdict == "taken" ? "taken: \(answer.words)" : answer.words,
            ]
        }
        lines += [""] + Columns.table([header] + rows, right: 1..<4) + [""]
        if let displayed {
            lines.append(
                "  The books displayed \(displayed.quantity) of it then, at \(displayed.allIn) all-in a share."
            )
        } else {
            lines.append("  The books displayed nothing within the limit then.")
        }
        if let order {
            lines.append(
                "  Order \(order) took \(taken): \(state)\(filled == "0" || filled == taken ? "" : ", \(filled) filled")."
            )
        } else {
            lines.append("  No quote was taken.")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
