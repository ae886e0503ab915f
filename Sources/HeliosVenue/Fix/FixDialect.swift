// SPDX-License-Identifier: MIT
import HeliosFIX

/// Which version of FIX a door speaks.
public enum FixDialect: String, Sendable, CaseIterable {
    case fix42 = "fix-4.2"
    case fix44 = "fix-4.4"
    /// 5.0 SP2 over FIXT.1.1.
    case fix50sp2 = "fix-5.0sp2"

    /// What BeginString says.
    public var version: FixVersion {
        switch self {
        case .fix42: .fix42
        case .fix44: .fix44
        case .fix50sp2: .fixt11
        }
    }
}

extension FixDialect {
    /// The longest BodyLength of a session.
    static let largestBody = 1 << 17
    /// Fields that a message may have.
    static let fieldMax = {
        var configuration = FixSessionConfiguration(FixSessionID(.fix44, sender: "", target: ""), .acceptor)
        configuration.largestBody = largestBody
        return configuration.mostFields
    }()

    /// The dictionary that messages are checked against.
    var builtin: FixBuiltin {
        switch self {
        case .fix42: .fix42
        case .fix44: .fix44
        case .fix50sp2: .fix50sp2
        }
    }

    /// What messages are checked against: the built-in dictionary, before 5.0 with ExecInst `f` (intermarket sweep), which venues take in
    /// every version.
    var dictionary: FixDictionary {
        let plain = FixDictionary.builtin(builtin)
        var specification = plain.specification
        guard let place = specification.fields.firstIndex(where: { $0.tag == .execInst }),
            !specification.fields[place].values.contains(where: { $0.text == "f" })
        else { return plain }
        specification.fields[place].values.append(.init("f", "INTERMARKET_SWEEP"))
        return (try? FixDictionary(specification)) ?? plain
    }
}

/// Why a request is refused, before it is written as a version's number.
enum FixReason {
    case unknownSymbol, closed, exceedsLimit, tooLate, unknownOrder, duplicate, stale, unsupported, quantity, price,
        other

    /// OrdRejReason 103.
    func orderReject(_ dialect: FixDialect) -> Int {
        switch self {
        case .unknownSymbol: 1
        case .closed: 2
        case .exceedsLimit: 3
        case .tooLate: 4
        case .unknownOrder: 5
        case .duplicate: 6
        case .stale: 8
        case .unsupported: dialect == .fix42 ? 0 : 11
        case .quantity: dialect == .fix42 ? 0 : 13
        case .price: dialect == .fix42 ? 0 : dialect == .fix44 ? 99 : 18
        case .other: dialect == .fix42 ? 0 : 99
        }
    }

    /// CxlRejReason 102.
    func cancelReject(_ dialect: FixDialect) -> Int {
        switch self {
        case .tooLate: 0
        case .unknownOrder: 1
        case .duplicate: dialect == .fix42 ? 2 : 6
        case .price: dialect == .fix42 ? 2 : dialect == .fix44 ? 99 : 18
        default: dialect == .fix42 ? 2 : 99
        }
    }
}

/// A refusal with the words that go with it.
struct FixProblem: Error {
    var reason: FixReason
    var text: String

    init(_ reason: FixReason, _ text: String) {
        self.reason = reason
        self.text = text
    }

    init(_ reason: MatchingRejectReason) {
        switch reason {
        case .unknownInstrument: self.init(.unknownSymbol, "unknown symbol")
        case .unknownOwner, .invalidCombination: self.init(.unsupported, "these instructions contradict each other")
        case .closed: self.init(.closed, "the market is closed")
        case .halted: self.init(.closed, "trading is halted")
        case .notContinuous: self.init(.closed, "nothing trades continuously now")
        case .invalidQuantity: self.init(.quantity, "the quantity is not valid")
        case .invalidPrice: self.init(.price, "the price is not valid")
        case .invalidDisplay: self.init(.unsupported, "the displayed quantity is not valid")
        case .invalidMinimum: self.init(.unsupported, "the minimum quantity is not valid")
        case .invalidPeg: self.init(.unsupported, "the peg is not valid")
        case .invalidCross: self.init(.unsupported, "auctions do not know these instructions")
        case .duplicateOrder: self.init(.duplicate, "the number is in use")
        case .unknownOrder: self.init(.unknownOrder, "unknown order")
        case .capacity: self.init(.exceedsLimit, "no room for more orders")
        case .nothingToCancel: self.init(.other, "nothing to cancel")
        case .unknownMatch: self.init(.other, "unknown execution")
        }
    }
}
