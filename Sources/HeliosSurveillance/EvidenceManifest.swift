// SPDX-License-Identifier: MIT
import Foundation

/// What evidence consists of, and the one digest that stands for all of it.
public struct EvidenceManifest: Codable, Sendable, Equatable {
    public static let fileName = "manifest.json"
    public static let currentFormat = "helios-evidence-1"

    public var format = EvidenceManifest.currentFormat
    public var title = ""
    /// The journal's output hash, which a replay proves.
    public var outputHash = ""
    public var records = 0
    public var start = ""
    public var end = ""
    /// Of the recorded configuration.
    public var configurationSHA256 = ""
    public var limitsVersion = ""
    public var files: [EvidenceFile.Summary] = []
    /// SHA-256 over everything above: who has noted it elsewhere finds every later change.
    public var root = ""

    public init() {}

    /// The digest over everything but itself.
    public var expectedRoot: String {
        var text = [format, title, outputHash, "\(records)", start, end, configurationSHA256, limitsVersion]
        for file in files { text += [file.name, "\(file.rows)", "\(file.bytes)", file.sha256, file.chain] }
        return Digest.of(text.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n").utf8)
    }

    /// Writes it into `directory`.
    ///
    /// - Throws: `EvidenceError`.
    public mutating func write(to directory: String) throws(EvidenceError) {
        root = expectedRoot
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(self).write(
                to: URL(fileURLWithPath: directory + "/" + EvidenceManifest.fileName),
                options: .atomic
            )
        } catch {
            throw EvidenceError("can't write the manifest: \(error.localizedDescription)")
        }
    }

    /// Reads the manifest of `directory`.
    ///
    /// - Throws: `EvidenceError`.
    public init(reading directory: String) throws(EvidenceError) {
        let path = directory + "/" + EvidenceManifest.fileName
        guard let data = FileManager.default.contents(atPath: path) else { throw EvidenceError("can't read \(path)") }
        do {
            self = try JSONDecoder().decode(EvidenceManifest.self, from: data)
        } catch {
            throw EvidenceError("\(path) is no manifest: \(error)")
        }
        guard format == EvidenceManifest.currentFormat else {
            throw EvidenceError("\(path) has the format '\(format)', expected '\(EvidenceManifest.currentFormat)'")
        }
    }
}

/// What a check of evidence has found.
public struct EvidenceVerdict: Sendable {
    public var files = 0
    public var rows = 0
    /// What is wrong, with file and row; empty when all is as it was written.
    public var faults: [String] = []
    public var root = ""

    public var isWhole: Bool { faults.isEmpty }

    /// Checks every row's chain, every file's digest, and the manifest's own; and that nothing else lies there.
    ///
    /// - Throws: `EvidenceError` when there is no manifest to check by.
    public init(_ directory: String) throws(EvidenceError) {
        let manifest = try EvidenceManifest(reading: directory)
        root = manifest.root
        if manifest.root != manifest.expectedRoot {
            faults.append("\(EvidenceManifest.fileName): its digest does not fit what it says")
        }
        for file in manifest.files {
            files += 1
            check(file, directory)
        }
        let listed = Set(manifest.files.map(\.name) + [EvidenceManifest.fileName])
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw EvidenceError("can't read \(directory)")
        }
        for name in names.sorted() where !listed.contains(name) {
            faults.append("\(name): the manifest does not list it")
        }
    }

    private mutating func check(_ file: EvidenceFile.Summary, _ directory: String) {
        guard !file.name.contains("/"), let data = FileManager.default.contents(atPath: directory + "/" + file.name)
        else {
            return faults.append("\(file.name): can't be read")
        }
        let bytes = [UInt8](data)
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if let last = lines.last, last.isEmpty { lines.removeLast() }
        if file.name.hasSuffix(".csv"), let header = lines.first {
            var chain = Digest.of(header)
            for (index, line) in lines.dropFirst().enumerated() {
                let previous = line.lastIndex(of: 0x2C).map { line[($0 + 1)...] } ?? line[...]
                guard String(decoding: previous, as: UTF8.self) == chain else {
                    let before = index == 0 ? "the header" : "row \(index)"
                    faults.append(
                        "\(file.name), row \(index + 1): does not follow \(before), which was changed, or is another"
                    )
                    break
                }
                chain = Digest.of(line)
                rows += 1
            }
            if faults.isEmpty, chain != file.chain {
                faults.append("\(file.name), row \(lines.count - 1): the last row is not the one that was written")
            }
            if lines.count - 1 != file.rows {
                faults.append("\(file.name): has \(lines.count - 1) rows, the manifest says \(file.rows)")
            }
        }
        if Digest.of(bytes) != file.sha256 { faults.append("\(file.name): its bytes are not those that were written") }
    }
}
