// SPDX-License-Identifier: MIT

import Foundation

/// The folder with real market data, which not every machine has: `HELIOS_SHARED`, or `shared` beside the package.
enum SharedData {
    static let root: String = {
        if let path = ProcessInfo.processInfo.environment["HELIOS_SHARED"] { return path }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("../shared").standardized.path
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: root + "/data/README.md") }

    static func path(_ name: String) -> String { root + "/data/" + name }

    static func files(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
        return names.sorted().map { path(folder + "/" + $0) }
    }

    /// A file of `bytes` that is removed after `body`.
    @discardableResult
    static func withFile<Result>(
        _ bytes: [UInt8],
        name: String = "sample",
        _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(name)
        try Data(bytes).write(to: file)
        return try body(file.path)
    }
}
