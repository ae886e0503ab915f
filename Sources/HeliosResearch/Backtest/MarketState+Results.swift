// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy

extension MarketState {
    /// The account at `time`: open positions at the mid price, or at the last mark where a side is empty.
    ///
    /// Equity = initial cash + cash flow of all fills − fees + position value, exact.
    public func sample(at time: Timestamp, instruments count: Int, initialCash: Money) -> EquitySample {
        var sample = EquitySample(
            time: time,
            equity: initialCash,
            realised: .zero,
            unrealised: .zero,
            fees: .zero,
            gross: .zero,
            net: .zero,
            openPositions: 0
        )
        for index in 0..<min(count, instruments) {
            let exposure = risk.exposure(Instrument(id: UInt32(index)))
            guard exposure.bought.raw != 0 || exposure.sold.raw != 0 else { continue }
            let value = Money(
                mark(Instrument(id: UInt32(index)), long: exposure.position.raw > 0),
                times: exposure.position
            )
            sample.realised.raw += exposure.realised
            sample.unrealised.raw += value.raw - exposure.basis
            sample.fees.raw += exposure.fees
            sample.equity.raw += exposure.cashFlow - exposure.fees + value.raw
            sample.gross += value.magnitude
            sample.net += value
            if exposure.position.raw != 0 { sample.openPositions += 1 }
        }
        return sample
    }

    /// Every instrument that was traded, with what came of it.
    public func positions(instruments count: Int) -> [PositionRecord] {
        (0..<min(count, instruments)).compactMap { index in
            let instrument = Instrument(id: UInt32(index))
            let exposure = risk.exposure(instrument)
            guard exposure.bought.raw != 0 || exposure.sold.raw != 0 else { return nil }
            let price = mark(instrument, long: exposure.position.raw > 0)
            return PositionRecord(
                instrument: instrument,
                quantity: exposure.position,
                mark: price,
                realised: Money(raw: exposure.realised),
                unrealised: Money(raw: Money(price, times: exposure.position).raw - exposure.basis),
                fees: Money(raw: exposure.fees)
            )
        }
    }

    private func mark(_ instrument: Instrument, long: Bool) -> Price {
        let quote = quote(instrument)
        if quote.isTwoSided { return quote.mid }
        let exposure = risk.exposure(instrument)
        let fallback = long ? exposure.bid : exposure.ask
        return fallback.raw > 0 ? fallback : lastTrade(instrument).price
    }
}
