// SPDX-License-Identifier: MIT
import HeliosRisk

/// The groups that stand in lists, and the limits' words.
extension LimitsSchema {
    static let listShapes: [LimitsShape] = [
        LimitsShape(
            "restriction",
            at: "restricted[]",
            "Something that may not be traded.",
            [
                .value(key("instrument", symbol, example: "GME", "Which instrument; all unless given.")),
                .value(key("issuer", .text, example: "Apple Inc", "All instruments of an issuer.")),
                .value(
                    key("for", .text, example: "MAIN", "The scope that may not, with all below it; all unless given.")
                ),
                .value(key("reason", .text, "on the restricted list", "Why; refusals are filed with it.")),
                .value(key("reductions", .boolean, "false", "Whether what is held may be reduced.")),
            ]
        ),
        LimitsShape(
            "permission",
            at: "permissions[]",
            "What a scope may trade.",
            [
                .value(key("for", .text, required: true, example: "MAIN", "The scope that may, with all below it.")),
                .values(key("instruments", symbol, example: "[KO, PEP]", "The instruments; all unless given.")),
                .values(key("assetClasses", .text, example: "[energy]", "The classes; all unless given.")),
                .values(key("venues", .text, example: "[ALFA]", "The venues; all unless given.")),
                .values(
                    key("types", choice(["limit", "market"]), example: "[limit]", "Order types; all unless given.")
                ),
            ]
        ),
        LimitsShape(
            "locate",
            at: "locates[]",
            "Shares that a lender has promised for today.",
            [
                .value(key("instrument", symbol, required: true, example: "GME", "Which instrument.")),
                .value(key("quantity", quantity, from: "0", required: true, example: "10_000", "How many shares.")),
                .value(key("reference", .text, required: true, example: "PB-20260105-17", "The lender's reference.")),
            ]
        ),
        LimitsShape(
            "identity",
            at: "identities[]",
            "Somebody who may give commands and change limits.",
            [
                .value(key("name", .text, required: true, example: "kim", "What the person is called.")),
                .value(
                    key(
                        "role",
                        choice(RiskIdentity.Role.allCases.map { "\($0)" }),
                        required: true,
                        example: "riskOfficer",
                        "What the person may do: of the two who approve something one is a risk officer."
                    )
                ),
                .value(
                    key(
                        "publicKey",
                        .text,
                        required: true,
                        example: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                        "The Ed25519 public key: 64 hexadecimal digits."
                    )
                ),
            ]
        ),
        LimitsShape(
            "varModel",
            at: "varModel",
            "The model that value at risk is computed by (docs/var.md).",
            [
                .value(
                    key("file", .path, required: true, example: "returns.csv", "A CSV file of daily returns or prices.")
                ),
                .value(key("content", choice(["returns", "prices"]), "returns", "What the file holds.")),
                .value(
                    key(
                        "covariance",
                        choice(CovarianceMethod.allCases.map { "\($0)" }),
                        "ewma",
                        "How covariances are estimated."
                    )
                ),
                .value(
                    key(
                        "number",
                        choice(RiskNumber.allCases.map { "\($0)" }),
                        "parametric",
                        "Which number is held against the limit."
                    )
                ),
                .value(
                    key("confidence", .share, "99%", from: "50.01%", to: "99.99%", "Days that stay below the loss.")
                ),
                .value(key("lambda", .parameter(.number), "0.94", from: "0.5", to: "0.9999", "Weight of yesterday.")),
                .value(key("horizon", integer, "1", from: "1", to: "250", "Days ahead.")),
                .value(key("scenarios", integer, "500", from: "2", to: "10000", "The last days that are scenarios.")),
                .value(
                    key(
                        "priceTolerance",
                        .share,
                        "10bps",
                        from: "0%",
                        to: "100%",
                        "Smaller changes of a price do not count."
                    )
                ),
                .value(
                    key(
                        "digest",
                        .text,
                        example: "8f3c11d0a4be7725",
                        "FNV-1a of the file, 16 hexadecimal digits; another file is an error."
                    )
                ),
            ]
        ),
        LimitsShape(
            "reduction",
            at: "reduction",
            "How positions are reduced after a breach, in good order (docs/reduction.md).",
            [
                .value(key("target", .share, "90%", from: "1%", to: "100%", "Of the broken limit: where it ends.")),
                .value(
                    key(
                        "release",
                        .share,
                        "80%",
                        from: "1%",
                        to: "100%",
                        "Of the limit: below it the state may be raised."
                    )
                ),
                .value(
                    key("releaseTime", .parameter(.duration), "5min", "How long it must have been below that before.")
                ),
                .value(
                    key(
                        "participation",
                        .share,
                        "10%",
                        from: "0.01%",
                        to: "100%",
                        "The most of what trades that it may be."
                    )
                ),
                .value(
                    key(
                        "patience",
                        .parameter(.duration),
                        "5min",
                        "Then the participation doubles; after twice that, orders cross the spread."
                    )
                ),
                .value(key("interval", .parameter(.duration), "1s", from: "100ms", "How often slices are sent.")),
                .value(key("closesOnLoss", .boolean, "true", "Whether a day's loss at its limit closes everything.")),
            ]
        ),
        LimitsShape(
            "manifest",
            at: "manifest",
            "What was signed off to trade.",
            [
                .value(
                    key("build", .text, required: true, example: "8f3c11d0a4be7725", "The program's digest, 16 digits.")
                ),
                .value(
                    key(
                        "configuration",
                        .text,
                        required: true,
                        example: "02aa19cc7e5d6b10",
                        "The configuration's digest, 16 hexadecimal digits."
                    )
                ),
            ]
        ),
    ]

