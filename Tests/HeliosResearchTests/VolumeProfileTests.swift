// SPDX-License-Identifier: MIT
import Foundation
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosVenue
import Testing

@Suite("Volume curves from recorded days")
struct VolumeProfileTests {
    @Test func `what a day traded is a file of curves, whose sums are the day's`() throws {
        let day = try #require(TradingDay("2026-01-05"))
        var configuration = MarketDayConfiguration(symbols: 3, messages: 6_000, seed: 5, day: day)
        configuration.halts = 0
        let folder = NSTemporaryDirectory() + "volume-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/S010526-v50.itch50"
        var bytes: [UInt8] = []
        _ = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let profile = try VolumeProfile([DataFile(path: path, day: day)], minutes: 60)
        let text = profile.csv()
        let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        func sum(_ name: String) -> Int { rows.filter { $0[0] == name }.reduce(0) { $0 + (Int($1[2]) ?? 0) } }
        let names = profile.symbols.map(\.description)
        #expect(names.count == 3 && sum("*") > 0)
        #expect(names.reduce(0) { $0 + sum($1) } == sum("*"))
        #expect(
            rows.filter { $0[0] == "*" }.map { String($0[1]) } == [
                "09:30", "10:30", "11:30", "12:30", "13:30", "14:30", "15:30",
            ]
        )
        let curves = try VolumeCurves(csv: text)
        #expect(curves.own.count == names.filter { sum($0) > 0 }.count)
        let one = try #require(profile.symbols.first)
        #expect(profile.csv(only: [one]).split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("\(one),") })
    }
}
