// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosSchema

/// A dictionary that a user has: our text form, or XML.
enum FixDictionaryFile {
    /// Reads `path`.
    ///
    /// - Parameter path: a file; its first character tells the form.
    /// - Returns: the dictionary.
    /// - Throws: `Failure`, which names file, line and column.
    static func read(_ path: String) throws -> FixDictionary {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.data, "\(path): there is no such file, or it can't be read")
        }
        do {
            if data.first(where: { !" \t\r\n\u{FEFF}".utf8.contains($0) }) == UInt8(ascii: "<") {
                return try FixDictionary(xml: data)
            }
            return try FixDictionary(text: String(decoding: data, as: UTF8.self))
        } catch { throw Failure(.data, "\(path):\(error)") }
    }
}
