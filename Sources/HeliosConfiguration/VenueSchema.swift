// SPDX-License-Identifier: MIT
import HeliosVenue

/// Every key that a venue's configuration may have: decoding, JSON Schema, explanations and the table in the documentation
/// are made from this list.
public enum VenueSchema {
    /// The groups and lists of keys, in the order of the documentation.
    static let sections: [(path: String, documentation: String)] = [
        ("venues[]", "The exchanges of the process, one or more."),
        ("venues[].hours", "The part of the day that is traded at the venue's speed; the market's time."),
        ("venues[].agents", "Order flow from the seeded agents of 'helios generate', generated while the venue runs."),
        ("venues[].recorded", "Order flow from a recorded day, in place of agents."),
        ("venues[].fees", "Fees a share; negative is a rebate."),
        ("venues[].latency", "How long messages are on their way, in the machine's time."),
        ("venues[].feed", "Market data: ITCH 5.0 over MoldUDP64."),
        ("venues[].feed.lines[]", "Where the feed goes, an address or a mapping; every line has the same packets."),
        ("venues[].ports[]", "The ports that participants connect to: FIX, everything else over SoupBinTCP."),
        ("venues[].ports[].tls", "TLS at the port; plain TCP without it."),
        ("venues[].ports[].users[]", "Who may log in there, a name or a mapping."),
        ("venues[].dealers[]", "Simulated dealers, who quote on request at the FIX ports."),
        ("venues[].bands", "Limit-up/limit-down bands around a reference that follows the trades."),
        ("venues[].halts[]", "Trading halts that an operator has planned; an auction ends each."),
        ("venues[].quirks", "What goes wrong beside the lines' faults, drawn from the venue's seed."),
    ]

    /// Lists whose elements may be one value in place of a mapping, and the key that it is of.
    static let shorthands = ["venues[].feed.lines[]": "to", "venues[].ports[].users[]": "name"]

    /// Keys whose text may be a list of names.
    static let lists = ["symbols", "concerning"]

    /// All keys in the order of the documentation.
    public static let keys: [ConfigurationKey] =
        venueKeys + flowKeys + marketKeys + connectionKeys + dealerKeys + faultKeys

