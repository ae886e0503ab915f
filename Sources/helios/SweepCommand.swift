// SPDX-License-Identifier: MIT
import ArgumentParser

/// `helios sweep`: many configurations over the same data, and whether the best of them is more than luck.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Try many parameters over recorded data, and judge whether the best is more than luck.",
        usage: """
            helios sweep Examples/sweep.yaml
            helios sweep pairs.yaml --vary enterZ=2,2.5,3 --vary zWindow=720..2880/720
            helios sweep show demo/sweep.sqlite
            helios sweep reproduce demo/sweep.sqlite 17
            """,
        discussion: """
            Runs every trial with the engine of 'helios backtest' in worker processes and keeps the results in a SQLite \
            database. What can be believed of the best trial comes first: deflated Sharpe ratio, probability of backtest \
            overfitting, reality check, walk forward.
            """,
        subcommands: [
            SweepRunCommand.self, SweepShowCommand.self, SweepReproduceCommand.self, SweepWorkerCommand.self,
        ],
        defaultSubcommand: SweepRunCommand.self
    )
}

#if !Database
/// What a build without SQLite says.
enum SweepAbsence {
    static let failure = Failure(
        .usage,
        "this build keeps no database of sweeps: build it with the trait Database, which is on by default"
    )
}
#endif
