// SPDX-License-Identifier: MIT

/// The words of a dictionary's text, line by line: what stands between spaces, or in quotes.
struct FixSpecificationWords {
    private let bytes: [UInt8]
    private var position = 0
    /// Where the line ends.
    private var end = 0
    private var lineStart = 0
    private var wordStart = 0
    /// The line, from one on.
    private(set) var line = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Where the last word begins.
    var column: Int { wordStart - lineStart + 1 }

    /// Goes to the next line with a word in it; false at the end.
    mutating func nextLine() throws(FixSpecificationError) -> Bool {
        var next = line == 0 ? 0 : end + 1
        while next < bytes.count {
            line += 1
            lineStart = next
            position = next
            end = next
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            skipSpace()
            if position < end { return true }
            next = end + 1
        }
        return false
    }

    private mutating func skipSpace() {
        while position < end, bytes[position] <= 0x20 { position += 1 }
        // The rest of the line is a remark.
        if position < end, bytes[position] == UInt8(ascii: "#") { position = end }
    }

    /// The line's next word, or nil.
    mutating func next() throws(FixSpecificationError) -> String? {
        skipSpace()
        wordStart = position
        guard position < end else { return nil }
        if bytes[position] == UInt8(ascii: "\"") { return try quoted() }
        while position < end, bytes[position] > 0x20 { position += 1 }
        return String(decoding: bytes[wordStart..<position], as: UTF8.self)
    }

    /// A word in quotes; a quote or a backslash in it stands behind a backslash.
    private mutating func quoted() throws(FixSpecificationError) -> String {
        position += 1
        var text: [UInt8] = []
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), position < end {
                text.append(bytes[position])
                position += 1
            } else {
                text.append(byte)
            }
        }
        throw error(.syntax, "a quote that does not end")
    }

    /// The line's next word, which must be there.
    mutating func need(_ what: String) throws(FixSpecificationError) -> String {
        guard let word = try next() else { throw error(.syntax, "the line ends, expected \(what)") }
        return word
    }

    /// Nothing more may stand in the line.
    mutating func endLine() throws(FixSpecificationError) {
        if let word = try next() { throw error(.syntax, "found '\(word)', expected the end of the line") }
    }

    func error(_ code: FixSpecificationError.Code, _ what: String, nearest: String? = nil) -> FixSpecificationError {
        FixSpecificationError(code, what, line: line, column: column, nearest: nearest)
    }
}
