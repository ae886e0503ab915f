// SPDX-License-Identifier: MIT
import HeliosWire
import Testing

/// A little generator of our own.
struct PortDice {
    var state: UInt64
    mutating func roll(_ sides: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % sides
    }
}

extension PortFloor {
    /// Trades at random at ports 0 (OUCH 4.2), 1 and 2 (OUCH 5.0), then ends the day.
    func trade(_ seed: UInt64) throws {
        var dice = PortDice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        for number in 1...UInt32(400) {
            let side: OuchSide = dice.roll(2) == 0 ? .buy : dice.roll(2) == 0 ? .sell : .sellShort
            let price = 100_000 + dice.roll(9) * 100
            let shares = UInt32(1 + dice.roll(200))
            switch dice.roll(4) {
            case 0: try enter42(0, "T\(number)", side, shares, UInt32(price))
            case 1: try enter(1, number, side, shares, price)
            case 2: try enter(2, number, side, shares, price, timeInForce: .immediateOrCancel)
            default: try enter(2, number, side, shares, price, display: .hidden)
            }
            let old = UInt32(1 + dice.roll(UInt64(number)))
            if dice.roll(5) == 0 {
                try send(1) { try Ouch50.CancelOrder.write(userRefNum: old, quantity: 3, to: &$0) }
            }
            if dice.roll(5) == 0 {
                let token = try #require(OuchToken("T\(old)"))
                let next = try #require(OuchToken("R\(number)"))
                try send(0) {
                    try Ouch42.ReplaceOrder.write(
                        token: token,
                        replacement: next,
                        shares: shares,
                        price: UInt32(price),
                        timeInForce: Ouch42.systemHours,
                        display: OuchCode(.visible),
                        sweep: OuchCode(.no),
                        minimumQuantity: 0,
                        to: &$0
                    )
                }
            }
        }
        exchange.end(at: now)
    }
}
