// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

/// The simulated exchanges of one process as configured: complete, checked, every default filled in.
public struct VenueConfiguration: Sendable {
    /// At least one, with different names.
    public internal(set) var venues: [VenueDescription] = []

    init() {}

    /// Whether `text` means to be a venues' configuration: it has the key `venues`.
    public static func isMeant(_ text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("venues:") || $0.hasPrefix("\"venues\":") }
    }

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - text: YAML.
    ///   - file: What messages call it; its folder is the one from which relative paths count.
    ///   - environment: Variables `HELIOS_VENUES_…` override the text's values; passwords may come from others.
    /// - Throws: `ConfigurationErrors` with everything that is wrong.
    public static func parse(
        text: String,
        file: String,
        environment: [String: String] = [:]
    ) throws(ConfigurationErrors) -> VenueConfiguration {
        var reader = VenueReader(file: file, environment: environment)
        reader.read(text)
        var builder = VenueBuilder(reader: reader, environment: environment)
        let configuration = builder.build()
        guard builder.reader.errors.isEmpty else { throw ConfigurationErrors(builder.reader.errors) }
        return configuration
    }

    /// Reads the configuration at `path`; nil when it is none of venues.
    ///
    /// - Throws: `ConfigurationErrors` when it can't be read, and with everything that is wrong.
    public static func load(
        path: String,
        environment: [String: String] = [:]
    ) throws(ConfigurationErrors) -> VenueConfiguration? {
        let text = try TextFile.read(path)
        return isMeant(text) ? try parse(text: text, file: path, environment: environment) : nil
    }
}
