// SPDX-License-Identifier: MIT

/// Inspects a machine for low latency, from its files and facts alone: pure, so a recorded machine can be inspected too.
///
/// ```swift
/// let findings = MachineCheckup(LocalFiles(), facts: .current()).findings()
/// for finding in findings where finding.verdict == .bad { print(finding.name, finding.fix ?? "") }
/// ```
/// The wanted values, and why, stand in `docs/latency.md`. A file that is missing or malformed gives the verdict `unknown`.
public struct MachineCheckup {
    let files: any MachineFiles
    let facts: MachineFacts
    /// The kernel's boot parameters.
    let commandLine: String?
    /// Processors that are on; empty when the machine does not say.
    let online: [Int]
    /// Processors kept free of other work, by boot parameter.
    let isolated: [Int]?

    public init(_ files: any MachineFiles, facts: MachineFacts = MachineFacts()) {
        self.files = files
        self.facts = facts
        commandLine = files.text("/proc/cmdline")
        online = files.text("/sys/devices/system/cpu/online").flatMap(MachineText.processors) ?? []
        isolated = files.text("/sys/devices/system/cpu/isolated").flatMap(MachineText.processors)
    }

    /// Every finding, by area, in a fixed order.
    public func findings() -> [MachineFinding] {
        processorFindings() + memoryFindings() + clockFindings() + networkFindings() + systemFindings()
    }

    /// What to isolate here: all but the first two processors, or but the first on a machine of two or three.
    var isolable: String {
        let count = online.count
        guard count > 1 else { return "2-7" }
        return MachineText.list(Array(online.dropFirst(count > 3 ? 2 : 1)))
    }

    /// The command that adds a boot parameter where GRUB starts the machine.
    static func boot(_ parameter: String) -> String {
        "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&\(parameter) /' /etc/default/grub && sudo update-grub && sudo reboot"
    }

    /// The names of running programs; nil when `/proc` does not show them.
    func programs() -> Set<String>? {
        guard let names = files.names(in: "/proc") else { return nil }
        let found = names.lazy.filter { Int($0) != nil }.compactMap { files.text("/proc/\($0)/comm") }
        let programs = Set(found.map { MachineText.trimmed($0) })
        // At least this one runs: a copy without programs says nothing of them.
        return programs.isEmpty ? nil : programs
    }

    /// Judges one whole number in one file.
    func number(_ check: NumberCheck) -> MachineFinding {
        let text = files.text(check.path)
        let value = MachineText.integer(text)
        return check.item.finding(
            value.map(check.shown) ?? MachineCheckup.unreadable(text, check.path),
            value.map(check.judge) ?? .unknown
        )
    }

    /// What is said of a file that is missing or not as expected.
    static func unreadable(_ text: String?, _ path: String) -> String {
        guard let text else { return "no \(path) here" }
        return "\(path) says '\(MachineText.shown(text))'"
    }
}

/// What a checkup knows of a property before it looks at the machine.
struct CheckItem {
    var area: MachineArea
    var name: String
    var wanted: String
    var why: String
    var fix: String?

    func finding(_ found: String, _ verdict: MachineVerdict) -> MachineFinding {
        MachineFinding(
            name: name,
            area: area,
            verdict: verdict,
            found: found.isEmpty ? "an empty text" : found,
            wanted: wanted,
            why: why,
            fix: verdict == .good ? nil : fix
        )
    }
}

/// A property that is one whole number in one file.
struct NumberCheck {
    var item: CheckItem
    var path: String
    var shown: (Int) -> String = { "\($0)" }
    var judge: (Int) -> MachineVerdict
}
