// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosLive

/// `helios venue`: a venue of our own, on recorded data.
struct VenueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "venue",
        abstract: "Be a venue on recorded data, for paper trading.",
        usage: """
            helios venue pairs.yaml --listen 7001
            helios venue pairs.yaml --listen 7001 --dump venue.jsonl
            """,
        discussion: """
            Orders meet the recorded market of the configuration and do not move it. The venue's time is that of the \
            messages it gets. It keeps its orders while clients come and go, until Ctrl-C.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("Where to listen; port 0 lets the system choose.", valueName: "[host:]port"))
    var listen = Endpoint(port: 7001)

    @Option(help: "File for all orders and executions (JSON lines), written at the end and when a client asks.")
    var dump: String?

    @Flag(help: "Print what happens as JSON, one object a line.")
    var json = false

    func run() throws {
        let interruption = Interruption()
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        let venue: VenueProcess
        do {
            venue = try VenueProcess(plan.liveSetup(), listen: listen, dumpPath: dump)
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        }
        NoticeLines(asJSON: json).show(LiveNotice(.listening, "\(venue.endpoint)"))
        try venue.run { interruption.isRequested }
        throw ExitCode(Outcome.interrupted.rawValue)
    }
}
