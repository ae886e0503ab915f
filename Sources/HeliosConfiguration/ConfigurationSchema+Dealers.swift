// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

extension ConfigurationSchema {
    /// The list of the simulated dealers.
    static let dealersName = "simulation.dealers"

    /// What holds of all dealers, beside the list of them.
    static let dealerSettingKeys: [ConfigurationKey] = [
        .duration("simulation.dealerLatency", \.dealers.latency, "1ms", "To the dealers, and back: each way."),
        .integer(
            "simulation.dealerSeed",
            \.dealers.seedNumber,
            "1",
            from: "0",
            to: "9223372036854775807",
            "Seed of what dealers draw: each from it, the dealer's place and the request's number."
        ),
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
            "\(dealersName)[].\(path)",
            kind,
            default: value,
            isRequired: required,
            from: low,
            to: high,
            example: example,
            documentation
        )
    }

    private static let price = ConfigurationKind.parameter(.price)
    private static let time = ConfigurationKind.parameter(.duration)

    /// The keys of an element of `simulation.dealers`.
    static let dealerKeys: [ConfigurationKey] = [
        key("name", .text, required: true, example: "NORTH", "What it is called, once among dealers and venues."),
        key("markup", price, "0.01", from: "-10", to: "10", "How far its price is beyond the market's best, a share."),
        key("slope", price, "0", from: "0", to: "10", "Added to the markup for every thousand shares that it quotes."),
        key(
            "skew",
            price,
            "0",
            from: "-10",
            to: "10",
            "Added to its bid and its offer: above zero it would rather buy, below it would rather sell."
        ),
        key("noise", price, "0", from: "0", to: "10", "The most that is added to the markup by chance."),
        key(
            "capacity",
            .parameter(.quantity),
            from: "1",
            example: "5000",
            "The most that it quotes at once. Without it any quantity."
        ),
        key("delay", time, "50ms", from: "0s", to: "1h", "Until it answers."),
        key("life", time, "1s", from: "1ms", to: "1h", "How long a quote is good, from the answer on."),
        key("declines", .share, "0%", from: "0%", to: "100%", "Requests that it does not quote."),
        key("refuses", .share, "0%", from: "0%", to: "100%", "Quotes that it does not keep when they are taken."),
        key("fee", price, "0", from: "-10", to: "10", "A share, beside the price; negative is a rebate."),
    ]
}

extension DealerSettings {
    /// The seed as a number of a configuration.
    var seedNumber: Int {
        get { Int(truncatingIfNeeded: seed) }
        set { seed = UInt64(bitPattern: Int64(newValue)) }
    }
}
