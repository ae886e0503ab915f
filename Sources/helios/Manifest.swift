// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch

/// What a run was made of and what came out: `manifest.json`, enough to do it again and compare.
struct Manifest: Codable {
    static let currentSchema = "helios-manifest/1"
    static let fileName = "manifest.json"
    static let configurationName = "configuration.yaml"

    struct Build: Codable {
        var version: String
        var system: String
        var isOptimised: Bool

        static var current: Build {
            #if os(Linux)
            let system = "linux"
            #else
            let system = "macos"
            #endif
            #if arch(x86_64)
            let architecture = "x86_64"
            #else
            let architecture = "arm64"
            #endif
            #if DEBUG
            let isOptimised = false
            #else
            let isOptimised = true
            #endif
            return Build(version: Helios.version, system: "\(system)-\(architecture)", isOptimised: isOptimised)
        }
    }

    /// A data file as the run opened it.
    struct Source: Codable {
        /// Absolute.
        var path: String
        var symbol: String?
        var day: String?
        /// The bytes behind it; of a LOBSTER pair two files.
        var files: [Fingerprint]
    }

    /// A model of the simulated venue with its parameters.
    struct Assumption: Codable, Equatable {
        var model: String
        var value: String
    }

    struct Counts: Codable, Equatable {
        var messages: Int
        var malformed: Int
        var inconsistent: Int
        var instruments: Int
        var orders: Int
        var fills: Int
        var cancelled: Int
        var rejectedByVenue: Int
        var rejectedByRisk: Int
    }

    var schema = Manifest.currentSchema
    var build: Build
    var title: String
    var configuration: Fingerprint
    var data: [Source]
    /// What the simulated venue assumed; absent in manifests of older versions.
    var assumptions: [Assumption]?
    var counts: Counts
    /// How many events had been taken in when Ctrl-C stopped the run; absent when it ran to its end.
    var stoppedAfterEvents: Int?
    var outputHash: String
    /// The result files that equal runs make equal.
    var results: [Fingerprint]
}

extension Manifest.Counts: CustomStringConvertible {
    var description: String {
        let parts = [
            ("messages", messages), ("malformed", malformed), ("inconsistent", inconsistent),
            ("instruments", instruments), ("orders", orders), ("fills", fills), ("cancelled", cancelled),
            ("rejected by the venue", rejectedByVenue), ("refused by risk", rejectedByRisk),
        ]
        return parts.filter { $0.1 != 0 }.map { "\(Figures.count($0.1)) \($0.0)" }.joined(separator: ", ")
    }
    init(_ counts: RunCounts) {
        messages = counts.messages
        malformed = counts.malformed
        inconsistent = counts.inconsistent
        instruments = counts.instruments
        orders = counts.orders
        fills = counts.fills
        cancelled = counts.cancelled
        rejectedByVenue = counts.rejectedByVenue
        rejectedByRisk = counts.rejectedByRisk
    }
}

extension Manifest {
    /// The manifest of the run in `directory`.
    ///
    /// - Throws: `Failure` when there is none or it can't be understood.
    static func read(from directory: String) throws -> Manifest {
        let path = directory + "/" + fileName
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.data, "\(path): missing or not readable; a run's directory holds one")
        }
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(Manifest.self, from: data)
        } catch {
            throw Failure(.data, "\(path): damaged: \(reason(error))")
        }
        guard manifest.schema == currentSchema else {
            throw Failure(.data, "\(path): its schema is \(manifest.schema), this version reads \(currentSchema)")
        }
        return manifest
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : " in \(path)"
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "'\(key.stringValue)' is missing\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "a value of another kind\(place(context))"
        case .dataCorrupted, nil: return "not JSON"
        @unknown default: return "not JSON"
        }
    }

    /// Writes it beside the results, whole or not at all.
    func write(to directory: String) throws {
        let text = try JSONText.of(self) + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + Manifest.fileName), options: .atomic)
    }

    /// The data files of `plan` with their fingerprints.
    static func sources(of plan: RunPlan) throws -> [Source] {
        // A file that stands for several days is read once.
        var known: [String: Fingerprint] = [:]
        return try plan.data.map { file in
            let files = try RunPlan.paths(of: file).map { path in
                let print = try known[path] ?? Fingerprint(of: path, named: absolute(path))
                known[path] = print
                return print
            }
            return Source(
                path: absolute(file.path),
                symbol: file.symbol?.description,
                day: file.day?.description,
                files: files
            )
        }
    }

    /// Every data file, each once.
    var dataFiles: [Fingerprint] {
        var seen: Set<String> = []
        return data.flatMap(\.files).filter { seen.insert($0.path).inserted }
    }

    /// The result files in `directory` that equal runs make equal.
    static func results(in directory: String) throws -> [Fingerprint] {
        let names = ResultsTable.allCases.map(\.fileName) + [CostReport.fileName]
        return try names.map { try Fingerprint(of: directory + "/" + $0, named: $0) }
    }

    static func absolute(_ path: String) -> String {
        realPath(path) ?? URL(fileURLWithPath: path).standardized.path
    }
}
