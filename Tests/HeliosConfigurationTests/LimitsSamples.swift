// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// Limits files for tests.
enum LimitsSamples {
    /// The smallest firm that may trade.
    static let small = """
        firm:
          limits: { orderNotional: 500_000, grossNotional: 50_000_000, netNotional: 10_000_000, credit: 60_000_000, dayLoss: 250_000 }
          eachInstrument: { orderQuantity: 10_000, position: 20_000, dayQuantity: 1_000_000 }
        strategies:
          pairs: {}
        permissions: [firm]
        instruments:
          KO: { averageDailyVolume: 12_000_000 }

        """

    /// Every form that there is.
    static let full = """
        test: false
        selfTrade: cancelOldest
        venues: [ALFA, BRAVO]
        firm:
          name: Example Capital
          limits:
            orderNotional: { hard: 500_000, soft: 400_000.50 }
            grossNotional: 50_000_000
            netNotional: { hard: 10_000_000, soft: 80% }
            credit: 60_000_000
            dayLoss: 250_000
            walk: { hard: 1.5%, window: 30s }
          eachInstrument:
            orderQuantity: 10_000
            position: 20_000
            dayQuantity: 1_000_000
          instruments:
            XOM: { position: 5_000 }
            KO: { position: 15_000 }
          venues:
            BRAVO: { openOrders: { hard: 300, soft: 250 } }
          assetClasses:
            energy: { grossNotional: 5_000_000 }
        desks:
          equities: {}
        accounts:
          MAIN: { under: equities, limits: { credit: 30_000_000 } }
        traders:
          kim: { under: MAIN }
        strategies:
          pairs-oil:
            under: kim
            runs: pairs#2
            envelope: { instruments: [CVX, XOM], venues: ALFA, orders: 20_000, priceMin: 1, priceMax: 500, orderNotional: 100_000 }
            limits: { executions: { hard: 20, window: 10s }, messageRate: 50 }
          pairs: { under: kim }
        instruments:
          others: defaults
          defaults: { averageDailyVolume: unknown }
          CVX: { averageDailyVolume: 8_000_000, assetClass: energy, bandTier: 1, dailyVolatility: 157bps, halfSpread: 2bps }
          XOM: { averageDailyVolume: 15_000_000, assetClass: energy, priorClose: 103.25, issuer: Exxon }
          KO: { lot: 100, tick: 0.05, tickBelowOne: 0.001, averageDailyVolume: 12_000_000, test: false }
        market:
          collar: { from50: 2%, passive: 2500bps }
          staleAfter: 2s
        restricted:
          - GME
          - { issuer: Exxon, for: MAIN, reason: research, reductions: true }
        permissions:
          - MAIN
          - { for: kim, instruments: [KO, CVX], assetClasses: energy, venues: [BRAVO], types: [limit] }
        locates:
          - { instrument: KO, quantity: 5_000, reference: PB-1 }
        identities:
          - { name: kim, role: trader, publicKey: 0000000000000000000000000000000000000000000000000000000000000001 }
          - { name: lee, role: riskOfficer, publicKey: d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a }
        manifest: { build: 8f3c11d0a4be7725, configuration: 02aa19cc7e5d6b10 }

        """

    static func read(_ text: String) throws -> LimitsConfiguration {
        try LimitsConfiguration.parse(text: text, file: "limits.yaml")
    }

    static func errors(_ text: String) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try LimitsConfiguration.parse(text: text, file: "limits.yaml")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }
}
