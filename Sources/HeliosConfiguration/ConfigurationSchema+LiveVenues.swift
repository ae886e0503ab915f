// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

/// One of several venues of a live session, as configured: an element of `live.venues`.
///
/// What it costs stands in `BacktestSettings.floor`.
public struct LiveVenueConfiguration: Sendable, Equatable {
    public internal(set) var name = ""
    public internal(set) var kind = FloorVenue.Kind.lit
    /// The feed's lines, `HOST:PORT` each; empty for a dark venue that tells nothing.
    public internal(set) var feed: [String] = []
    /// Servers that send lost packets again.
    public internal(set) var requests: [String] = []
    /// The server that has the state of all books.
    public internal(set) var snapshots: String?
    /// Order entry.
    public internal(set) var orders = ""
    /// The login; nil is that of the section `live`.
    public internal(set) var user: String?
    public internal(set) var passwordFile: String?
    /// Its orders go by FIX: the section `live.fix`, with these in place of what stands there.
    public internal(set) var isFix = false
    public internal(set) var sender: String?
    public internal(set) var target: String?
    public internal(set) var senderSub: String?
    public internal(set) var targetSub: String?
    public internal(set) var account: String?
    public internal(set) var store: String?
    /// Orders and cancels a second, and at once; nil is that of the section `live`.
    public internal(set) var rate: Int?
    public internal(set) var burst: Int?

    public init() {}
}

extension ConfigurationSchema {
    /// The list of the venues of a live session.
    static let liveVenuesName = "live.venues"

    /// Keys that are refused beside the list, where each venue has its own.
    static let replacedByLiveVenues = [
        "live.feed", "live.requests", "live.snapshots", "live.orders", "live.dropCopy", "live.dropCopyUser",
        "fees.maker", "fees.taker",
    ]

    /// What holds of all venues of the list together.
    static let liveFloorKeys: [ConfigurationKey] = [
        .duration(
            "live.staleAfter",
            \.staleAfter,
            "0s",
            "Of several venues: one that is silent for longer is left out of the consolidated book. 0s: only after a gap."
        )
    ]

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
            "\(liveVenuesName)[].\(path)",
            kind,
            default: value,
            isRequired: required,
            from: low,
            to: high,
            example: example,
            documentation
        )
    }

    private static let fee = ConfigurationKind.parameter(.price)

    /// The keys of an element of `live.venues`.
    static let liveVenueKeys: [ConfigurationKey] = [
        key("name", .text, required: true, example: "ALFA", "What it is called, once in the list."),
        key(
            "kind",
            .parameter(.choice(FloorVenue.Kind.allCases.map(\.rawValue))),
            "lit",
            "lit: displays its orders. dark: displays nothing; every order there is a hidden midpoint peg."
        ),
        key(
            "feed",
            .endpoints,
            example: "127.0.0.1:7020, 127.0.0.1:7021",
            "Where its market data lines come in. A dark venue may have none."
        ),
        key("requests", .endpoints, example: "127.0.0.1:7030", "Servers that send lost packets again, asked in turn."),
        key("snapshots", .endpoints, example: "127.0.0.1:7031", "Server with the state of all its books."),
        key("orders", .endpoints, required: true, example: "127.0.0.1:7010", "Its order entry."),
        key("user", .text, example: "HELIOS", "The login, at most six characters. Without it live.user."),
        key(
            "passwordFile",
            .path,
            example: "ouch.password",
            "The file whose first line is the password. Without it live.passwordFile."
        ),
        key(
            "protocol",
            .parameter(.choice(["ouch", "fix"])),
            "ouch",
            "What its order entry speaks. fix: the keys live.fix, with those below in place of what stands there."
        ),
        key("sender", .text, example: "HELIOS", "fix: our CompID. Without it live.fix.sender."),
        key("target", .text, example: "BROKER", "fix: the venue's CompID. Without it live.fix.target."),
        key("senderSub", .text, example: "DESK1", "fix: our SubID. Without it live.fix.senderSub."),
        key("targetSub", .text, example: "EQUITIES", "fix: the venue's SubID. Without it live.fix.targetSub."),
        key("account", .text, example: "ACC1", "fix: the account of every order. Without it live.fix.account."),
        key("store", .path, example: "alfa.store", "fix: the file of its numbers. Without it beside the journal."),
        key("maker", fee, "-0.0020", from: "-10", to: "10", "A share, when a resting order trades."),
        key("taker", fee, "0.0030", from: "-10", to: "10", "A share, when an order takes liquidity."),
        key(
            "latency",
            .parameter(.duration),
            "0s",
            from: "0s",
            to: "1s",
            "An order's usual way there: the router lets parts of an order arrive together."
        ),
        key(
            "rate",
            .parameter(.integer),
            from: "1",
            to: "10000000",
            example: "1000",
            "Orders and cancels a second that it takes. Without it live.rate."
        ),
        key(
            "burst",
            .parameter(.integer),
            from: "1",
            to: "1000000",
            example: "100",
            "How many of them at once. Without it live.burst."
        ),
    ]
}
