// SPDX-License-Identifier: MIT
import HeliosMarket

/// The CSV files of a run.
public enum ResultsTable: String, Sendable, CaseIterable {
    case orders, parents, fills, equity, positions

    public var fileName: String { rawValue + ".csv" }

    /// Name and meaning of each column, in the order of the file.
    public var columns: [(name: String, meaning: String)] {
        switch self {
        case .orders: ResultsTable.orderColumns + ResultsTable.tagColumns + ResultsTable.venueColumn
        case .parents: ResultsTable.parentColumns
        case .fills: ResultsTable.fillColumns + ResultsTable.tagColumns + ResultsTable.venueColumn
        case .equity: ResultsTable.equityColumns
        case .positions: ResultsTable.positionColumns
        }
    }

    /// The Markdown page that documents every column.
    public static var documentation: String {
        var text = """
            # Result files

            A run leaves `orders.csv`, `parents.csv`, `fills.csv`, `equity.csv`, `positions.csv`, `summary.json`, `tca.json`
            ([what trading cost](tca.md)) and `report.html`. Equal results give equal bytes, except for the object `measured` in `summary.json`, which holds wall-clock figures. Prices, quantities and
            money are exact decimals with a point; a value that is not known is empty. Text is UTF-8, cells are quoted as in
            RFC 4180. The statistics in `summary.json` are explained in [statistics](statistics.md). This page is generated from the
            code, and a test keeps the two equal.

            """
        for table in allCases {
            text += "\n## `\(table.fileName)`\n\n| column | meaning |\n|---|---|\n"
            for column in table.columns { text += "| `\(column.name)` | \(column.meaning) |\n" }
        }
        return text
    }

    private static let tagColumns: [(name: String, meaning: String)] = [
        ("strategy", "Number of the strategy in the configuration, from 0."),
        ("group", "Number of the pair or instrument within the strategy."),
        ("group_name", "Its name, such as `KO~PEP`."),
        ("leg", "Number that the strategy gave the leg."),
    ]

    private static let venueColumn: [(name: String, meaning: String)] = [
        ("venue", "Where it went, by name; empty where there is one venue without a name.")
    ]

    private static let parentColumns: [(name: String, meaning: String)] = [
        ("parent", "Its number, unique for the session; its children's `group` with `leg` 65535."),
        ("time", "When it was given, ISO 8601, UTC."),
        ("time_ns", "The same in nanoseconds since 1970-01-01."),
        ("symbol", "Instrument."),
        ("side", "`buy` or `sell`."),
        ("algorithm", "How it was worked: `twap`, `vwap`, `pov`, …; `leg` of a pair."),
        ("quantity", "Shares wanted."),
        ("limit", "The worst price; empty for none."),
        ("until", "When it was to be done, ISO 8601, UTC; empty for no end."),
        ("until_ns", "The same in nanoseconds since 1970-01-01."),
        (
            "state",
            "As it last stood: `waiting`, `working`, `ending`, `done`, `cancelled`, `expired`, `rejected`, `failed`."
        ),
        ("reason", "`asked`, `time`, `noRoom`, `invalid`, `gate`, `refused`, `superseded`, `hedge`; else empty."),
        ("last", "When it was last heard of, ISO 8601, UTC."),
        ("last_ns", "The same in nanoseconds since 1970-01-01."),
        ("children", "Orders sent for it, replacements not counted."),
        ("filled", "Shares filled."),
        ("average", "Price per share; empty for nothing filled."),
        ("decision_mid", "Mid price when it was given."),
        ("arrival_mid", "Mid price when its first child was sent."),
        ("end_mid", "Mid price when it ended, or at the end of the run."),
        ("delay", "Of the shortfall: what the market moved before the first child; empty where a mid is not known."),
        ("trading", "What trading cost against the mid at the first child."),
        ("opportunity", "What the rest would have cost at the end."),
        ("fees", "Paid; negative is a rebate."),
        ("shortfall", "The sum of the four."),
        ("strategy", "Number of the strategy in the configuration, from 0."),
    ]

    private static let orderColumns: [(name: String, meaning: String)] = [
        ("order_id", "Our number, unique for the session."),
        ("time", "When the engine sent it, ISO 8601, UTC."),
        ("time_ns", "The same in nanoseconds since 1970-01-01."),
        ("symbol", "Instrument."),
        ("side", "`buy` or `sell`."),
        ("type", "`limit` or `market`."),
        ("time_in_force", "`day` or `immediateOrCancel`."),
        ("quantity", "Shares ordered."),
        ("price", "Limit; for a market order the worst price that the risk gate allowed."),
        ("filled", "Shares filled."),
        ("state", "`working`, `filled`, `cancelled`, `rejected`, `replaced` or `refusedByRisk`."),
        ("reason", "The risk control that refused it, the venue's reason or the order in its place; otherwise empty."),
        ("bid", "Best bid that the engine knew when it sent the order."),
        ("ask", "Best ask that the engine knew then."),
    ]

    private static let fillColumns: [(name: String, meaning: String)] = [
        ("execution_id", "The venue's number."),
        ("order_id", "Our order."),
        ("time", "When it happened at the venue, ISO 8601, UTC."),
        ("time_ns", "The same in nanoseconds since 1970-01-01."),
        ("symbol", "Instrument."),
        ("side", "`buy` or `sell`."),
        ("quantity", "Shares."),
        ("price", "Price per share."),
        ("fee", "Paid; negative is a rebate."),
        ("liquidity", "`maker` or `taker`."),
        ("arrival_mid", "Mid price when the order was sent."),
        ("mid", "Mid price at the fill."),
        ("mid_50ms", "Mid price 50 ms after the fill."),
        ("mid_100ms", "100 ms after."),
        ("mid_1s", "1 s after."),
        ("mid_10s", "10 s after."),
        ("mid_15s", "15 s after."),
        ("mid_60s", "60 s after."),
        ("mid_300s", "300 s after."),
        ("impact", "What the impact model charged in the price, a share."),
    ]

    private static let equityColumns: [(name: String, meaning: String)] = [
        ("time", "Time of the sample, ISO 8601, UTC."),
        ("time_ns", "The same in nanoseconds since 1970-01-01."),
        ("equity", "Initial cash and all profit and loss, fees in; open positions at the mid price."),
        ("realised", "Profit of closed quantity."),
        ("unrealised", "Profit of open positions."),
        ("fees", "Fees paid so far; negative is a rebate."),
        ("gross", "Sum of |position value|."),
        ("net", "Sum of position value."),
        ("open_positions", "Instruments with a position."),
    ]

    private static let positionColumns: [(name: String, meaning: String)] = [
        ("symbol", "Instrument."),
        ("quantity", "Shares held at the end; negative is short."),
        ("mark", "Price at which it is valued."),
        ("value", "Quantity × mark."),
        ("realised", "Profit of closed quantity."),
        ("unrealised", "Profit of what is held."),
        ("fees", "Fees paid; negative is a rebate."),
    ]
}
