// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosRisk

/// `helios risk explain`: what a control means, or what the gate did to an order of a session.
struct RiskExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a control, or the checks of an order of a recorded session.",
        usage: """
            helios risk explain
            helios risk explain P07
            helios risk explain monday 17
            """,
        discussion: """
            With a journal and an order's number it tells the order's story as 'helios explain' does, every check with \
            scope, value and limit. 'helios risk check --order' tries an order that was never sent.
            """
    )

    @Argument(help: "A control such as P07, or the directory of a journal. (default: list the controls)")
    var subject: String?

    @Argument(help: "The number of an order of the journal.")
    var order: UInt64?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    private struct Answer: Encodable {
        var control: String
        var title: String
        var rule: String
        var limits: [String]
        var keys: [String]
        var reductions: String

        init(_ guide: ControlGuide) {
            control = guide.control.name
            title = guide.title
            rule = guide.rule
            limits = guide.limits.map { "\($0)" }
            keys = guide.keys
            reductions = guide.reductions
        }
    }

    func run() throws {
        if let subject, let order {
            try ExplainCommand.tell(order: order, journal: subject, json: json, quiet: quiet)
        } else if let subject {
            guard let guide = ControlGuide.named(subject) else {
                throw Failure(
                    .usage,
                    "there is no control '\(subject)'",
                    hint: "'helios risk explain' lists them; for an order of a session give its journal and its number"
                )
            }
            if json { try Console.show(json: Answer(guide)) } else { Console.show(guide.text) }
        } else if json {
            try Console.show(json: ["controls": ControlGuide.all.map(Answer.init)])
        } else {
            var table = TextTable([.left, .left, .left], header: ["control", "what", "limits and keys"])
            for guide in ControlGuide.all {
                let words = guide.limits.map { "\($0)" } + guide.keys
                table.add(guide.control.name, guide.title, words.joined(separator: ", "))
            }
            Console.show(table.text())
        }
    }
}
