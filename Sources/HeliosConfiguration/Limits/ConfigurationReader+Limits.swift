// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Yams

extension ConfigurationReader {
    /// A firm's limits: the file that `risk.limits` names, or those that stand in the configuration itself.
    ///
    /// The resolved text holds them whole, so that a run can be repeated without the file.
    mutating func readLimits(_ node: Node?, _ document: YAMLDocument) {
        guard hasLimits else { return }
        let isOverridden = environment[ConfigurationKey.variable("risk.limits")] != nil
        for key in ConfigurationSchema.settings where key.path.hasPrefix("risk.") && key.path != "risk.limits" {
            // Whoever names limits from outside means to replace what the file says.
            let isMeant = isOverridden ? environment[ConfigurationKey.variable(key.path)] != nil : isGiven(key.path)
            if isMeant { refuse(key.path, "stands beside the firm's limits, which take its place; remove it") }
        }
        if node != nil, given["risk.limits"] != nil {
            refuse("risk.limits", "stands beside 'limits', expected one of the two")
        }
        do throws(ConfigurationErrors) {
            let limits: LimitsConfiguration
            if let node, !isOverridden {
                limits = try LimitsConfiguration.parse(node, in: document, key: "limits", file: file)
            } else if let path = configuration.limitsFile {
                limits = try LimitsConfiguration.load(path: path)
            } else {
                return
            }
            configuration.firmLimits = limits
            resolved.line("limits:")
            for line in limits.resolvedText.split(separator: "\n") { resolved.line("  " + line) }
            guard errors.isEmpty else { return }
            configuration.settings.policy = try limits.policy(for: configuration.strategyParameters.map(\.name))
            configuration.settings.riskModel = limits.model
            for symbol in configuration.strategies.flatMap(\.symbols) {
                _ = configuration.settings.directory.register(symbol)
            }
        } catch {
            let isWhole = error.errors.allSatisfy { $0.line == 0 && $0.key.isEmpty }
            if isWhole { refuse("risk.limits", error.description) } else { errors += error.errors }
        }
    }
}
