// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosRisk
import Testing

@Suite("Limits files: value at risk and short sales")
struct LimitsModelTests {
    /// Forty days of two instruments that move against each other, by hand.
    private static let returns: String = {
        var text = "date,KO,PEP\n"
        for day in 0..<40 {
            let move = day % 2 == 0 ? 0.01 : -0.01
            let number =
                day < 28 ? "2026-01-\(day < 9 ? "0" : "")\(day + 1)" : "2026-02-\(day < 37 ? "0" : "")\(day - 27)"
            text += "\(number),\(move),\(-move / 2)\n"
        }
        return text
    }()

    private func file(_ body: (String, URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("limits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let csv = folder.appendingPathComponent("returns.csv")
        try Data(LimitsModelTests.returns.utf8).write(to: csv)
        try body(folder.appendingPathComponent("limits.yaml").path, csv)
    }

    private let text = LimitsSamples.small.replacing("dayLoss: 250_000", with: "dayLoss: 250_000, valueAtRisk: 30_000")

    @Test func `a limit of value at risk without a model refuses, and that is told`() throws {
        let notices = try LimitsSamples.read(text).notices
        #expect(
            notices.map(\.text.description) == [
                "limits.yaml:2:127: firm.limits.valueAtRisk: every order that it binds is refused: there is no varModel"
            ]
        )
    }

    @Test func `the model is read from its file, and the resolved text keeps the file's digest`() throws {
        try file { path, csv in
            let more =
                text
                + "shortSales: none\nvarModel: { file: returns.csv, covariance: sample, confidence: 95%, horizon: 4 }\n"
            let limits = try LimitsConfiguration.parse(text: more, file: path)
            #expect(limits.notices == [])
            #expect(limits.policy.shortSales == .none)
            let model = try #require(limits.model)
            #expect(model.names == ["KO", "PEP"] && model.confidence == 0.95 && model.horizon == 4)
            // Half in one, twice that in the other: it can't lose. All in one: 1.6449 × 2 days' root × about one per cent.
            var live = LiveRisk(model)
            live.setWeight(0, 1_000_000)
            #expect(
                abs(
                    live.currentValueAtRisk() - 1_000_000 * 1.644_853_626_951_472_2 * 2 * 0.01
                        * (40.0 / 39).squareRoot()
                ) < 1e-6
            )
            let again = try LimitsConfiguration.parse(text: limits.resolvedText, file: "")
            #expect(again.policy == limits.policy && again.model == model)
            try Data(LimitsModelTests.returns.dropLast(30).utf8).write(to: csv)
            #expect(throws: ConfigurationErrors.self) {
                try LimitsConfiguration.parse(text: limits.resolvedText, file: "")
            }
        }
    }

    @Test func `what is wrong with the file has its place`() throws {
        try file { path, csv in
            let more = text + "varModel: { file: returns.csv }\n"
            try Data("date,KO\n2026-01-01,much\n".utf8).write(to: csv)
            do throws(ConfigurationErrors) {
                _ = try LimitsConfiguration.parse(text: more, file: path)
                Issue.record("accepted")
            } catch {
                #expect(error.errors.map(\.line) == [2] && error.errors.first?.file == csv.path)
            }
        }
        let errors = LimitsSamples.errors(text + "varModel: { file: nowhere.csv }\n")
        #expect(errors == ["limits.yaml:9:19: varModel.file: nowhere.csv: can't be read: there is no such file"])
    }

    @Test func `instruments that the model does not know are told`() throws {
        try file { path, _ in
            let more =
                text.replacing("  KO: {", with: "  MSFT: { averageDailyVolume: 1 }\n  KO: {")
                + "varModel: { file: returns.csv }\n"
            let notices = try LimitsConfiguration.parse(text: more, file: path).notices
            #expect(notices.count == 1)
            #expect(
                notices.first?.text.message
                    == "every order that raises risk is refused in MSFT: the varModel does not know them"
            )
        }
    }
}
