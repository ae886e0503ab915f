// SPDX-License-Identifier: MIT

extension RunConfiguration {
    /// This configuration with some values changed.
    ///
    /// - Parameter changes: keys as `helios config explain` lists them (`risk.positionMax`), and for strategies either
    ///   `strategies[0].enterZ` or, for all of one name, `pairs.enterZ`; with values as a file would give them.
    /// - Returns: the configuration, complete and checked.
    /// - Throws: `ConfigurationErrors` with every key that is unknown and every value that is wrong.
    public func changing(_ changes: [(key: String, value: String)]) throws(ConfigurationErrors) -> RunConfiguration {
        var errors: [ConfigurationError] = []
        var overrides: [String: String] = [:]
        var keys: [String: String] = [:]
        for change in changes {
            let paths = paths(of: change.key)
            if paths.isEmpty { errors.append(unknown(change.key)) }
            for path in paths {
                let variable = ConfigurationKey.variable(path)
                overrides[variable] = change.value
                keys[variable] = change.key
            }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        do {
            return try RunConfiguration.parse(text: resolvedText, file: "", environment: overrides)
        } catch {
            throw ConfigurationErrors(
                error.errors.map { error in
                    guard let variable = error.variable, let key = keys[variable] else { return error }
                    return ConfigurationError(file: "--set", key: key, message: error.message)
                }
            )
        }
    }

    /// The key that a sweep's name means: as `changing` takes it, or a strategy's parameter alone, such as `enterZ`.
    ///
    /// - Returns: the key as `changing` takes it and what it is, or the nearest key that there is.
    func varied(_ name: String) -> (key: String, described: ConfigurationKey)? {
        if let setting = ConfigurationSchema.settings.first(where: { $0.path == name }) { return (name, setting) }
        let places = strategyPaths
        for full in [name] + Set(places.map(\.short)).sorted().filter({ $0.hasSuffix(".\(name)") }) {
            let known = places.first { $0.path == full || $0.short == full || "strategies.\($0.short)" == full }
            guard let place = known else { continue }
            let described = ConfigurationSchema.strategyKeys.first { $0.path == "strategies.\(place.short)" }
            return described.map { (full, $0) }
        }
        guard floorPaths.contains(name), let last = name.split(separator: ".").last else { return nil }
        let keys = ConfigurationSchema.floorVenueKeys + ConfigurationSchema.liveVenueKeys
        return keys.first { $0.name == last }.map { (name, $0) }
    }

    /// Parameters of strategies of several names that a name alone could mean; empty when it means one, or none.
    func ambiguous(_ name: String) -> [String] {
        guard !ConfigurationSchema.settings.contains(where: { $0.path == name }) else { return [] }
        let names = Set(strategyPaths.map(\.short).filter { $0.hasSuffix(".\(name)") })
        return names.count > 1 ? names.sorted() : []
    }

    /// The names that `varied` knows, parameters of strategies also alone.
    var variedNames: [String] {
        let places = strategyPaths
        return ConfigurationSchema.settings.map(\.path) + floorPaths + places.flatMap { [$0.short, $0.path] }
            + places.compactMap { $0.short.split(separator: ".").last.map(String.init) }
    }

    /// The places in this configuration that `key` means; empty when there is none.
    func paths(of key: String) -> [String] {
        if ConfigurationSchema.settings.contains(where: { $0.path == key }) { return [key] }
        if floorPaths.contains(key) { return [key] }
        return strategyPaths.filter { $0.path == key || $0.short == key || "strategies.\($0.short)" == key }.map(\.path)
    }

    /// Every key of every venue: `simulation.venues[0].maker`, of a live session `live.venues[0].maker`.
    private var floorPaths: [String] {
        let isLive = !live.venues.isEmpty
        let keys = isLive ? ConfigurationSchema.liveVenueKeys : ConfigurationSchema.floorVenueKeys
        let name = isLive ? ConfigurationSchema.liveVenuesName : ConfigurationSchema.floorName
        return (settings.floor?.venues ?? []).indices.flatMap { place in
            keys.map { "\(name)[\(place)].\($0.name)" }
        }
    }

    /// Every parameter of every strategy: `strategies[0].enterZ` and `pairs.enterZ`.
    private var strategyPaths: [(path: String, short: String)] {
        var paths: [(path: String, short: String)] = []
        for (index, strategy) in strategyParameters.enumerated() {
            // Lists are no values that one line can give.
            for key in ConfigurationSchema.strategyKeys
            where key.path.hasPrefix("strategies.\(strategy.name).") && !ConfigurationSchema.isList(key)
                && key.kind != .path
            {
                paths.append(("strategies[\(index)].\(key.name)", "\(strategy.name).\(key.name)"))
            }
        }
        return paths
    }

    private func unknown(_ key: String) -> ConfigurationError {
        let known =
            ConfigurationSchema.settings.map(\.path) + floorPaths + strategyPaths.flatMap { [$0.short, $0.path] }
        let nearest = NearestName.of(key, among: known)
        return ConfigurationError(file: "--set", key: key, message: "unknown key", suggestion: nearest)
    }
}
