// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// The built program, found beside the test bundle.
enum Program {
    static let path: String? = {
        var folders = [
            Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        folders += folders.map { $0.deletingLastPathComponent() }
        return folders.map { $0.appendingPathComponent("helios").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()
}

/// One run of the program, to its end.
struct CommandRun {
    let code: Int32
    let output: String
    let errors: String

    /// Runs `helios` with `arguments` in `folder`; `interruptedAfter` seconds from when it takes one it gets a Ctrl-C.
    init(
        _ arguments: [String],
        in folder: Folder,
        environment: [String: String] = [:],
        input: String? = nil,
        interruptedAfter seconds: Double? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Program.path, "the helios program is not built"))
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        // Files, not pipes: a pipe that nobody empties would stop the program.
        let names = [UUID().uuidString, UUID().uuidString].map { folder.path($0) }
        for name in names { _ = FileManager.default.createFile(atPath: name, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: names[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: names[1]))
        process.standardInput = FileHandle.nullDevice
        if let input {
            try folder.write(input, to: "input.txt")
            process.standardInput = FileHandle(forReadingAtPath: folder.path("input.txt"))
        }
        try process.run()
        if let seconds {
            process.waitsForInterruption()
            Thread.sleep(forTimeInterval: seconds)
            process.interrupt()
        }
        process.waitUntilExit()
        code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        output = try String(contentsOfFile: names[0], encoding: .utf8)
        errors = try String(contentsOfFile: names[1], encoding: .utf8)
        for name in names { try FileManager.default.removeItem(atPath: name) }
    }

    /// Standard output as the one JSON object that it must be.
    func object() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(value as? [String: Any])
    }
}

extension Process {
    /// Waits until the program takes a Ctrl-C, minutes at most: one that comes earlier just ends it, or is lost.
    func waitsForInterruption() {
        #if os(Linux)
        let bit = UInt64(1) << UInt64(SIGINT - 1)
        for _ in 0..<30_000 where isRunning {
            let status = (try? String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let caught = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
            if caught & bit != 0 { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        #endif
    }
}

/// A folder that is removed when the last reference to it goes.
final class Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("helios-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}

/// The folder with real market data, which not every machine has: `HELIOS_SHARED`, or `shared` beside the package.
enum SharedData {
    static let root: String = {
        if let path = ProcessInfo.processInfo.environment["HELIOS_SHARED"] { return path }
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.deletingLastPathComponent().appendingPathComponent("../shared").standardized.path
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: root + "/data/README.md") }

    static func path(_ name: String) -> String { root + "/data/" + name }

    /// Every file below a folder.
    static func files(_ folder: String) -> [String] {
        let paths = FileManager.default.subpaths(atPath: path(folder)) ?? []
        return paths.sorted().map { path(folder + "/" + $0) }.filter { name in
            var isDirectory = ObjCBool(false)
            return FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory) && !isDirectory.boolValue
        }
    }
}
