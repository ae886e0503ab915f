// SPDX-License-Identifier: MIT
import ArgumentParser

/// `helios risk`: limits and the risk of portfolios.
struct RiskVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Value at risk of positions.",
        usage: """
            helios risk var returns.csv positions.csv
            """,
        subcommands: [RiskVarCommand.self]
    )
}
