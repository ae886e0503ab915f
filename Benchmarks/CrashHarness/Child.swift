// SPDX-License-Identifier: MIT
import Foundation

/// A process of ours under test, its output in files.
final class Child {
    struct Notice: Decodable {
        var event: String
        var text: String
        var monotonicNanoseconds: Int64
    }

    let process = Process()
    let name: String
    private let outputPath: String
    private let errorPath: String

    /// Starts `helios` with `arguments` in `folder`.
    init(_ name: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        self.name = name
        let stem = folder.appendingPathComponent(name).path
        outputPath = stem + ".out"
        errorPath = stem + ".err"
        for path in [outputPath, errorPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = Child.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
        try process.run()
    }

    /// The program stands beside this one.
    static let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("helios")

    /// Runs it to its end; its exit code.
    static func run(_ arguments: [String], in folder: URL) throws {
        let child = try Child("tool", arguments, in: folder)
        let code = child.wait()
        guard code == 0 else {
            throw HarnessError("helios \(arguments.joined(separator: " ")): \(code)\n\(child.errors)")
        }
    }

    var isRunning: Bool { process.isRunning }
    var errors: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    /// What it has told so far.
    var notices: [Notice] { lines.compactMap { try? JSONDecoder().decode(Notice.self, from: Data($0.utf8)) } }
    var lines: [Substring] {
        ((try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Its exit code, or minus the signal that ended it.
    @discardableResult
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Its exit code, or nil when it has not ended within `seconds`.
    func wait(seconds: Double) -> Int32? {
        let deadline = monotonic() + Int64(seconds * 1e9)
        while process.isRunning {
            guard monotonic() < deadline else { return nil }
            usleep(1_000)
        }
        return wait()
    }

    /// Waits until it tells `event`.
    func waitFor(_ event: String, seconds: Double = 20) throws -> Notice {
        let deadline = monotonic() + Int64(seconds * 1e9)
        while monotonic() < deadline {
            if let notice = notices.first(where: { $0.event == event }) { return notice }
            guard process.isRunning else { break }
            usleep(1_000)
        }
        if let notice = notices.first(where: { $0.event == event }) { return notice }
        throw HarnessError("\(name): no '\(event)'\n\(lines.joined(separator: "\n"))\n\(errors)")
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
}

/// Nanoseconds of the clock that all processes of a machine share and that never goes backward.
func monotonic() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Something that must hold does not.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Seeded chance: the harness repeats its choices, the machine does not repeat its timing.
struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// From 0 up to and without 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
    mutating func number(_ range: Range<Double>) -> Double {
        range.lowerBound + unit() * (range.upperBound - range.lowerBound)
    }
}
