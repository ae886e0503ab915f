// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosLive

/// `helios doctor`: what of this machine stands in the way of low latency, and what to do about it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Inspect this machine for low latency: what it has, what it should have, why, and how to get there.",
        usage: """
            helios doctor
            helios doctor --all
            helios doctor --json
            """,
        discussion: """
            Reads /proc and /sys, changes nothing and needs no rights. Exit code 1 when something is bad. Commands are \
            shown for Debian and Ubuntu.
            """
    )

    @Flag(help: "Say why also where all is well.")
    var all = false

    @Option(help: "Inspect a copy of another machine's /proc and /sys below this folder.")
    var root: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let checkup = root.map { MachineCheckup(LocalFiles(root: $0)) } ?? .ofThisMachine()
        let findings = checkup.findings()
        if json {
            try Console.show(json: DoctorAnswer(findings))
        } else {
            Console.show(DoctorText(findings: findings, showsAll: all).text)
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(Outcome.no.rawValue) }
    }
}

/// What `--json` prints.
private struct DoctorAnswer: Encodable {
    var good: Int
    var improvable: Int
    var bad: Int
    var unknown: Int
    var findings: [MachineFinding]

    init(_ findings: [MachineFinding]) {
        func count(_ verdict: MachineVerdict) -> Int { findings.count { $0.verdict == verdict } }
        good = count(.good)
        improvable = count(.improvable)
        bad = count(.bad)
        unknown = count(.unknown)
        self.findings = findings
    }
}

/// The findings for people: a table by area, then what to change, worst first.
private struct DoctorText {
    var findings: [MachineFinding]
    var showsAll: Bool

    var text: String {
        (tables() + advice() + [summary()]).joined(separator: "\n\n")
    }

    private static func word(_ verdict: MachineVerdict) -> String {
        switch verdict {
        case .good: "good"
        case .improvable: "could be better"
        case .bad: "bad"
        case .unknown: "can't tell here"
        }
    }

    private static func tone(_ verdict: MachineVerdict) -> Console.Tone {
        switch verdict {
        case .good: .good
        case .improvable: .warning
        case .bad: .bad
        case .unknown: .faint
        }
    }

    /// One table, so that all columns line up, cut where an area begins.
    private func tables() -> [String] {
        var table = TextTable([.left, .left, .left, .left])
        for finding in findings {
            table.add(finding.name, DoctorText.word(finding.verdict), finding.found, finding.wanted)
        }
        let lines = table.lines()
        return MachineArea.allCases.map { area in
            let rows = findings.indices.filter { findings[$0].area == area }.map { index in
                // Coloured when the widths are settled.
                let verdict = findings[index].verdict
                return lines[index].replacing(
                    "  \(DoctorText.word(verdict))  ",
                    with: "  \(Console.toned(DoctorText.word(verdict), DoctorText.tone(verdict)))  ",
                    maxReplacements: 1
                )
            }
            return ([Console.toned(area.rawValue, .strong)] + rows).joined(separator: "\n")
        }
    }

    private func advice() -> [String] {
        let order: [MachineVerdict] = showsAll ? [.bad, .improvable, .unknown, .good] : [.bad, .improvable]
        return order.compactMap { verdict in
            let items = findings.filter { $0.verdict == verdict }
            guard !items.isEmpty else { return nil }
            let title = Console.toned(DoctorText.word(verdict), DoctorText.tone(verdict))
            return ([title] + items.map(DoctorText.paragraph)).joined(separator: "\n")
        }
    }

    private static func paragraph(_ finding: MachineFinding) -> String {
        var lines = ["  \(finding.name): \(finding.found); wanted: \(finding.wanted)", "    \(finding.why)"]
        if let fix = finding.fix { lines.append("    $ \(fix)") }
        return lines.joined(separator: "\n")
    }

    private func summary() -> String {
        let counts = [MachineVerdict.good, .improvable, .bad, .unknown].map { verdict in
            "\(findings.count { $0.verdict == verdict }) \(DoctorText.word(verdict))"
        }
        return counts.joined(separator: ", ")
    }
}