    /// What a kind of limit bounds, in a sentence with the control's number.
    static func documentation(_ kind: LimitKind) -> String {
        switch kind {
        case .orderQuantity: "P01: the quantity of an order."
        case .orderVolumeShare: "P01: an order's share of the average daily volume."
        case .orderNotional: "P02: the value of an order."
        case .walk: "P04: how far own aggressive orders may walk from the reference at the window's start."
        case .messageRate: "P07: new orders and replaces a second."
        case .messageBurst: "P07: how many of them may come at once."
        case .executions: "P08: fills of a strategy in an instrument on one side within the window."
        case .duplicates: "P10: equal orders within the window."
        case .position: "P11: the position, long or short, with everything in flight filled."
        case .dayQuantity: "P11: what is bought, and what is sold, in a day."
        case .grossNotional: "P12: the sum of all worst-case values."
        case .netNotional: "P12: that sum with signs, long less short."
        case .credit: "P13: the value of what is open and of what is held."
        case .dayLoss: "P14: the day's loss from which on only reductions pass."
        case .drawdown: "P14: the fall from the day's high from which on only reductions pass."
        case .valueAtRisk: "P15: value at risk after the trade."
        case .expectedShortfall: "P15: expected shortfall after the trade."
        case .participation: "P24: what is left of a parent as a share of the volume over its horizon."
        case .predictedCost: "P24: what a parent is predicted to cost."
        case .openOrders: "P25: live orders."
        case .orderTradeRatio: "P25: messages for each trade of the day, less one."
        }
    }

    /// The form of a limit's values.
    static func form(_ kind: LimitKind) -> ConfigurationKind {
        switch kind.measure {
        case .quantity: quantity
        case .money: money
        case .basisPoints: .share
        default: integer
        }
    }

    /// The key of a limit's value: `hard`, `soft` or the limit itself.
    static func valueKey(_ kind: LimitKind, _ name: String) -> ConfigurationKey {
        let low = kind.measure == .basisPoints ? "0%" : "0"
        let high =
            switch kind.measure {
            case .money: "1000000000000000"
            case .basisPoints: "1000%"
            case .quantity: "90000000000"
            default: "1000000000"
            }
        return key(name, form(kind), from: low, to: high, documentation(kind))
    }

    /// The key of a limit's window.
    static let windowKey = key("window", duration, from: "1ms", to: "24h", "Over how long it counts.")
}
