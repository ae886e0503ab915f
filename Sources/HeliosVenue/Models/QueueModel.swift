// SPDX-License-Identifier: MIT
import HeliosMath

/// How the place of a resting order in its price's queue is known or guessed.
public enum QueueModel: Sendable, Equatable {
    /// Order by order, from the data. On prices that a feed shows as levels only, like `riskAverse`.
    case exact
    /// Of what leaves the level without a trade, a part front : back in which f(x) = xⁿ.
    case power(Double)
    /// The same with f(x) = ln(1 + x).
    case log
    /// What leaves without a trade leaves behind us.
    case riskAverse

    /// The part of a decrease that is taken from behind us: f(back) / (f(back) + f(front)).
    func shareBehind(front: Double, back: Double) -> Double {
        let front = weight(max(front, 0))
        let back = weight(max(back, 0))
        return front + back > 0 ? back / (front + back) : 1
    }

    private func weight(_ x: Double) -> Double {
        switch self {
        case .exact, .riskAverse: 0
        case .log: DeterministicMath.log(1 + x)
        case .power(let n): x > 0 ? RealMath.power(x, n) : 0
        }
    }
}

/// An estimate of the quantity ahead of an order in its queue, from level sizes and trades alone.
///
/// Formula 3.6: a trade of q at the price moves the front up by q. A change of the level from `prev` to `new` that trades
/// don't explain, `prev − new − traded`, is shared between those ahead and those behind by the model; a larger level leaves
/// the front where it is. Quantities in shares.
public struct QueueEstimate: Sendable, Equatable, BitwiseCopyable {
    /// Shares ahead; below zero, the shares that traded beyond them.
    public private(set) var front: Double
    /// Traded since the level last changed.
    private var traded = 0.0

    /// An order that joins behind everything displayed.
    public init(displayed: Double) { front = displayed }

    /// `quantity` traded at the order's price.
    public mutating func trade(_ quantity: Double) {
        front -= quantity
        traded += quantity
    }

    /// The level at the order's price now shows `new` instead of `previous`.
    public mutating func change(from previous: Double, to new: Double, _ model: QueueModel) {
        let change = previous - new - traded
        traded = 0
        if change < 0 || model == .riskAverse || model == .exact {
            front = min(front, new)
            return
        }
        let back = previous - front
        let behind = model.shareBehind(front: front, back: back)
        front = min(front - (1 - behind) * change + min(back - behind * change, 0), new)
    }

    /// The whole lots below zero, which are the order's; the queue begins anew behind them.
    public mutating func takeFilled(lot: Double) -> Double {
        let lots = (-front / lot).rounded(.down)
        guard lots > 0 else { return 0 }
        front = 0
        return lots * lot
    }
}