    private static func key(
        _ path: String,
        _ kind: ConfigurationKind,
        _ value: String? = nil,
        from low: String? = nil,
        to high: String? = nil,
        required: Bool = false,
        example: String? = nil,
        _ documentation: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            "venues[]." + path,
            kind,
            default: value,
            isRequired: required,
            from: low,
            to: high,
            example: example,
            documentation
        )
    }

    private static func choice(_ words: [String]) -> ConfigurationKind { .parameter(.choice(words)) }
    private static let duration = ConfigurationKind.parameter(.duration)
    private static let integer = ConfigurationKind.parameter(.integer)
    private static let time = ConfigurationKind.parameter(.timeOfDay)
    private static let fee = ConfigurationKind.parameter(.price)

    private static let venueKeys: [ConfigurationKey] = [
        key("name", .text, required: true, example: "ALFA", "What it is called; the feed's session begins with it."),
        key(
            "kind",
            choice(VenueDescription.Kind.allCases.map(\.rawValue)),
            "lit",
            "lit: a displayed book. dark: nothing displayed, all trades at the middle of the reference's quote."
        ),
        key("symbols", .text, "all", example: "[KO, PEP]", "What is listed: all, or a list of symbols."),
        key("reference", .text, example: "ALFA", "Of a dark venue: the lit venue whose quote it follows."),
        key("speed", .text, "1", "Seconds of the market a second, or max."),
        key("seed", integer, "1", from: "0", "Of latencies and faults."),
        key("days", integer, "1", from: "1", to: "100000", "Trading days of agents, each a session of its own."),
        key("hours.start", time, "09:29", "What is before is played at once."),
        key("hours.end", time, "16:05", "The day ends here."),
    ]

    private static let flowKeys: [ConfigurationKey] = [
        key("agents.seed", integer, "1", from: "0", "Of the market: equal seeds have the same fair values everywhere."),
        key("agents.flow", integer, example: "2", "Another seed for the orders alone: a second venue for one market."),
        key("agents.symbols", integer, "500", from: "2", to: "8000", "How many symbols."),
        key("agents.messages", integer, "5000000", from: "1", to: "4000000000", "Messages a day to aim at."),
        key(
            "agents.pairs",
            integer,
            example: "200",
            "Truly cointegrated pairs; two fifths of the symbols unless given."
        ),
        key("agents.date", .date, "2026-01-05", "The first trading day."),
        key("recorded.file", .path, example: "day.itch50", "ITCH file, capture, or LOBSTER messages."),
        key("recorded.date", .date, example: "2019-12-30", "The trading day, where the file's name doesn't tell it."),
    ]

    private static let marketKeys: [ConfigurationKey] = [
        key("fees.maker", fee, "-0.0020", from: "-10", to: "10", "When a resting order trades."),
        key("fees.taker", fee, "0.0030", from: "-10", to: "10", "When an order takes liquidity."),
        key("latency.order", duration, "0s", from: "0s", to: "10s", "From a participant to the matching."),
        key("latency.report", duration, "0s", from: "0s", to: "10s", "From the matching to a participant."),
        key("latency.feed", duration, "0s", from: "0s", to: "10s", "From the matching to the feed's lines."),
        key(
            "latency.sigma",
            .parameter(.number),
            "0",
            from: "0",
            to: "3",
            "0: constant times. Else they are medians of a log-normal law with this standard deviation."
        ),
        key(
            "bands.width",
            .text,
            example: "5%",
            "A share of the reference, or luld-1 or luld-2 for the tiers of the US plan; without it there are no bands."
        ),
        key(
            "bands.window",
            duration,
            "5min",
            from: "1s",
            to: "1h",
            "The mean of trades over this time leads the reference."
        ),
        key("bands.limitState", duration, "15s", from: "1s", to: "1h", "So long at a band pauses trading."),
        key("bands.pause", duration, "5min", from: "1s", to: "1h", "How long; then an auction opens again."),
        key("halts[].symbol", .parameter(.symbol), required: true, example: "KO", "Which instrument."),
        key("halts[].at", time, required: true, example: "11:30", "When it begins."),
        key("halts[].lasts", duration, "5min", from: "1s", to: "6h", "How long it lasts."),
    ]

    private static let connectionKeys: [ConfigurationKey] = [
        key(
            "feed.lines[].to",
            .text,
            required: true,
            example: "127.0.0.1:7020",
            "A host or multicast group, and a port."
        ),
        key("feed.lines[].interface", .text, example: "eth0", "The interface or its address to send by."),
        key("feed.lines[].skew", duration, "0s", from: "0s", to: "10s", "How far this line is behind."),
        key("feed.lines[].loss", .share, "0%", from: "0%", to: "100%", "Datagrams that never leave."),
        key("feed.lines[].duplication", .share, "0%", from: "0%", to: "100%", "Datagrams that come twice."),
        key("feed.lines[].reordering", .share, "0%", from: "0%", to: "100%", "Datagrams that come behind later ones."),
        key("feed.requests", .text, example: "7030", "Where requests for lost packets come in: [host:]port."),
        key(
            "ports[].listen",
            .text,
            required: true,
            example: "7010",
            "Where it listens: [host:]port; 0 takes a free port."
        ),
        key(
            "ports[].protocol",
            choice(VenueDoor.Language.allCases.map(\.rawValue)),
            "ouch-5.0",
            "What is spoken. drop-copy tells what happens to orders, snapshot gives the books to late joiners."
        ),
        key(
            "ports[].role",
            choice(VenueDoor.Role.allCases.map(\.rawValue)),
            "orders",
            "By FIX: orders, or drop-copy: reports of what happens to orders that came by any port."
        ),
        key(
            "ports[].store",
            .path,
            example: "fix",
            "By FIX: a folder that keeps the sessions' numbers and reports over restarts; memory without it."
        ),
        key("ports[].compID", .text, example: "ALFA", "By FIX: the venue's comp id; its name unless given."),
        key("ports[].cancelOnDisconnect", .boolean, "true", "By FIX: whether orders end with their connection."),
        key(
            "ports[].liquidityTag",
            .parameter(.integer),
            from: "5000",
            to: "39999",
            example: "9730",
            "By FIX: the field in which fills say A for added and R for removed beside 851, which 4.2 has not."
        ),
        key("ports[].tls.certificate", .path, example: "venue.pem", "Speak TLS: the port's certificate (PEM)."),
        key("ports[].tls.key", .path, example: "venue.key", "Its key (PEM)."),
        key(
            "ports[].tls.authority",
            .path,
            example: "members.pem",
            "Whose signature a participant's certificate needs (PEM); without it anybody may connect."
        ),
        key("ports[].users[].name", .text, required: true, example: "HELIOS", "One to six characters."),
        key("ports[].users[].passwordFile", .path, example: "secret.txt", "Its first line is the password."),
        key(
            "ports[].users[].passwordVariable",
            .text,
            example: "VENUE_PASSWORD",
            "The variable that has the password."
        ),
        key("ports[].users[].compID", .text, example: "DESK-1", "By FIX: the user's comp id; the name unless given."),
        key(
            "ports[].users[].concerning",
            .text,
            example: "[HELIOS, ALICE]",
            "Of a drop copy: whose orders, one name or a list; else everybody's."
        ),
    ]

    private static let dealerKeys: [ConfigurationKey] = [
        key("dealers[].name", .text, required: true, example: "NORTH", "What it is called."),
        key(
            "dealers[].markup",
            fee,
            "0.01",
            from: "-10",
            to: "10",
            "How far its price is beyond the market's best, a share."
        ),
        key(
            "dealers[].slope",
            fee,
            "0",
            from: "0",
            to: "10",
            "Added to the markup for every thousand shares that it quotes."
        ),
        key("dealers[].skew", fee, "0", from: "-10", to: "10", "Added to its bid and its offer."),
        key("dealers[].noise", fee, "0", from: "0", to: "10", "The most that is added to the markup by chance."),
        key(
            "dealers[].capacity",
            .parameter(.quantity),
            from: "1",
            example: "5000",
            "The most that it quotes at once; without it any quantity."
        ),
        key("dealers[].delay", duration, "50ms", from: "0s", to: "1h", "Until it answers."),
        key("dealers[].life", duration, "1s", from: "1ms", to: "1h", "How long a quote is good, from the answer on."),
        key("dealers[].declines", .share, "0%", from: "0%", to: "100%", "Requests that it does not quote."),
        key(
            "dealers[].refuses",
            .share,
            "0%",
            from: "0%",
            to: "100%",
            "Quotes that it does not keep when they are taken."
        ),
    ]

    private static let faultKeys: [ConfigurationKey] = [
        key(
            "quirks.disconnectEvery",
            duration,
            "0s",
            from: "0s",
            to: "24h",
            "Time between two lost order-entry connections, on average; 0s for never."
        ),
        key(
            "quirks.stallEvery",
            duration,
            "0s",
            from: "0s",
            to: "24h",
            "Time between two stalls, on average; 0s for never."
        ),
        key("quirks.stallLength", duration, "100ms", from: "1ms", to: "60s", "How long nothing is read or sent then."),
        key(
            "quirks.reject",
            .share,
            "0%",
            from: "0%",
            to: "100%",
            "New orders of participants that are refused at random."
        ),
    ]

    /// The keys, groups and lists directly below `prefix`, in the order of the documentation.
    static func names(below prefix: String) -> [String] {
        let start = prefix.isEmpty ? "" : prefix + "."
        var names: [String] = []
        for key in keys where key.path.hasPrefix(start) {
            let name = String(key.path.dropFirst(start.count).prefix { $0 != "." && $0 != "[" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    static func isSection(_ path: String) -> Bool { sections.contains { $0.path == path } }
}
