// SPDX-License-Identifier: MIT
import HeliosMarket

/// Events in words.
enum EventText {
    /// `order 42 added: buy 500 AMZN at 10.02`.
    static func words(_ event: Event, _ names: InstrumentDirectory) -> String {
        let name = names.name(of: event.instrument)
        let trade = "\(event.side) \(event.quantity) \(name) at \(event.price)"
        switch event.kind {
        case .addOrder: return "order \(event.orderID) added: \(trade)"
        case .executeOrder: return "\(event.quantity) of order \(event.orderID) in \(name) executed"
        case .executeOrderAtPrice:
            return "\(event.quantity) of order \(event.orderID) in \(name) executed at \(event.price)"
        case .cancelOrder: return "\(event.quantity) of order \(event.orderID) in \(name) cancelled"
        case .deleteOrder: return "order \(event.orderID) in \(name) deleted"
        case .replaceOrder:
            return "order \(event.orderID) replaced by \(event.detail): \(event.quantity) \(name) at \(event.price)"
        case .trade: return "trade of \(event.quantity) \(name) at \(event.price)"
        case .crossTrade: return "auction of \(event.quantity) \(name) at \(event.price)"
        case .setLevel:
            let side = event.side == .buy ? "bid" : "ask"
            return "\(side) of \(name) at \(event.price) now shows \(event.quantity)"
        case .tradingStatus: return "trading status of \(name): \(letter(event.detail))"
        case .systemEvent: return "system event \(letter(event.detail))"
        case .orderFilled: return "our order \(event.orderID) filled: \(trade)"
        case .executionBroken:
            return "execution \(event.detail) of our order \(event.orderID) in \(name) taken back"
        case .executionCorrected:
            return "execution \(event.detail) of our order \(event.orderID) corrected: \(trade)"
        case .orderAccepted, .orderCancelled, .orderRejected, .cancelRejected:
            return "\(words(event.kind)): our order \(event.orderID) in \(name)"
        case .timer: return "timer"
        case .newDay: return "a trading day begins"
        default: return event.instrument == .none ? words(event.kind) : "\(words(event.kind)) in \(name)"
        }
    }

    /// `orderAccepted` as `order accepted`.
    static func words(_ kind: EventKind) -> String { words("\(kind)") }

    /// A name in camel case as words.
    static func words(_ name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase { text += " " }
            text += character.lowercased()
        }
        return text
    }

    private static func letter(_ detail: UInt64) -> String {
        let byte = UInt8(truncatingIfNeeded: detail)
        return (0x21...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "\(byte)"
    }
}
