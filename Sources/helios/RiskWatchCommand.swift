// SPDX-License-Identifier: MIT
import ArgumentParser

/// `helios risk watch`: a session watched from outside.
struct RiskWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "watch", abstract: "Watch a session from outside.")

    func run() throws {}
}
