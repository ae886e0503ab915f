// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosLive
import HeliosVenue

/// `helios venue`: simulated exchanges for whoever speaks their protocols, or a venue of our own for our sessions.
struct VenueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "venue",
        abstract: "Be one or more exchanges, with the real protocols over real sockets.",
        usage: """
            helios venue Examples/venue.yaml
            helios venue pairs.yaml --ouch 7010 --itch 239.1.1.1:7020 --itch 239.1.1.2:7020 --requests 7030
            helios venue pairs.yaml --listen 7001 --dump venue.jsonl
            """,
        discussion: """
            A configuration with the key 'venues' describes exchanges: symbols, order flow from seeded agents or a recorded \
            day, fees, latency, market-data lines, ports for OUCH 5.0, OUCH 4.2, drop copy and snapshots, price bands, halts, \
            and what goes wrong. 'helios config explain --venue' lists its keys. Any third-party OUCH client and ITCH parser \
            can connect.

            A run's configuration is one exchange on its recorded market with --ouch, whose passwords are not checked. With \
            --listen (or neither) orders of 'helios run --venue' meet the recorded market and do not move it; the venue's \
            time is that of the messages it gets, and it keeps its orders while clients come and go, until Ctrl-C.

            Ctrl-C ends every session in good order, and a summary is printed.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("Where our sessions connect; port 0 lets the system choose.", valueName: "[host:]port"))
    var listen: Endpoint?

    @Option(
        help: "With --listen: file for all orders and executions (JSON lines), written at the end and when asked for."
    )
    var dump: String?

    @Option(help: ArgumentHelp("Be an exchange: where OUCH 5.0 over SoupBinTCP connects.", valueName: "[host:]port"))
    var ouch: Endpoint?

    @Option(help: ArgumentHelp("Where the ITCH feed goes, once for each line.", valueName: "host:port"))
    var itch: [Endpoint] = []

    @Option(help: ArgumentHelp("Where requests for lost packets come in.", valueName: "[host:]port"))
    var requests: Endpoint?

    @Option(help: "A participant's name, at most six characters; once for each.")
    var user: [String] = ["HELIOS"]

    @Option(help: "Of an exchange: seconds of the market a second, or 'max'. (default: the configuration's, else 1)")
    var speed: Speed?

    @Flag(help: "Print what happens as JSON, one object a line, the summary last.")
    var json = false

    func validate() throws {
        if ouch == nil, !itch.isEmpty || requests != nil {
            throw ValidationError("--itch and --requests belong to an exchange: say where it takes orders with --ouch")
        }
        if ouch != nil, listen != nil { throw ValidationError("--ouch and --listen are two kinds of venue: give one") }
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
        let notices = NoticeLines(asJSON: json)
        let environment = ProcessInfo.processInfo.environment
        do {
            if let described = try VenueConfiguration.load(path: file, environment: environment) {
                return try serve(described.venues, notices, interruption)
            }
            let plan = try RunPlan(configuration: file)
            try plan.checkData()
            if let ouch {
                let house = try VenueHouse(recorded(at: ouch), recorded: plan.liveSetup(), notify: notices.show)
                return try run(house, notices, interruption)
            }
            let venue = try VenueProcess(plan.liveSetup(), listen: listen ?? Endpoint(port: 7001), dumpPath: dump)
            notices.show(LiveNotice(.listening, "\(venue.endpoint)"))
            try venue.run { interruption.isRequested }
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        } catch let error as FixStoreFileError {
            throw Failure(.data, "\(error)")
        }
        throw ExitCode(Outcome.interrupted.rawValue)
    }

    private func serve(_ venues: [VenueDescription], _ notices: NoticeLines, _ interruption: Interruption) throws {
        guard ouch == nil, listen == nil, dump == nil else {
            throw Failure(
                .usage,
                "\(file) describes venues: its ports stand there, --ouch, --listen and --dump do not apply"
            )
        }
        for case .recorded(let path, _) in venues.map(\.flow) { try requireFile(path, .data) }
        var venues = venues
        if let speed { for index in venues.indices { venues[index].speed = speed.factor } }
        try run(VenueHouse(venues, secure: SecureTransport.listen, notify: notices.show), notices, interruption)
    }

    /// The exchange of a run's recorded market.
    private func recorded(at ouch: Endpoint) -> VenueDescription {
        var venue = VenueDescription(name: "HELIOS")
        venue.lines = itch.map { VenueLine("\($0)") }
        venue.requests = requests.map { "\($0)" }
        venue.speed = speed?.factor ?? 1
        venue.doors = [VenueDoor(.ouch50, "\(ouch)", users: user.map { VenueDoor.User($0) })]
        return venue
    }

    private func run(_ house: VenueHouse, _ notices: NoticeLines, _ interruption: Interruption) throws {
        for server in house.servers {
            for (door, (_, endpoint)) in zip(server.venue.doors, server.endpoints) {
                notices.show(LiveNotice(.listening, "\(server.venue.name): \(door.words) at \(endpoint)"))
            }
            if let requests = server.requestEndpoint {
                notices.show(LiveNotice(.listening, "\(server.venue.name): requests at \(requests)"))
            }
            for line in server.venue.lines {
                notices.show(LiveNotice(.listening, "\(server.venue.name): feed to \(line.address)"))
            }
        }
        let isComplete = try house.run { interruption.isRequested }
        let answer = VenueAnswer(house.servers)
        if json { NoticeLines.show(line: answer) } else { Console.show(answer.text) }
        if !isComplete { throw ExitCode(Outcome.interrupted.rawValue) }
    }
}
