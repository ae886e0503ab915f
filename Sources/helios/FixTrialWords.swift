// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire

/// A line of `helios fix connect`'s prompt, understood.
enum FixTrialWords: Equatable {
    /// A message by its fields: tag and value, MsgType first.
    case send(type: String, fields: [Field])
    case order(side: UInt8, quantity: String, symbol: String, price: String?)
    case cancel(id: String)
    case replace(id: String, quantity: String, price: String?)
    case status(id: String)
    case test(String)
    case resend(from: UInt64, to: UInt64)
    case skip(UInt64)
    case reset
    case numbers
    case logout(String?)
    case quit
    case help

    struct Field: Equatable {
        var tag: UInt32
        var value: String
    }

    static let guide = """
        send 35=D|11=A1|55=LGYM|54=1|38=100|40=2|44=10.5   any application message, without header and trailer
        buy 100 LGYM at 10.5        a limit order; without "at" a market order; sell likewise
        cancel ID                   cancels an order given here
        replace ID 200 at 10.6      changes quantity and price of an order given here
        status ID                   asks after an order given here
        test [TEXT]                 TestRequest
        resend FROM [TO]            ResendRequest; TO 0 or none means all
        skip N                      leaves out the next N numbers, so that the other side sees a gap
        reset                       both sides begin with number 1 again
        numbers                     the next numbers, ours and theirs
        logout [TEXT], quit
        """

    /// What is wrong with a line.
    struct Mistake: Error { let text: String }

    init(_ line: String) throws(Mistake) {
        let words = line.split(separator: " ").map(String.init)
        let rest = words.dropFirst().joined(separator: " ")
        switch (words.first ?? "", words.count) {
        case ("send", 2...): self = try FixTrialWords.message(rest)
        case ("buy", 3...), ("sell", 3...):
            let side = words[0] == "buy" ? UInt8(ascii: "1") : UInt8(ascii: "2")
            let price = try FixTrialWords.price(words.dropFirst(3))
            self = .order(side: side, quantity: try FixTrialWords.number(words[1]), symbol: words[2], price: price)
        case ("cancel", 2): self = .cancel(id: words[1])
        case ("replace", 3...):
            let price = try FixTrialWords.price(words.dropFirst(3))
            self = .replace(id: words[1], quantity: try FixTrialWords.number(words[2]), price: price)
        case ("status", 2): self = .status(id: words[1])
        case ("test", _): self = .test(rest)
        case ("resend", 2...3):
            guard let from = UInt64(words[1]), let to = words.count > 2 ? UInt64(words[2]) : 0, from > 0 else {
                throw Mistake(text: "resend FROM [TO] takes numbers from 1 on")
            }
            self = .resend(from: from, to: to)
        case ("skip", 2):
            guard let count = UInt64(words[1]), count > 0, count <= 1_000_000 else {
                throw Mistake(text: "skip takes a number from 1 to 1000000")
            }
            self = .skip(count)
        case ("reset", 1): self = .reset
        case ("numbers", 1): self = .numbers
        case ("logout", _): self = .logout(rest.isEmpty ? nil : rest)
        case ("quit", 1), ("exit", 1): self = .quit
        case ("help", _): self = .help
        default: throw Mistake(text: "'\(line)' is not understood; 'help' lists what is")
        }
    }

    private static func message(_ text: String) throws(Mistake) -> FixTrialWords {
        var fields: [Field] = []
        for part in text.split(whereSeparator: { $0 == "|" || $0 == "\u{1}" }) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let tag = UInt32(sides[0]), tag > 0, tag <= FixTag.largest.rawValue else {
                throw Mistake(text: "'\(part)' is not TAG=VALUE")
            }
            fields.append(Field(tag: tag, value: String(sides[1])))
        }
        guard let type = fields.first(where: { $0.tag == 35 })?.value, FixMsgType(type) != nil else {
            throw Mistake(text: "a message needs its type, 35=…")
        }
        // Header and trailer are the session's.
        let own: Set<UInt32> = [8, 9, 10, 34, 35, 43, 49, 52, 56, 122]
        return .send(type: type, fields: fields.filter { !own.contains($0.tag) })
    }

    private static func number(_ text: String) throws(Mistake) -> String {
        guard let quantity = try? Quantity(decimal: text), quantity > .zero else {
            throw Mistake(text: "'\(text)' is no quantity")
        }
        return quantity.description
    }

    private static func price(_ words: ArraySlice<String>) throws(Mistake) -> String? {
        if words.isEmpty { return nil }
        guard words.count == 2, words.first == "at", let last = words.last, let price = try? Price(decimal: last) else {
            throw Mistake(text: "a price is written: at 10.5")
        }
        return price.description
    }
}

/// Orders that were given at the prompt, so that they can be named again.
struct FixTrialOrders {
    struct Order {
        var side: UInt8
        var symbol: String
        var quantity: String
        var price: String?
    }

    private(set) var orders: [String: Order] = [:]
    private var count = 0
    /// Another one at each start, so that numbers of an earlier trial are not used again on the same day.
    private let prefix: String

    init(at time: Timestamp) { prefix = "T" + String(time.nanoseconds / 1_000_000_000 % 100_000) + "-" }

    mutating func add(_ order: Order) -> String {
        count += 1
        let id = prefix + String(count)
        orders[id] = order
        return id
    }
}
#endif
