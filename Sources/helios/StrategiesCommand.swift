// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosStrategy

/// `helios strategies`: what ships and what can be set.
struct StrategiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strategies",
        abstract: "List the strategies and their parameters.",
        usage: """
            helios strategies
            helios strategies --json
            """
    )

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        if json {
            try Console.show(json: Listing(strategies: StrategyCatalog.strategies.map(Listing.Strategy.init)))
        } else {
            Console.show(StrategyCatalog.strategies.map(text).joined(separator: "\n\n"))
        }
    }

    private func text(_ strategy: StrategyDescriptor) -> String {
        var table = TextTable([.left, .left, .left, .left], header: ["parameter", "default", "range", "meaning"])
        for parameter in strategy.parameters {
            let range =
                if case .choice(let words) = parameter.kind {
                    words.joined(separator: ", ")
                } else {
                    parameter.rangeText
                }
            table.add(parameter.name, parameter.defaultText ?? "required", range, parameter.documentation)
        }
        return "\(Console.toned(strategy.name, .strong))  \(strategy.summary)\n\(table.text())"
    }
}

/// What `--json` prints.
private struct Listing: Encodable {
    struct Strategy: Encodable {
        var name: String
        var summary: String
        var parameters: [Parameter]

        init(_ descriptor: StrategyDescriptor) {
            name = descriptor.name
            summary = descriptor.summary
            parameters = descriptor.parameters.map(Parameter.init)
        }
    }

    struct Parameter: Encodable {
        var name: String
        var kind: String
        var choices: [String]?
        var isRequired: Bool
        var defaultValue: String?
        var minimum: String?
        var maximum: String?
        var documentation: String

        enum CodingKeys: String, CodingKey {
            case name, kind, choices, minimum, maximum, documentation
            case isRequired = "required"
            case defaultValue = "default"
        }

        init(_ descriptor: ParameterDescriptor) {
            name = descriptor.name
            if case .choice(let words) = descriptor.kind {
                kind = "choice"
                choices = words
            } else {
                kind = "\(descriptor.kind)"
            }
            isRequired = descriptor.isRequired
            defaultValue = descriptor.defaultText
            minimum = descriptor.minimumText
            maximum = descriptor.maximumText
            documentation = descriptor.documentation
        }
    }

    var strategies: [Strategy]
}
