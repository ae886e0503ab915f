// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosStrategy

/// Order entry by FIX, as configured: the section `live.fix`.
public struct LiveFixConfiguration: Sendable, Equatable {
    public internal(set) var version = "4.4"
    public internal(set) var sender: String?
    public internal(set) var target: String?
    public internal(set) var senderSub: String?
    public internal(set) var targetSub: String?
    /// Seconds.
    public internal(set) var heartbeat = 30
    public internal(set) var reset = "period"
    public internal(set) var nextExpected = false
    public internal(set) var logonTimeout: Nanoseconds = 10_000_000_000
    /// How far SendingTime may be from now; 0 is not checked.
    public internal(set) var tolerance: Nanoseconds = 120_000_000_000
    /// The file of the session's numbers; nil is beside the journal.
    public internal(set) var store: String?
    public internal(set) var dictionary: String?
    public internal(set) var username: String?
    public internal(set) var passwordFile: String?
    /// The variable that holds the password.
    public internal(set) var passwordEnvironment: String?
    public internal(set) var account: String?
    public internal(set) var capacity = "agency"
    public internal(set) var handling = 1
    public internal(set) var destination: String?
    public internal(set) var endText = "trading day has ended"
    /// Nil is 851, and 9730 in 4.2.
    public internal(set) var liquidityTag: Int?
    /// What becomes of our own orders that meet: nil says nothing to the venue.
    public internal(set) var selfMatch = "none"
    /// Who answers requests for quotes, and what a share traded with one of them costs beside its price.
    public internal(set) var dealers: [String] = []
    public internal(set) var dealerFee = Price.zero
    public internal(set) var selfMatchID: String?
    public internal(set) var schedule = LiveFixSchedule()
    public internal(set) var tls = LiveFixTLS()

    public init() {}
}

/// When a FIX session is open, as configured.
public struct LiveFixSchedule: Sendable, Equatable {
    /// Since midnight; nil is always open.
    public internal(set) var start: Nanoseconds?
    public internal(set) var end: Nanoseconds?
    /// Weekdays on which a period starts, Sunday is 0.
    public internal(set) var days: [Int] = [1, 2, 3, 4, 5]
    public internal(set) var zone = "America/New_York"

    /// The schedule; nil when the session is always open.
    public var value: FixSchedule? {
        guard let start, let end, let zone = FixZone(zone) else { return nil }
        return FixSchedule(daily: Int(start / 1_000_000_000), to: Int(end / 1_000_000_000), on: days, in: zone)
    }
}

/// How a FIX connection is secured, as configured.
public struct LiveFixTLS: Sendable, Equatable {
    public internal(set) var isOn = false
    public internal(set) var certificate: String?
    public internal(set) var key: String?
    public internal(set) var authority: String?
    public internal(set) var serverName: String?
    public internal(set) var verify = true
}

extension ConfigurationSchema {
    /// The keys of `live.fix`.
    static let liveFixKeys: [ConfigurationKey] =
        fixSessionKeys + fixLoginKeys + fixOrderKeys + fixScheduleKeys + fixTLSKeys

    /// The zones whose daylight saving is known.
    static let zones = [
        "UTC", "America/New_York", "America/Chicago", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "Asia/Hong_Kong",
    ]

    private static func text(
        _ path: String,
        _ place: ConfigurationKey.Place<String?>,
        _ kind: ConfigurationKind = .text,
        example: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init("live.fix." + path, kind, example: example, documentation) { $0[keyPath: place] = $1.text }
    }

    private static func choice(
        _ path: String,
        _ place: ConfigurationKey.Place<String>,
        _ words: [String],
        _ value: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init("live.fix." + path, .parameter(.choice(words)), default: value, documentation) {
            $0[keyPath: place] = $1.text
        }
    }

    private static func flag(
        _ path: String,
        _ place: ConfigurationKey.Place<Bool>,
        _ value: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init("live.fix." + path, .boolean, default: value, documentation) {
            if case .boolean(let value) = $1 { $0[keyPath: place] = value }
        }
    }

