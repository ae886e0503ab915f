// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration

/// `helios config`: what a configuration may hold, and whether one is right.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check a configuration, or explain what it may hold.",
        usage: """
            helios config check run.yaml
            helios config explain
            helios config schema > helios.schema.json
            helios config schema --limits > limits.schema.json
            """,
        subcommands: [ConfigCheckCommand.self, ConfigExplainCommand.self, ConfigSchemaCommand.self]
    )
}

/// `helios config schema`: the JSON Schema of a configuration, for editors.
struct ConfigSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a configuration.",
        usage: "helios config schema > helios.schema.json"
    )

    @Flag(help: "Of the configuration of 'helios venue'.")
    var venue = false

    @Flag(help: "Of a limits file.")
    var limits = false

    @Flag(help: "Accepted for uniformity: the schema is JSON already.")
    var json = false

    func run() throws { Console.show(try SchemaChoice(venue: venue, limits: limits).json) }
}

/// `helios config explain`: what a key means.
struct ConfigExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a key of a configuration, or list all keys.",
        usage: """
            helios config explain
            helios config explain risk.dailyLossMax
            helios config explain --venue latency.order
            helios config explain --limits dayLoss
            """
    )

    @Argument(help: "The key with its path. (default: list all keys)")
    var key: String?

    @Flag(help: "Of the configuration of 'helios venue'.")
    var venue = false

    @Flag(help: "Of a limits file.")
    var limits = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let schema = try SchemaChoice(venue: venue, limits: limits)
        guard let key else { return try list(schema.keys) }
        guard let text = schema.explain(key) else {
            let hint = schema.nearest(to: key).map { "; did you mean '\($0)'?" } ?? ""
            throw Failure(.usage, "there is no key '\(key)'\(hint)", hint: "'helios config explain' lists all keys")
        }
        if json { try Console.show(json: ["key": key, "text": text]) } else { Console.show(text) }
    }

    private func list(_ keys: [ConfigurationKey]) throws {
        if json { return try Console.show(json: ["keys": keys.map { KeyAnswer($0, hasVariable: !limits) }]) }
        var table = TextTable([.left, .left, .left], header: ["key", "default", "meaning"])
        for key in keys {
            table.add(key.path, key.isRequired ? "required" : key.defaultText ?? "", key.documentation)
        }
        Console.show(table.text())
    }
}

/// Which configuration's keys are meant.
private enum SchemaChoice {
    case run, venue, limits

    init(venue: Bool, limits: Bool) throws {
        if venue, limits { throw Failure(.usage, "--venue and --limits are two files; give one of them") }
        self = limits ? .limits : venue ? .venue : .run
    }

    var json: String {
        switch self {
        case .run: ConfigurationSchema.json()
        case .venue: VenueSchema.json()
        case .limits: LimitsSchema.json()
        }
    }

    var keys: [ConfigurationKey] {
        switch self {
        case .run: ConfigurationSchema.keys
        case .venue: VenueSchema.keys
        case .limits: LimitsSchema.keys
        }
    }

    func explain(_ key: String) -> String? {
        switch self {
        case .run: ConfigurationSchema.explain(key)
        case .venue: VenueSchema.explain(key)
        case .limits: LimitsSchema.explain(key)
        }
    }

    func nearest(to key: String) -> String? {
        switch self {
        case .run: ConfigurationSchema.nearest(to: key)
        case .venue: VenueSchema.nearest(to: key)
        case .limits: LimitsSchema.nearest(to: key)
        }
    }
}

/// `helios config check`: whether a configuration is right.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration and report every error at once.",
        usage: "helios config check run.yaml",
        discussion: "Exit code 1 when the configuration is wrong."
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        var file: String
        var isValid: Bool
        var errors: [String] = []
        var warnings: [String] = []

        enum CodingKeys: String, CodingKey {
            case file, errors, warnings
            case isValid = "valid"
        }
    }

    func run() throws {
        try requireFile(file)
        do {
            if let venues = try VenueConfiguration.load(path: file, environment: ProcessInfo.processInfo.environment) {
                if json { return try Console.show(json: Answer(file: file, isValid: true)) }
                let names = venues.venues.map(\.name).joined(separator: ", ")
                return Console.show("\(file): right: \(Figures.counted(venues.venues.count, "venue")): \(names)")
            }
            let plan = try RunPlan(configuration: file)
            if json { return try Console.show(json: Answer(file: file, isValid: true, warnings: plan.warnings)) }
            func market(_ plan: RunPlan) -> String {
                plan.settings.floor.map { Figures.counted($0.venues.count, "venue") }
                    ?? Figures.counted(plan.data.count, "data file")
            }
            let groups = plan.strategies.reduce(0) { $0 + $1.groups.count }
            Console.show(
                "\(file): right: \"\(plan.title)\", \(market(plan)), "
                    + "\(Figures.counted(plan.strategies.count, "strategy", "strategies")) with "
                    + Figures.counted(groups, "group")
            )
        } catch let errors as ConfigurationErrors {
            let lines = errors.errors.map(\.description)
            if json {
                try Console.show(json: Answer(file: file, isValid: false, errors: lines))
            } else {
                for line in lines { Console.complain(line) }
            }
            throw ExitCode(Outcome.no.rawValue)
        }
    }
}

/// A key as `--json` lists it.
private struct KeyAnswer: Encodable {
    var path: String
    var isRequired: Bool
    var defaultValue: String?
    var range: String?
    /// Limits have none.
    var variable: String?
    var documentation: String

    enum CodingKeys: String, CodingKey {
        case path, range, variable, documentation
        case isRequired = "required"
        case defaultValue = "default"
    }

    init(_ key: ConfigurationKey, hasVariable: Bool) {
        path = key.path
        isRequired = key.isRequired
        defaultValue = key.defaultText
        range = key.rangeText.isEmpty ? nil : key.rangeText
        variable = hasVariable ? key.variable : nil
        documentation = key.documentation
    }
}
