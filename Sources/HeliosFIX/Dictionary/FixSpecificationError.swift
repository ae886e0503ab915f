// SPDX-License-Identifier: MIT

/// What is wrong with a dictionary, and where.
public struct FixSpecificationError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Code: Equatable, Sendable {
        /// The text is not of the form that is described.
        case syntax
        /// A field, component or message is there twice.
        case duplicate
        /// A field or component is used that is not there.
        case unknown
        /// A number, a type or a name that can't be.
        case value
        /// More of something than there is room for, or components that contain themselves.
        case bound
    }

    public var code: Code
    /// The line, from one on; zero when it is about no place in a text.
    public var line: Int
    /// The column in bytes, from one on; zero with no place.
    public var column: Int
    /// What was found and what was expected.
    public var what: String
    /// The name that may have been meant.
    public var nearest: String?

    public init(_ code: Code, _ what: String, line: Int = 0, column: Int = 0, nearest: String? = nil) {
        self.code = code
        self.what = what
        self.line = line
        self.column = column
        self.nearest = nearest
    }
}

extension FixSpecificationError: CustomStringConvertible {
    public var description: String {
        let place = line > 0 ? "\(line):\(column): " : ""
        let hint = nearest.map { "; did you mean \($0)?" } ?? ""
        return place + what + hint
    }
}

/// The name nearest to a mistyped one.
package enum FixNearest {
    /// Names longer than this are not compared.
    private static let longest = 64

    /// The one of `names` with the fewest changes, when they are few enough to be a slip.
    package static func name(to wanted: String, among names: some Sequence<String>) -> String? {
        let wanted = Array(wanted.utf8)
        guard wanted.count <= longest else { return nil }
        var best: (name: String, distance: Int)?
        let allowed = max(1, (wanted.count + 1) / 3)
        for name in names where abs(name.utf8.count - wanted.count) <= allowed {
            let distance = changes(wanted, Array(name.utf8))
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (name, distance)
        }
        return best?.name
    }

    /// Letters to insert, remove or replace, without regard to case.
    private static func changes(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = x | 0x20 == y | 0x20 ? diagonal : diagonal + 1
                diagonal = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