    private static let fixSessionKeys: [ConfigurationKey] = [
        choice(
            "version",
            \.live.fix.version,
            ["4.2", "4.4", "5.0sp2"],
            "4.4",
            "The FIX version; 5.0sp2 over FIXT.1.1."
        ),
        text(
            "sender",
            \.live.fix.sender,
            example: "HELIOS",
            "Our CompID (49). With it and target orders go by FIX in place of OUCH."
        ),
        text("target", \.live.fix.target, example: "BROKER", "The venue's CompID (56)."),
        text("senderSub", \.live.fix.senderSub, example: "DESK1", "Our SubID (50)."),
        text("targetSub", \.live.fix.targetSub, example: "EQUITIES", "The venue's SubID (57)."),
        .integer(
            "live.fix.heartbeat",
            \.live.fix.heartbeat,
            "30",
            from: "1",
            to: "3600",
            "Seconds between heartbeats (108)."
        ),
        choice(
            "reset",
            \.live.fix.reset,
            ["never", "period", "logon", "logout", "disconnect"],
            "period",
            "When numbers begin at 1 again: with each period of the schedule, or never; after each logout or disconnect, or at each logon, where the venue wants it."
        ),
        flag(
            "nextExpected",
            \.live.fix.nextExpected,
            "false",
            "Whether the Logon says which number is expected (789); from 4.4 on."
        ),
        .duration(
            "live.fix.logonTimeout",
            \.live.fix.logonTimeout,
            "10s",
            from: "1s",
            to: "5min",
            "How long the venue may take to answer the Logon."
        ),
        .duration(
            "live.fix.tolerance",
            \.live.fix.tolerance,
            "2min",
            from: "0s",
            to: "24h",
            "How far the venue's SendingTime (52) may be from our clock. 0s: not checked."
        ),
        text(
            "store",
            \.live.fix.store,
            .path,
            example: "broker.store",
            "The file of the session's numbers. Without it beside the journal."
        ),
        text(
            "dictionary",
            \.live.fix.dictionary,
            .path,
            example: "FIX44.xml",
            "What the venue's messages are checked against. Without it only the session's own rules are."
        ),
    ]

    private static let fixLoginKeys: [ConfigurationKey] = [
        text("username", \.live.fix.username, example: "trader", "Username of the Logon (553)."),
        text(
            "passwordFile",
            \.live.fix.passwordFile,
            .path,
            example: "fix.password",
            "The file whose first line is the password (554)."
        ),
        text(
            "passwordEnvironment",
            \.live.fix.passwordEnvironment,
            example: "BROKER_PASSWORD",
            "The environment variable that holds the password, in place of a file."
        ),
    ]

    private static let fixOrderKeys: [ConfigurationKey] = [
        text("account", \.live.fix.account, example: "ACC1", "Account of every order (1)."),
        choice(
            "capacity",
            \.live.fix.capacity,
            ["agency", "principal", "riskless", "individual"],
            "agency",
            "For whom orders are entered: Rule80A (47) in 4.2, OrderCapacity (528) after."
        ),
        .integer(
            "live.fix.handling",
            \.live.fix.handling,
            "1",
            from: "1",
            to: "3",
            "HandlInst (21) in 4.2: 1 automatic, 2 a broker may step in, 3 by hand."
        ),
        text("destination", \.live.fix.destination, example: "XNAS", "Where a broker sends orders on to (100)."),
        .init(
            "live.fix.liquidityTag",
            .parameter(.integer),
            from: "1",
            to: "39999",
            example: "9882",
            "The field of a fill in which 1 or A says that our order rested. Without it 851, in 4.2 the usual 9730."
        ) {
            if case .parameter(.integer(let tag)) = $1 { $0.live.fix.liquidityTag = tag }
        },
        choice(
            "selfMatch",
            \.live.fix.selfMatch,
            ["none", "newest", "oldest"],
            "none",
            "Which of two orders of ours that meet at the venue goes: 2964 in 5.0 SP2, 8000 before; none says nothing."
        ),
        text(
            "selfMatchID",
            \.live.fix.selfMatchID,
            example: "DESK1",
            "Whose orders must not meet: 2362 in 5.0 SP2, 7928 before."
        ),
        .init(
            "live.fix.dealers",
            .text,
            example: "NORTH, SOUTH",
            "Who answers requests for quotes, by PartyID (448), for parent orders by rfq; as many names as quotes may come."
        ) { configuration, value in
            configuration.live.fix.dealers = value.text.split(separator: ",", omittingEmptySubsequences: false)
                .map { name in
                    guard let first = name.firstIndex(where: { $0 != " " }),
                        let last = name.lastIndex(where: { $0 != " " })
                    else { return "" }
                    return String(name[first...last])
                }
        },
        .price(
            "live.fix.dealerFee",
            \.live.fix.dealerFee,
            "0",
            from: "-10",
            to: "10",
            "What a share that is traded with a dealer costs beside its price; below zero it is paid back."
        ),
        .init(
            "live.fix.endText",
            .text,
            default: "trading day has ended",
            "A Logout with this in its Text (58) says that the venue's day is over; so does the schedule's end."
        ) { $0.live.fix.endText = $1.text },
    ]

    private static let fixScheduleKeys: [ConfigurationKey] = [
        .init(
            "live.fix.schedule.start",
            .parameter(.timeOfDay),
            example: "08:00",
            "When the session opens. Without it always."
        ) {
            if case .parameter(.timeOfDay(let time)) = $1 { $0.live.fix.schedule.start = time }
        },
        .init(
            "live.fix.schedule.end",
            .parameter(.timeOfDay),
            example: "17:00",
            "When it closes; not after start is the next day."
        ) {
            if case .parameter(.timeOfDay(let time)) = $1 { $0.live.fix.schedule.end = time }
        },
        .init("live.fix.schedule.days", .weekdays, default: "mon-fri", "Weekdays on which it opens.") {
            $0.live.fix.schedule.days = ConfigurationKind.weekdays($1.text) ?? []
        },
        choice("schedule.zone", \.live.fix.schedule.zone, zones, "America/New_York", "Whose clock these times are of."),
    ]

