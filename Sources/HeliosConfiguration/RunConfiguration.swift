// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import HeliosVenue

/// A market file to be read.
public struct DataSource: Sendable, Equatable {
    /// ITCH, capture or LOBSTER messages; a path from the current folder, or absolute.
    public var file: String
    /// The order book file of a LOBSTER pair.
    public var orderbook: String?
    /// The instrument, where the file doesn't say it.
    public var symbol: Symbol?
    /// The trading day, where the file's name doesn't tell it.
    public var day: TradingDay?

    public init(file: String, orderbook: String? = nil, symbol: Symbol? = nil, day: TradingDay? = nil) {
        self.file = file
        self.orderbook = orderbook
        self.symbol = symbol
        self.day = day
    }
}

/// A run as configured: complete, checked, every default filled in.
public struct RunConfiguration: Sendable {
    /// Title of the report.
    public var title: String { settings.title }
    /// Market files in the order of the configuration; at least one, unless the configuration is that of a live session or of
    /// several venues, whose market is generated.
    public internal(set) var data: [DataSource] = []
    public internal(set) var settings = BacktestSettings()
    /// The generated market of several venues: the first day of each lit one, in the order of their places; empty without a floor.
    public internal(set) var floorDays: [MarketDayConfiguration] = []
    /// How many days that market has.
    public var floorDayCount: Int { agents.days }
    /// At least one: of a configuration with `orders` alone the one that does nothing (`StrategyConfiguration.desk`).
    public internal(set) var strategies: [StrategyConfiguration] = []
    /// Every strategy's name with its parameters as text, in the order of the documentation.
    public internal(set) var strategyParameters: [(name: String, parameters: [(name: String, value: String)])] = []
    /// How a live session reaches its market.
    public internal(set) var live = LiveConfiguration()
    /// Where results go; a path from the current folder, or absolute.
    public internal(set) var outputDirectory = "out"
    /// Whether an HTML report is written.
    public internal(set) var writesReport = true
    /// A configuration with the same meaning that spells out every key, in a stable order.
    public internal(set) var resolvedText = ""
    /// Files that `resolvedText` still names, so that who repeats the run reads them again.
    ///
    /// Tables of measured latencies and the file of usual volumes; absolute where the configuration's own path was.
    public internal(set) var inputFiles: Set<String> = []
    /// What is allowed and probably not meant, in the order of the file.
    public internal(set) var warnings: [ConfigurationError] = []
    /// The text as it was read.
    public internal(set) var sourceText = ""

    /// The firm's limits, when the configuration names a limits file or holds one.
    public internal(set) var firmLimits: LimitsConfiguration?
    /// The firm's policy for the strategies of this run; nil where the section `risk` holds.
    public var policy: RiskPolicy? { settings.policy }
    /// The limits file that the configuration names.
    var limitsFile: String?

    /// Keys from which the simulation's models are made.
    var simulation = SimulationKeys()
    /// Keys from which a floor's market is made.
    var agents = FloorAgents()
    /// The file of usual volumes that the configuration names.
    var curveFile: String?
    /// The simulated dealers, as configured.
    var dealers = DealerSettings([])
    /// A floor's age from which a silent venue is left out.
    var staleAfter: Nanoseconds = 0

    /// Short for the keys' list.
    var limits: RiskLimits {
        get { settings.limits }
        set { settings.limits = newValue }
    }

    init() { settings.limits.instrument.averageDailyVolume = InstrumentLimits.volumeUnknown }

    /// What a report calls the strategies and their groups.
    public var strategyLabels: [StrategyLabel] {
        zip(strategyParameters, strategies).map { described, strategy in
            StrategyLabel(name: described.name, parameters: described.parameters, groups: strategy.groups)
        }
    }

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - text: YAML.
    ///   - file: What messages call it; its folder is the one from which relative paths count.
    ///   - environment: Variables `HELIOS_…` override the text's values.
    ///   - data: Market files in place of those that the text names; empty for the text's own.
    /// - Returns: The run, complete and checked.
    /// - Throws: `ConfigurationErrors` with everything that is wrong.
    public static func parse(
        text: String,
        file: String,
        environment: [String: String] = [:],
        data: [DataSource] = []
    ) throws(ConfigurationErrors) -> RunConfiguration {
        var reader = ConfigurationReader(file: file, environment: environment)
        reader.otherData = data
        return try reader.read(text)
    }

    /// Reads the configuration at `path`.
    ///
    /// - Throws: `ConfigurationErrors` when it can't be read, and with everything that is wrong.
    public static func load(
        path: String,
        environment: [String: String] = [:],
        data: [DataSource] = []
    ) throws(ConfigurationErrors) -> RunConfiguration {
        try parse(text: try TextFile.read(path), file: path, environment: environment, data: data)
    }
}
