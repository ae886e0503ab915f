// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosLive

/// `helios standby`: follows a primary, and takes over when it dies.
struct StandbyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standby",
        abstract: "Follow a primary to the bit, and take over when it dies.",
        usage: """
            helios standby pairs.yaml --primary 7002 --venue 7001 --journal standby
            """,
        discussion: """
            The standby keeps a journal of its own and compares every order and hash that it derives with the primary's. \
            When the primary is gone it logs in at the venue under a new epoch, after which the venue takes nothing from \
            the old primary any more; cancels can go from then on, new orders once the venue's orders and its own are \
            compared. A primary that ends in good order is not replaced.
            """
    )

    @Argument(help: "The configuration of the primary.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("Where the primary lets standbys in.", valueName: "[host:]port"))
    var primary: Endpoint

    @Option(help: ArgumentHelp("The venue.", valueName: "[host:]port"))
    var venue: Endpoint

    @Option(help: ArgumentHelp("Directory of the standby's own journal.", valueName: "directory"))
    var journal: String

    @OptionGroup var live: LiveArguments

    func run() throws {
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        try LiveRun(plan: plan, journal: journal, venue: venue, primary: primary, arguments: live).run()
    }
}