    private static let fixTLSKeys: [ConfigurationKey] = [
        flag("tls.enabled", \.live.fix.tls.isOn, "false", "Whether the connection is made by TLS."),
        text("tls.certificate", \.live.fix.tls.certificate, .path, example: "client.pem", "Our certificate (PEM)."),
        text("tls.key", \.live.fix.tls.key, .path, example: "client.key", "Its key (PEM)."),
        text(
            "tls.authority",
            \.live.fix.tls.authority,
            .path,
            example: "ca.pem",
            "The authorities that may have signed the venue's certificate (PEM). Without it the system's."
        ),
        text(
            "tls.serverName",
            \.live.fix.tls.serverName,
            example: "fix.broker.example",
            "The name in the venue's certificate. Without it the host of live.orders."
        ),
        flag("tls.verify", \.live.fix.tls.verify, "true", "Whether the venue's certificate is checked."),
    ]
}

extension ConfigurationKind {
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// The weekdays of `mon-fri` or `sun, tue`, Sunday is 0; nil for anything else.
    public static func weekdays(_ text: String) -> [Int]? {
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false)
                .map { weekdayNames.firstIndex(of: $0.lowercased()) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else { return nil }
            var day = first
            while true {
                days.insert(day)
                if day == last { break }
                day = (day + 1) % 7
            }
        }
        return days.sorted()
    }

    /// The one way to write weekdays.
    static func text(weekdays days: [Int]) -> String {
        days == [1, 2, 3, 4, 5] ? "mon-fri" : days.map { weekdayNames[$0] }.joined(separator: ", ")
    }
}

extension ConfigurationReader {
    /// Whether anything of the section `live.fix` is given.
    var hasFix: Bool {
        given.keys.contains { $0.hasPrefix("live.fix.") }
            || environment.keys.contains { $0.hasPrefix("HELIOS_LIVE_FIX_") }
            || configuration.live.venues.contains { $0.isFix }
    }

    /// Checks what only holds of the keys of `live.fix` together.
    mutating func finishFix() {
        guard hasFix else { return }
        let fix = configuration.live.fix
        if liveVenuesNode == nil {
            for (name, value) in [("sender", fix.sender), ("target", fix.target)]
            where value == nil && !isGiven("live.fix." + name) {
                refuseFix("live.fix." + name, "missing, expected a text")
            }
        } else {
            let hasVenue = configuration.live.venues.contains(where: \.isFix)
            for name in ["sender", "target"] where isGiven("live.fix." + name) && !hasVenue {
                refuseFix("live.fix." + name, "no venue of live.venues has protocol: fix")
            }
        }
        if fix.passwordFile != nil, fix.passwordEnvironment != nil {
            refuseFix("live.fix.passwordEnvironment", "stands beside passwordFile, expected one of the two")
        }
        if (fix.schedule.start == nil) != (fix.schedule.end == nil) {
            let (there, missing) = fix.schedule.start == nil ? ("end", "start") : ("start", "end")
            refuseFix("live.fix.schedule." + there, "expected live.fix.schedule.\(missing) beside it")
        }
        if fix.nextExpected, fix.version == "4.2" {
            refuseFix("live.fix.nextExpected", "is of FIX 4.4 and later, and version is 4.2")
        }
        if fix.selfMatchID != nil, fix.selfMatch == "none" {
            refuseFix("live.fix.selfMatchID", "means nothing without live.fix.selfMatch")
        }
        finishFixDealers()
        let tls = fix.tls
        if (tls.certificate == nil) != (tls.key == nil) {
            let (there, missing) = tls.certificate == nil ? ("key", "certificate") : ("certificate", "key")
            refuseFix("live.fix.tls." + there, "expected live.fix.tls.\(missing) beside it")
        }
        for name in ["certificate", "key", "authority", "serverName"]
        where !tls.isOn && isGiven("live.fix.tls." + name) {
            refuseFix("live.fix.tls." + name, "means nothing without live.fix.tls.enabled: true")
        }
    }

    /// At the key when it is given, else at the section.
    mutating func refuseFix(_ path: String, _ message: String) {
        if isGiven(path) { return refuse(path, message) }
        let near = given.filter { $0.key.hasPrefix("live.fix.") }.map { TextPlace($0.value.mark) }
            .min { ($0.line, $0.column) < ($1.line, $1.column) }
        report(at: near ?? TextPlace(1, 1), path, message)
    }
}
