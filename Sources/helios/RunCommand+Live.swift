// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosLive

/// `helios run`: trades at a venue.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Trade at a venue, and never forget: journal, restart, standby.",
        usage: """
            helios run pairs.yaml --venue 7001 --journal session
            helios run pairs.yaml --venue 7001 --journal session --standby-listen 7002 --durability mirror
            """,
        discussion: """
            Every record is in the journal before the engine acts on it, and nothing is sent before it has the durability \
            asked for. Started again with the same journal it goes on where it was, however it ended.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("The venue.", valueName: "[host:]port"))
    var venue: Endpoint

    @Option(help: ArgumentHelp("Directory of the journal.", valueName: "directory"))
    var journal: String

    @OptionGroup var live: LiveArguments

    func run() throws {
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        try LiveRun(plan: plan, journal: journal, venue: venue, primary: nil, arguments: live).run()
    }
}
