// SPDX-License-Identifier: MIT
import HeliosConfiguration

/// A configuration that uses every group.
let sample = """
    title: Two pairs
    data:
      - day.itch.gz
      - {file: messages.csv, orderbook: book.csv, symbol: AAPL, date: 2012-06-21}
    session: {start: 09:31, end: "15:59:30"}
    account:
      cash: 2_500_000.05
    latency: {feed: 20us, order: 1.5ms, report: 250us}
    fees: {maker: -0.0021, taker: 0.00305}
    risk:
      orderNotionalMax: 500000.01
      collar:
        from50: 2.5%
        passive: 1200bps
      averageDailyVolume: 4_000_000
      staleAfter: 2s
    strategies:
      - name: pairs
        pairs: [[KO, PEP], [CVX, XOM]]
        enterZ: 2.25
        sampleInterval: 1s
      - name: queue-imbalance
        symbol: AAPL
    output: {directory: results, report: false, equityInterval: 1min}
    capacity: {orders: 1_000}

    """

/// The least that is a run.
let least = """
    data: [a.itch]
    strategies:
      - name: queue-imbalance
        symbol: AAPL

    """

/// The errors of `text`; empty when it is accepted.
func errors(_ text: String, _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try RunConfiguration.parse(text: text, file: "run.yaml", environment: environment)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

func parse(_ text: String, _ environment: [String: String] = [:]) throws -> RunConfiguration {
    try RunConfiguration.parse(text: text, file: "run.yaml", environment: environment)
}
