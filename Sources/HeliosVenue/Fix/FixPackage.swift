// SPDX-License-Identifier: MIT
import HeliosMarket

/// Several orders that trade together or not at all: a strategy by NewOrderMultileg.
struct FixPackage {
    struct Leg {
        var instrument: Instrument
        /// Shares of a package.
        var ratio: Int64
        /// As it trades: with the package's own side taken in.
        var side: Side
        /// The leg's order, by its number in the engine.
        var order: UInt64
    }

    /// Which reports are wanted: MultiLegRptTypeReq 563.
    enum Reports: Int {
        case strategy = 0
        case both = 1
        case legs = 2
    }

    var legs: [Leg]
    var reports: Reports
    /// What one package may cost, in units of 1e-8; nil for anything.
    ///
    /// What is received counts below zero.
    var limit: Int64?
    /// While it trades: what its legs have cost, in units of 1e-16.
    var spent: Int128 = 0
}

/// What of a package can trade now.
struct FixPackageOffer {
    var packages: Int64 = 0
    /// By leg: the last price that is needed.
    var prices: [Price]
}

extension FixPackage {
    /// One leg's way through the other side's displayed levels.
    private struct Walk {
        var levels: [DisplayedLevel]
        var place = 0
        var left: Int64 = 0
        let ratio: Int64

        init(_ levels: [DisplayedLevel], _ ratio: Int64) {
            self.levels = levels
            self.ratio = ratio
            left = levels.first.map { $0.quantity.raw / Quantity.scale } ?? 0
        }

        /// Whole packages at the present level.
        var packages: Int64 { left / ratio }

        /// Takes so many shares: what they cost, at price 1e-8, and the last price; nil when there are not so many.
        mutating func take(_ shares: Int64) -> (cost: Int128, last: Price)? {
            var (missing, cost) = (shares, Int128(0))
            var last = Price.zero
            while missing > 0 {
                guard place < levels.count else { return nil }
                let part = min(missing, left)
                if part > 0 {
                    cost += Int128(part) * Int128(levels[place].price.raw)
                    last = levels[place].price
                }
                missing -= part
                left -= part
                if left == 0 {
                    place += 1
                    left = place < levels.count ? levels[place].quantity.raw / Quantity.scale : 0
                }
            }
            return (cost, last)
        }
    }

    /// How many packages the engine takes at once: no leg is more than its largest order.
    func largest(_ exchange: Exchange) -> Int64 {
        legs.reduce(Int64.max) { least, leg in
            min(least, exchange.largestQuantity(of: leg.instrument).raw / Quantity.scale / leg.ratio)
        }
    }

    /// How many packages, at most `wanted`, the displayed books give within the limit; each counts by what it costs itself.
    func offer(_ wanted: Int64, _ exchange: Exchange, depth: Int) -> FixPackageOffer {
        var offer = FixPackageOffer(prices: Array(repeating: .zero, count: legs.count))
        var walks = legs.map { leg in
            Walk(exchange.levels(leg.instrument, leg.side.opposite, limit: depth).levels, leg.ratio)
        }
        while offer.packages < wanted {
            // As many as the best levels give at once, or one across levels.
            let step = min(max(walks.map(\.packages).min() ?? 0, 1), wanted - offer.packages)
            var (next, cost) = (walks, Int128(0))
            var prices = offer.prices
            for index in legs.indices {
                guard let (paid, last) = next[index].take(step * legs[index].ratio) else { return offer }
                guard exchange.isWithinBands(legs[index].instrument, legs[index].side, last) else { return offer }
                cost += legs[index].side == .buy ? paid : -paid
                prices[index] = last
            }
            if let limit, cost > Int128(limit) * Int128(step) { return offer }
            walks = next
            offer.packages += step
            offer.prices = prices
        }
        return offer
    }
}
