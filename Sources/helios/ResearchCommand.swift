// SPDX-License-Identifier: MIT
import ArgumentParser

/// `helios research`: what recorded prices say before a strategy is written.
struct ResearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "research",
        abstract: "Find out what recorded prices say: pairs that belong together.",
        usage: """
            helios research pairs 01052026.itch50 --output runs/pairs
            helios research pairs closes.csv --half-life 1d..30d --confirm
            """,
        subcommands: [ResearchPairsCommand.self]
    )
}
