// SPDX-License-Identifier: MIT

/// The few forms in which the kernel writes values.
enum MachineText {
    /// More processors than any machine has: a list that names higher ones is malformed.
    static let processorLimit = 65_536

    /// A whole number alone in a file.
    static func integer(_ text: String?) -> Int? { text.flatMap { Int(trimmed($0)) } }

    /// `0-3,8,10-11`, also with a stride as in `0-15:1/2`, sorted; empty for an empty text, nil for another form.
    static func processors(_ text: String) -> [Int]? {
        let list = trimmed(text)
        if list.isEmpty || list == "(null)" { return [] }
        var found: Set<Int> = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let numbers = range(part) else { return nil }
            found.formUnion(numbers)
        }
        return found.sorted()
    }

    private static func range(_ part: Substring) -> [Int]? {
        let halves = part.split(separator: ":", omittingEmptySubsequences: false)
        let bounds = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard halves.count <= 2, bounds.count <= 2, let first = bounds[0], let last = bounds[bounds.count - 1],
            first >= 0, first <= last, last < processorLimit
        else { return nil }
        guard halves.count == 2 else { return Array(first...last) }
        // "of every `group`, the first `used`"
        let stride = halves[1].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard stride.count == 2, let used = stride[0], let group = stride[1], used > 0, group >= used else {
            return nil
        }
        return (first...last).filter { ($0 - first) % group < used }
    }

    /// The word in brackets of `always [madvise] never`.
    static func chosen(_ text: String?) -> String? {
        guard let text, let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else {
            return nil
        }
        return String(text[text.index(after: open)..<close])
    }

    /// The value of `NAME=value` among the kernel's boot parameters; empty for a bare `NAME`, nil when it is not there.
    static func parameter(_ name: String, in commandLine: String) -> String? {
        var value: String?
        for word in commandLine.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // The kernel takes the last one.
            if parts[0] == name { value = parts.count == 2 ? String(parts[1]) : "" }
        }
        return value
    }

    /// The number behind `label` in lines like `HugePages_Total:      512`.
    static func field(_ label: String, in text: String?) -> Int? {
        guard let text else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(label + ":") {
            return line.dropFirst(label.count + 1).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }

    /// `6.18` of `6.18.44-fc`.
    static func version(_ text: String) -> (major: Int, minor: Int)? {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return nil
        }
        return (major, minor)
    }

    /// `2-7` of `[2, 3, 4, 5, 6, 7]`.
    static func list(_ processors: [Int]) -> String {
        var parts: [String] = []
        var index = 0
        while index < processors.count {
            var end = index
            while end + 1 < processors.count, processors[end + 1] == processors[end] + 1 { end += 1 }
            parts.append(index == end ? "\(processors[index])" : "\(processors[index])-\(processors[end])")
            index = end + 1
        }
        return parts.joined(separator: ",")
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        var part = Substring(text)
        while part.first?.isWhitespace == true { part.removeFirst() }
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part)
    }

    /// `16 MiB` of 16,777,216, `208 KiB` of 212,992.
    static func size(_ bytes: Int) -> String {
        if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
        return bytes >= 1 << 10 ? "\(bytes >> 10) KiB" : "\(bytes) B"
    }

    /// The kernel's text in a finding: one line, not longer than a line.
    static func shown(_ text: String) -> String {
        let line = trimmed(text).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 60 ? String(line.prefix(57)) + "..." : line
    }
}
