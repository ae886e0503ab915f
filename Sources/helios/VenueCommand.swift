// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosLive
import HeliosVenue

/// `helios venue`: a venue of our own, on recorded data.
struct VenueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "venue",
        abstract: "Be a venue on recorded data: for our own sessions, or with an exchange's protocols.",
        usage: """
            helios venue pairs.yaml --listen 7001
            helios venue pairs.yaml --listen 7001 --dump venue.jsonl
            helios venue pairs.yaml --ouch 7010 --itch 239.1.1.1:7020 --itch 239.1.1.2:7020 --requests 7021
            """,
        discussion: """
            With --listen orders of 'helios run --venue' meet the recorded market of the configuration and do not move it. \
            The venue's time is that of the messages it gets. It keeps its orders while clients come and go, until Ctrl-C.

            With --ouch it is an exchange: the recorded day's orders rest in a matching engine, what executed them takes \
            again, and participants trade among them over OUCH 5.0 on SoupBinTCP. The market that comes of it is published \
            as ITCH 5.0 over MoldUDP64, unicast or multicast, a line for each --itch, with a server for lost packets at \
            --requests. Any third-party OUCH client and ITCH parser can connect; passwords are not checked.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("Where to listen; port 0 lets the system choose.", valueName: "[host:]port"))
    var listen = Endpoint(port: 7001)

    @Option(help: "File for all orders and executions (JSON lines), written at the end and when a client asks.")
    var dump: String?

    @Option(help: ArgumentHelp("Be an exchange: where OUCH 5.0 over SoupBinTCP connects.", valueName: "[host:]port"))
    var ouch: Endpoint?

    @Option(help: ArgumentHelp("Where the ITCH feed goes, once for each line.", valueName: "host:port"))
    var itch: [Endpoint] = []

    @Option(help: ArgumentHelp("Where requests for lost packets come in.", valueName: "[host:]port"))
    var requests: Endpoint?

    @Option(help: "A participant's name, at most six characters; once for each.")
    var user: [String] = ["HELIOS"]

    @Option(help: "Of an exchange: seconds of the market a second, or 'max'.")
    var speed = Speed(factor: 1)

    @Flag(help: "Print what happens as JSON, one object a line.")
    var json = false

    func validate() throws {
        if ouch == nil, !itch.isEmpty || requests != nil {
            throw ValidationError("--itch and --requests belong to an exchange: say where it takes orders with --ouch")
        }
        if let wrong = user.first(where: {
            $0.isEmpty || $0.utf8.count > 6 || !$0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }) {
            throw ValidationError("--user: found '\(wrong)', expected one to six printable characters")
        }
        guard Set(user).count == user.count else { throw ValidationError("--user: every name once") }
    }

    func run() throws {
        let interruption = Interruption()
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        let notices = NoticeLines(asJSON: json)
        do {
            if let ouch { return try exchange(plan, at: ouch, notices, interruption) }
            let venue = try VenueProcess(plan.liveSetup(), listen: listen, dumpPath: dump)
            notices.show(LiveNotice(.listening, "\(venue.endpoint)"))
            try venue.run { interruption.isRequested }
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        }
        throw ExitCode(Outcome.interrupted.rawValue)
    }

    private func exchange(
        _ plan: RunPlan,
        at ouch: Endpoint,
        _ notices: NoticeLines,
        _ interruption: Interruption
    ) throws {
        var options = ExchangeOptions(orders: ouch, lines: itch.map { UDPDestination($0) }, users: user)
        options.requests = requests
        options.speed = speed.factor
        let server = try ExchangeServer(plan.liveSetup(), options, notify: notices.show)
        notices.show(LiveNotice(.listening, "\(server.endpoint)"))
        if let requests = server.requestEndpoint { notices.show(LiveNotice(.listening, "requests at \(requests)")) }
        guard try server.run(until: { interruption.isRequested }) else {
            throw ExitCode(Outcome.interrupted.rawValue)
        }
        notices.show(LiveNotice(.ended, "\(server.messages) messages published"))
    }
}
