// SPDX-License-Identifier: MIT
import Foundation

/// Breaks real processes with real signals, and compares what is left with the venue.
@main
enum CrashHarness {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        let mode = arguments.next() ?? ""
        let count = arguments.next().flatMap { Int($0) } ?? 50
        let seed = arguments.next().flatMap { UInt64($0) } ?? 1
        do {
            switch mode {
            case "kills":
                var kills = Kills(count: count, seed: seed)
                try kills.run()
            case "failovers": try Failovers(count: count, seed: seed).run()
            case "fences": try Fences(count: count, seed: seed).run()
            default:
                FileHandle.standardError.write(Data("usage: CrashHarness kills|failovers|fences [COUNT] [SEED]\n".utf8))
                exit(2)
            }
        } catch {
            FileHandle.standardError.write(Data("crash harness: \(error)\nagain: \(mode) \(count) \(seed)\n".utf8))
            exit(1)
        }
    }
}
