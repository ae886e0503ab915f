// SPDX-License-Identifier: MIT

/// Finds what somebody meant who mistyped a name.
public enum NearestName {
    /// The candidate with the fewest edits from `name`, the first of equals; nil when none is near enough to be meant.
    ///
    /// Near enough is up to a third of the longer name's length, and at least two edits.
    public static func of(_ name: String, among candidates: [String]) -> String? {
        let letters = Array(name.lowercased().unicodeScalars.prefix(64))
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(64))
            let edits = distance(letters, other)
            let allowed = max(2, max(letters.count, other.count) / 3)
            guard edits <= allowed, edits < min(letters.count, other.count) else { continue }
            if best.map({ edits < $0.edits }) ?? true { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
    static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var edits = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    edits = min(edits, beforeLast[j - 2] + 1)
                }
                row.append(edits)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
