// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

/// Modules between a packet and an order: every unsafe expression is marked, and an unmarked one is an error.
let hot: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
]

/// In CI a warning is an error.
let strict: [SwiftSetting] = Context.environment["CI"] != nil ? [.treatAllWarnings(as: .error)] : []

let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

extension Target.Dependency {
    /// A product that is there with the trait Network only.
    static func network(_ product: String, _ package: String) -> Target.Dependency {
        .product(name: product, package: package, condition: .when(traits: ["Network"]))
    }

    /// SQLite, which is there with the trait Database only.
    static let database = Target.Dependency.product(
        name: "GRDB",
        package: "GRDB.swift",
        condition: .when(traits: ["Database"])
    )
}

let package = Package(
    name: "helios",
    products: [
        .executable(name: "helios", targets: ["helios"]),
        // FIX alone: codec, dictionaries, sessions.
        .library(name: "HeliosFIX", targets: ["HeliosFIX"]),
        // FIX sessions on sockets, many at once, with TLS.
        .library(name: "HeliosNetwork", targets: ["HeliosNetwork"]),
        .library(
            name: "Helios",
            targets: [
                "HeliosMath", "HeliosMarket", "HeliosWire", "HeliosFIX", "HeliosSchema", "HeliosBook",
                "HeliosSignal", "HeliosRisk", "HeliosExecution", "HeliosStrategy", "HeliosEngine", "HeliosVenue",
                "HeliosStore", "HeliosResearch", "HeliosLive",
                "HeliosSimulation", "HeliosSurveillance",
            ]
        ),
        // Parameter sweeps: what they try, and whether it survives the judgement; with their results in SQLite.
        .library(name: "HeliosSweep", targets: ["HeliosSweep"]),
    ],
    traits: [
        .trait(
            name: "Network",
            description:
                "TLS, and FIX sessions on event loops: SwiftNIO and BoringSSL, two to three minutes of a first build"
        ),
        .trait(
            name: "Database",
            description: "The results of 'helios sweep' in SQLite: GRDB, a minute of a first build, and libsqlite3-dev"
        ),
        .default(enabledTraits: ["Network", "Database"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Floor 0
        .target(name: "CHelios"),
        // Only tests link it: it listens to the allocator and to reference counting.
        .target(name: "CProbe"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CSodium",
            pkgConfig: "libsodium",
            providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]
        ),
        // Floor 1
        .target(name: "HeliosMath", swiftSettings: hot),
        .target(name: "HeliosMarket", dependencies: ["CHelios"], swiftSettings: hot),
        // Floor 2
        .target(name: "HeliosWire", dependencies: ["HeliosMarket"], swiftSettings: hot),
        .target(name: "HeliosBook", dependencies: ["HeliosMarket", "CHelios"], swiftSettings: hot),
        // Floor 3
        .target(name: "HeliosFIX", dependencies: ["CHelios", "HeliosMarket", "HeliosWire"], swiftSettings: hot),
        // Descriptions of messages in XML, and the Swift made of them: needs Foundation, which the modules that read messages don't.
        .target(name: "HeliosSchema", dependencies: ["HeliosFIX", "HeliosMarket", "HeliosWire"]),
        .target(
            name: "HeliosSignal",
            dependencies: ["CHelios", "HeliosMarket", "HeliosMath"],
            swiftSettings: hot,
            linkerSettings: [.linkedLibrary("m")]
        ),
        .target(name: "HeliosRisk", dependencies: ["CHelios", "HeliosMarket", "HeliosMath"], swiftSettings: hot),
        .target(
            name: "HeliosExecution",
            dependencies: ["HeliosMarket", "HeliosMath", "HeliosBook"],
            swiftSettings: hot,
            linkerSettings: [.linkedLibrary("m")]
        ),
        // Floor 4
        .target(
            name: "HeliosStrategy",
            dependencies: [
                "HeliosMarket", "HeliosMath", "HeliosBook", "HeliosSignal", "HeliosRisk", "HeliosExecution",
            ],
            swiftSettings: hot
        ),
        // Floor 5
        .target(name: "HeliosEngine", dependencies: ["HeliosStrategy", "CHelios"], swiftSettings: hot),
        // Floor 6
        .target(
            name: "HeliosVenue",
            dependencies: [
                "CHelios", "HeliosMarket", "HeliosMath", "HeliosWire", "HeliosFIX", "HeliosBook", "HeliosRisk",
            ]
        ),
        .target(name: "HeliosStore", dependencies: ["HeliosEngine", "HeliosMarket", "HeliosWire", "CZlib"]),
        // Floor 7
        .target(
            name: "HeliosResearch",
            dependencies: ["HeliosEngine", "HeliosMath", "HeliosSignal", "HeliosVenue", "HeliosStore", histogram]
        ),
        .target(name: "HeliosSurveillance", dependencies: ["HeliosResearch", "HeliosStore", "HeliosWire", "CSodium"]),
        .target(
            name: "HeliosSimulation",
            dependencies: ["HeliosEngine", "HeliosMath", "HeliosVenue", "HeliosWire"]
        ),
        .target(
            name: "HeliosConfiguration",
            dependencies: ["HeliosResearch", "HeliosFIX", .product(name: "Yams", package: "Yams")]
        ),
        // The only home of sockets, threads and wall clocks.
        .target(
            name: "HeliosLive",
            dependencies: [
                "CHelios", "CSodium", "HeliosEngine", "HeliosMath", "HeliosFIX", "HeliosVenue", "HeliosStore",
                "HeliosResearch",
            ]
        ),
        // Empty without the trait Network.
        .target(
            name: "HeliosNetwork",
            dependencies: [
                "HeliosFIX", .network("NIOCore", "swift-nio"), .network("NIOPosix", "swift-nio"),
                .network("NIOTLS", "swift-nio"), .network("NIOSSL", "swift-nio-ssl"),
            ]
        ),
        // Its store is empty without the trait Database.
        .target(
            name: "HeliosSweep",
            dependencies: ["HeliosConfiguration", "HeliosMarket", "HeliosMath", "HeliosResearch", .database]
        ),
        // Floor 9
        .executableTarget(
            name: "helios",
            dependencies: [
                "HeliosConfiguration", "HeliosEngine", "HeliosFIX", "HeliosLive", "HeliosNetwork",
                "HeliosResearch", "HeliosRisk",
                "HeliosSchema", "HeliosSignal", "HeliosSimulation", "HeliosStore",
                "HeliosSurveillance",
                "HeliosSweep",
                "HeliosVenue",
                "HeliosWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        // Benchmarks: plain executables, not products.
        .executableTarget(
            name: "FeedBenchmark",
            dependencies: ["HeliosWire", "HeliosBook"],
            path: "Benchmarks/FeedBenchmark"
        ),
        .executableTarget(
            name: "BacktestBenchmark",
            dependencies: ["HeliosResearch"],
            path: "Benchmarks/BacktestBenchmark"
        ),
        // Kills real processes: Scripts/crash.sh.
        .executableTarget(
            name: "CrashHarness",
            dependencies: ["HeliosConfiguration", "HeliosLive", "HeliosStore"],
            path: "Benchmarks/CrashHarness"
        ),
        .executableTarget(
            name: "ReplayBenchmark",
            dependencies: ["HeliosEngine", "HeliosLive", "HeliosResearch", "HeliosStore"],
            path: "Benchmarks/ReplayBenchmark"
        ),
        .target(name: "RingReference", path: "Benchmarks/RingReference"),
        .executableTarget(
            name: "RingBenchmark",
            dependencies: ["CHelios", "HeliosLive", "RingReference"],
            path: "Benchmarks/RingBenchmark"
        ),
        .target(name: "WireReference", path: "Benchmarks/WireReference"),
        .executableTarget(
            name: "WireBenchmark",
            dependencies: ["HeliosLive", "WireReference"],
            path: "Benchmarks/WireBenchmark"
        ),
        .executableTarget(
            name: "JournalBenchmark",
            dependencies: ["HeliosEngine", "HeliosLive", "HeliosStore"],
            path: "Benchmarks/JournalBenchmark"
        ),
        .executableTarget(
            name: "OrderEntryBenchmark",
            dependencies: ["HeliosMarket", "HeliosWire"],
            path: "Benchmarks/OrderEntryBenchmark"
        ),
        .executableTarget(
            name: "SbeBenchmark",
            dependencies: ["HeliosSchema", "HeliosWire"],
            path: "Benchmarks/SbeBenchmark"
        ),
        .executableTarget(
            name: "OrderManagerBenchmark",
            dependencies: ["HeliosExecution", "HeliosMarket"],
            path: "Benchmarks/OrderManagerBenchmark"
        ),
        .executableTarget(
            name: "EngineBenchmark",
            dependencies: ["CHelios", "HeliosResearch", "HeliosVenue", histogram],
            path: "Benchmarks/EngineBenchmark"
        ),
        .executableTarget(
            name: "MatchingBenchmark",
            dependencies: ["CHelios", "HeliosMath", "HeliosVenue"],
            path: "Benchmarks/MatchingBenchmark"
        ),
        .executableTarget(
            name: "VarBenchmark",
            dependencies: ["CHelios", "HeliosMath", "HeliosRisk"],
            path: "Benchmarks/VarBenchmark"
        ),
        .executableTarget(
            name: "SignalBenchmark",
            dependencies: ["CHelios", "HeliosMarket", "HeliosMath", "HeliosSignal"],
            path: "Benchmarks/SignalBenchmark"
        ),
        .executableTarget(
            name: "PairScanBenchmark",
            dependencies: ["HeliosMath", "HeliosSignal"],
            path: "Benchmarks/PairScanBenchmark"
        ),
        .executableTarget(
            name: "RouterBenchmark",
            dependencies: ["CHelios", "HeliosExecution", "HeliosMath"],
            path: "Benchmarks/RouterBenchmark"
        ),
        .executableTarget(
            name: "RiskBenchmark",
            dependencies: ["CHelios", "HeliosEngine", "HeliosMath", "HeliosRisk"],
            path: "Benchmarks/RiskBenchmark"
        ),
    ],
    swiftLanguageModes: [.v6]
)

let tested = [
    "HeliosMath", "HeliosMarket", "HeliosWire", "HeliosFIX", "HeliosSchema", "HeliosBook", "HeliosSignal",
    "HeliosRisk",
    "HeliosExecution", "HeliosStrategy",
    "HeliosEngine", "HeliosVenue", "HeliosStore", "HeliosResearch", "HeliosConfiguration", "HeliosLive",
    "HeliosSimulation", "HeliosSurveillance", "HeliosNetwork", "HeliosSweep",
]
/// What a module's tests need beside the module.
let testTools: [String: [Target.Dependency]] = [
    "HeliosEngine": ["HeliosVenue", "CProbe"],
    "HeliosExecution": ["CProbe"],
    "HeliosFIX": ["CProbe"],
    "HeliosLive": ["CProbe", "HeliosFIX"],
    "HeliosNetwork": ["HeliosFIX", "HeliosMarket", "HeliosWire"],
    "HeliosRisk": ["CProbe"],
    "HeliosSchema": ["CProbe", "HeliosBook", "HeliosFIX", "HeliosWire"],
    "HeliosSignal": ["CHelios", "CProbe"],
    "HeliosSweep": ["HeliosConfiguration", "HeliosMarket", "HeliosMath", "HeliosResearch"],
    "HeliosVenue": ["HeliosFIX"],
    "HeliosWire": ["CProbe"],
]
package.targets += tested.map { module in
    .testTarget(name: "\(module)Tests", dependencies: [.init(stringLiteral: module)] + testTools[module, default: []])
}
// The command line's tests run the built program as a process.
package.targets.append(
    .testTarget(
        name: "HeliosCommandTests",
        dependencies: ["helios", "HeliosLive", "HeliosMath", "HeliosSweep", "HeliosWire", .database]
    )
)

// The fuzzer needs `--sanitize fuzzer`, whose runtime brings its own `main`: see Scripts/fuzz.sh.
if Context.environment["HELIOS_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "OrderEntryFuzzer",
            dependencies: ["HeliosMarket", "HeliosWire"],
            path: "Fuzz/OrderEntryFuzzer",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    )
    package.targets.append(
        .executableTarget(
            name: "FixFuzzer",
            dependencies: ["HeliosFIX", "HeliosMarket", "HeliosWire"],
            path: "Fuzz/FixFuzzer",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    )
    package.targets.append(
        .executableTarget(
            name: "ItchFuzzer",
            dependencies: ["HeliosWire", "HeliosBook"],
            path: "Fuzz/ItchFuzzer",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

// QuickFIX, which the FIX benchmark runs beside us where the system has it: libquickfix-dev.
let hasQuickfix = Context.environment["HELIOS_QUICKFIX"] != nil
if hasQuickfix {
    package.targets.append(
        .target(
            name: "QuickfixReference",
            path: "Benchmarks/QuickfixReference",
            // Its headers are of the time before C++17.
            cxxSettings: [.unsafeFlags(["-std=c++14", "-O2", "-w"])],
            linkerSettings: [.linkedLibrary("quickfix")]
        )
    )
}
package.targets.append(
    .executableTarget(
        name: "FixBenchmark",
        dependencies: ["HeliosFIX", "HeliosMarket", "HeliosWire"] + (hasQuickfix ? ["QuickfixReference"] : []),
        path: "Benchmarks/FixBenchmark"
    )
)

/// Wrong implementations for the simulator to find: see Scripts/bug-bank.sh.
let bugs: [SwiftSetting] = Context.environment["HELIOS_BUG_BANK"] != nil ? [.define("HELIOS_BUG_BANK")] : []

for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings = strict + bugs + (target.swiftSettings ?? [])
}
