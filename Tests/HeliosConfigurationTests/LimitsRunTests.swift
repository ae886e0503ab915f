// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosRisk
import Testing

@Suite("A run's configuration with a firm's limits")
struct LimitsRunTests {
    private let strategies =
        "strategies:\n  - { name: pairs, pairs: [KO~PEP] }\n  - { name: pairs, pairs: [CVX~XOM] }\n"

    private func parse(_ text: String, file: String = "run.yaml") throws -> RunConfiguration {
        try RunConfiguration.parse(text: "data: [day.itch]\n" + strategies + text, file: file)
    }

    private func errors(_ text: String, _ environment: [String: String] = [:]) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try RunConfiguration.parse(
                text: "data: [day.itch]\n" + strategies + text,
                file: "run.yaml",
                environment: environment
            )
            return []
        } catch { return error.errors.map(\.description) }
    }

    private func inline(_ text: String) -> String {
        "limits:\n" + text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    @Test
    func `limits from a file and limits inside are the same, and the resolved text repeats them without the file`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("limits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(LimitsSamples.full.utf8).write(to: folder.appendingPathComponent("firm.yaml"))
        let named = try parse("risk: { limits: firm.yaml }\n", file: folder.appendingPathComponent("run.yaml").path)
        let policy = try #require(named.policy)
        #expect(policy.strategies == [5, 4] && policy.envelopes.map(\.orders) == [nil, 20_000])
        #expect(try parse(inline(LimitsSamples.full)).policy == policy)
        let again = try RunConfiguration.parse(text: named.resolvedText, file: "")
        #expect(again.policy == policy)
        #expect(again.resolvedText == named.resolvedText)
        #expect(!named.resolvedText.contains("firm.yaml"))
        let changed = try named.changing([("pairs.enterZ", "3")])
        #expect(changed.policy == policy)
        // A variable names other limits, and what the file says of risk is replaced.
        let plain = try parse("risk: { positionMax: 5 }\n")
        let path = folder.appendingPathComponent("firm.yaml").path
        #expect(try plain.changing([("risk.limits", path)]).policy == policy)
    }

    @Test func `without limits the section risk holds`() throws {
        #expect(try parse("risk: { positionMax: 5 }\n").policy == nil)
    }

    @Test func `keys that the limits replace are refused beside them`() {
        let text = inline(LimitsSamples.small)
        let message = "risk.positionMax: stands beside the firm's limits, which take its place; remove it"
        #expect(errors("risk: { positionMax: 5 }\n" + text) == ["run.yaml:5:22: " + message])
        #expect(
            errors(text, ["HELIOS_RISK_POSITION_MAX": "5"])
                == ["environment variable HELIOS_RISK_POSITION_MAX: " + message]
        )
        #expect(
            errors("risk: { limits: x.yaml }\n" + text)
                == ["run.yaml:5:17: risk.limits: stands beside 'limits', expected one of the two"]
        )
    }

    @Test func `what is wrong has its place, in the limits' file or inside`() throws {
        #expect(
            errors("risk: { limits: nowhere.yaml }\n") == [
                "run.yaml:5:17: risk.limits: nowhere.yaml: can't be read: there is no such file"
            ]
        )
        let text = inline(LimitsSamples.small.replacing("60_000_000", with: "much"))
        #expect(errors(text).first?.hasPrefix("run.yaml:7:") == true)
        let renamed = inline(LimitsSamples.small.replacing("  pairs:", with: "  pears:"))
        #expect(
            errors(renamed)
                == [1, 2].map { number in
                    "run.yaml: strategies: has no entry for the run's strategy pairs#\(number), expected one called pairs or "
                        + "pairs#\(number), or one that 'runs' it; did you mean 'pears'?"
                }
        )
    }
}
