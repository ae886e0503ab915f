// SPDX-License-Identifier: MIT
import Foundation

/// What a record costs at each level of durability, beside what the operating system asks for the same bytes.
///
/// Rounds alternate between all ways, so that what disturbs the machine disturbs all of them; a ratio is the median of the
/// rounds' ratios.
@main
enum JournalBenchmark {
    static func main() throws {
        var options = Options()
        guard options.read(CommandLine.arguments.dropFirst()) else {
            print("usage: JournalBenchmark [--directory DIR] [--records N] [--commits N] [--rounds N]")
            exit(2)
        }
        let folder = "\(options.directory)/helios-journal-benchmark-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        print("\(options.rounds) rounds, median (lowest to highest); files in \(options.directory)")
        try CacheLevel.run(options, folder)
        try SyncLevel.run(options, folder)
        try MirrorLevel.run(options, folder)
    }
}

/// The command line.
struct Options {
    var directory = FileManager.default.temporaryDirectory.path
    /// Records of a throughput run.
    var records = 1_000_000
    /// Commits of a latency run.
    var commits = 300
    var rounds = 5

    /// False when it isn't understood.
    mutating func read(_ arguments: ArraySlice<String>) -> Bool {
        var rest = arguments
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { return false }
            if name == "--directory" {
                directory = value
                continue
            }
            guard let number = Int(value), number > 0 else { return false }
            switch name {
            case "--records": records = number
            case "--commits": commits = number
            case "--rounds": rounds = number
            default: return false
            }
        }
        return true
    }
}
