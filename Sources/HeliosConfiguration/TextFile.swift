// SPDX-License-Identifier: MIT
import Foundation

/// Reads whole text files of modest size.
enum TextFile {
    /// Files beyond are no configuration.
    static let largest = 16 << 20

    /// The text of the file at `path`.
    ///
    /// - Throws: `ConfigurationErrors` when it can't be opened, is too large, or isn't UTF-8.
    static func read(_ path: String) throws(ConfigurationErrors) -> String {
        func refusal(_ message: String, line: Int = 0, column: Int = 0) -> ConfigurationErrors {
            ConfigurationErrors([ConfigurationError(file: path, line: line, column: column, message: message)])
        }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            data = try handle.read(upToCount: largest + 1) ?? Data()
            try handle.close()
        } catch {
            throw refusal("can't be read: \(reason(error))")
        }
        guard data.count <= largest else { throw refusal("is larger than \(largest >> 20) MiB") }
        if let text = String(validating: data, as: UTF8.self) { return text }
        // The replacement of the first bad byte shows where it stands.
        let before = String(decoding: data, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        throw refusal("isn't UTF-8 text", line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }

    private static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        let cause = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
        switch (cause?.code ?? 0, cocoa.code) {
        case (2, _), (_, NSFileReadNoSuchFileError), (_, NSFileNoSuchFileError): return "there is no such file"
        case (13, _), (_, NSFileReadNoPermissionError): return "permission denied"
        case (21, _): return "it is a folder"
        default: return cocoa.localizedDescription
        }
    }

    /// `path` as seen from the folder of `file`.
    static func resolve(_ path: String, from file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
