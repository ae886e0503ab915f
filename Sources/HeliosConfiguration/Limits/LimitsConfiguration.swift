// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Yams

/// A limits file as it was read: the firm's policy, complete and checked, and what a risk officer should know about it.
public struct LimitsConfiguration: Sendable {
    /// Something that is not wrong but worth knowing, with its place in the file.
    public struct Notice: Sendable, Equatable {
        public var severity: RiskProblem.Severity
        /// The place and the words.
        public var text: ConfigurationError
    }

    /// The policy with the standard limits filled in; its strategies are those of the file, in its order.
    public internal(set) var policy = RiskPolicy()
    /// P15: the model that value at risk is computed by; nil without one.
    public internal(set) var model: RiskModel?
    var modelDescription: RiskModelDescription?
    var modelDigest: UInt64 = 0
    /// The names that the strategies of a run are known by, with the place of their scope.
    var bindings: [(run: String, scope: Int)] = []
    /// What each scope declared, by its place.
    var envelopes: [Int: StrategyEnvelope] = [:]
    /// What is refused for want of something, and what was probably not meant.
    public internal(set) var notices: [Notice] = []
    /// The places of the policy's limits that the file does not give: the standard ones.
    public internal(set) var standardLimits: Set<Int> = []
    /// A limits file with the same meaning that spells out everything, in a stable order and without other files.
    public internal(set) var resolvedText = ""
    public internal(set) var file = ""

    init() {}

    /// Reads a limits file.
    ///
    /// - Parameters:
    ///   - text: YAML.
    ///   - file: What messages call it; its folder is the one from which relative paths count.
    /// - Returns: The policy, complete and checked.
    /// - Throws: `ConfigurationErrors` with everything that is wrong.
    public static func parse(text: String, file: String) throws(ConfigurationErrors) -> LimitsConfiguration {
        var reader = LimitsReader(file: file)
        let root = reader.read(text)
        return try build(root, &reader)
    }

    /// Reads limits that stand inside another file.
    static func parse(
        _ node: Node,
        in document: YAMLDocument,
        key: String,
        file: String
    ) throws(ConfigurationErrors) -> LimitsConfiguration {
        var reader = LimitsReader(file: file)
        let root = reader.read(node, in: document, LimitsPlace(key, TextPlace(node.mark)))
        return try build(root, &reader)
    }

    private static func build(
        _ root: LimitsGroup,
        _ reader: inout LimitsReader
    ) throws(ConfigurationErrors) -> LimitsConfiguration {
        var builder = LimitsBuilder(file: reader.file, errors: reader.errors)
        let configuration = builder.build(root)
        guard builder.errors.isEmpty else { throw ConfigurationErrors(builder.errors) }
        return configuration
    }

    /// Reads the limits file at `path`.
    ///
    /// - Throws: `ConfigurationErrors` when it can't be read, and with everything that is wrong.
    public static func load(path: String) throws(ConfigurationErrors) -> LimitsConfiguration {
        try parse(text: try TextFile.read(path), file: path)
    }

    /// The policy for a run with these strategies.
    ///
    /// A strategy of the run takes the entry that `runs` (or is called) its name and number, such as `pairs#2`, or else its name
    /// alone.
    ///
    /// - Parameter strategies: The strategies' names in the order of the run.
    /// - Returns: The policy; its `strategies` and `envelopes` are in the order of the run.
    /// - Throws: `ConfigurationErrors` with every strategy that has no entry: it might not trade.
    public func policy(for strategies: [String]) throws(ConfigurationErrors) -> RiskPolicy {
        var bound = policy
        bound.strategies = []
        bound.envelopes = []
        var counts: [String: Int] = [:]
        var errors: [ConfigurationError] = []
        for name in strategies {
            let number = counts[name, default: 0] + 1
            counts[name] = number
            guard let binding = binding("\(name)#\(number)") ?? binding(name) else {
                let nearest = NearestName.of(name, among: bindings.map(\.run))
                errors.append(
                    ConfigurationError(
                        file: file,
                        key: "strategies",
                        message:
                            "has no entry for the run's strategy \(name)#\(number), expected one called \(name) or "
                            + "\(name)#\(number), or one that 'runs' it",
                        suggestion: nearest
                    )
                )
                continue
            }
            bound.strategies.append(binding.scope)
            bound.envelopes.append(envelopes[binding.scope] ?? StrategyEnvelope())
        }
        if bound.reduction != nil {
            // What no strategy has built up is reduced in the firm's own name, under the number behind the strategies'.
            bound.reduction?.strategy = UInt16(clamping: bound.strategies.count)
            bound.strategies.append(0)
            bound.envelopes.append(StrategyEnvelope())
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return bound
    }

    private func binding(_ name: String) -> (run: String, scope: Int)? { bindings.first { $0.run == name } }
}
