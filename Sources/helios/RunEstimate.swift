// SPDX-License-Identifier: MIT
import Foundation
import HeliosResearch

/// Time and memory that a run will take, from running its first seconds.
struct RunEstimate: Encodable {
    /// How much of the run is done to estimate the rest.
    private static let sampleSeconds = 3.0

    /// Share of the input that was run for the estimate, 0 to 1.
    var sampledShare = 0.0
    var sampledEvents = 0
    var sampledSeconds = 0.0
    /// Of the whole run.
    var events = 0
    var seconds = 0.0
    /// Largest resident memory expected; absent where the system doesn't tell.
    var memoryBytes: Int?
    var dataBytes = 0

    init(of plan: RunPlan, isQuiet: Bool) throws {
        let progress = ProgressLine(counting: "events", isQuiet: isQuiet)
        let interruption = Interruption()
        var points: [(share: Double, memory: Int)] = []
        _ = try plan.run { state in
            sampledShare = state.fraction
            sampledEvents = state.events
            sampledSeconds = progress.seconds
            if let memory = RunEstimate.ownMemory() { points.append((state.fraction, memory)) }
            return sampledSeconds < RunEstimate.sampleSeconds && !interruption.isRequested
        }
        progress.finish()
        let share = max(sampledShare, 1e-6)
        events = Int(Double(sampledEvents) / share)
        seconds = sampledSeconds / share
        memoryBytes = RunEstimate.extrapolate(points)
        dataBytes = try plan.data.flatMap(RunPlan.paths).reduce(0) { total, path in
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return total + (size ?? 0)
        }
    }

    func show(asJSON: Bool) throws {
        if asJSON { return try Console.show(json: self) }
        var table = TextTable([.left, .left])
        table.add("time", "about \(Figures.duration(seconds * 1e9))")
        table.add("memory", memoryBytes.map { "about \(Figures.bytes($0))" } ?? "not known on this system")
        table.add("events", "about \(Figures.count(events)) in \(Figures.bytes(dataBytes)) of data")
        table.add(
            "from",
            "\(Figures.perCent(sampledShare)) of the data, run in \(Figures.duration(sampledSeconds * 1e9))"
        )
        Console.show("Estimate\n" + table.text())
    }

    /// Reserved memory is there from the start; what grows, grows in the second half of the sample as later.
    private static func extrapolate(_ points: [(share: Double, memory: Int)]) -> Int? {
        guard let last = points.last else { return nil }
        let middle = points[points.count / 2]
        guard last.share > middle.share, last.memory > middle.memory else { return last.memory }
        let slope = Double(last.memory - middle.memory) / (last.share - middle.share)
        return last.memory + Int(slope * max(0, 1 - last.share))
    }

    /// Resident memory without the pages of mapped files, which the system takes back when it needs them.
    private static func ownMemory() -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") })
        else { return nil }
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
