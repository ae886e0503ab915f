// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration

/// A folder with a run configuration, removed with the last reference to it.
final class SweepFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("helios-sweep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try write(
            """
            data: [01052026.itch50]
            strategies:
              - name: pairs
                pairs: [[KO, PEP]]

            """,
            to: "run.yaml"
        )
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func sweep(_ text: String) throws -> SweepConfiguration {
        try write(text, to: "sweep.yaml")
        return try SweepConfiguration.load(path: path("sweep.yaml")).sweep
    }
}
