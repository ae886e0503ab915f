// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import Testing

@Suite("The description of a sweep")
struct SweepConfigurationTests {
    /// A folder with `run.yaml` and `sweep.yaml`; reads the sweep.
    private func load(_ text: String, changes: [SweepConfiguration.Change] = []) throws -> SweepConfiguration {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-sweep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = """
            data: [01052026.itch50]
            strategies:
              - name: pairs
                pairs: [[KO, PEP]]
            """
        try Data(run.utf8).write(to: folder.appendingPathComponent("run.yaml"))
        let path = folder.appendingPathComponent("sweep.yaml").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        do {
            return try SweepConfiguration.load(path: path, changes: changes).sweep
        } catch {
            // The folder's name says nothing.
            throw ConfigurationErrors(
                error.errors.map { error in
                    var error = error
                    error.file = error.file.split(separator: "/").last.map(String.init) ?? ""
                    return error
                }
            )
        }
    }

    private func errors(_ text: String) -> [String] {
        do {
            _ = try load(text)
            return []
        } catch let errors as ConfigurationErrors {
            return errors.errors.map(\.description)
        } catch { return ["\(error)"] }
    }

    @Test("values, ranges and defaults")
    func values() throws {
        let sweep = try load(
            """
            base: run.yaml
            parameters:
              enterZ: [2, 2.5]
              pairs.hedgeWindow: {from: 720, to: 2880, step: 720}
              latency.order: {from: 100us, to: 300us, count: 3}
              risk.positionMax: {from: 100, to: 10000, count: 3, scale: log}
            """
        )
        #expect(
            sweep.parameters.map(\.key) == ["pairs.enterZ", "pairs.hedgeWindow", "latency.order", "risk.positionMax"]
        )
        #expect(sweep.parameters[0].grid == ["2", "2.5"])
        #expect(sweep.parameters[1].grid == ["720", "1440", "2160", "2880"])
        #expect(sweep.parameters[2].grid == ["100us", "200us", "300us"])
        #expect(sweep.parameters[3].grid == ["100", "1000", "10000"])
        #expect(sweep.gridCount == 2 * 4 * 3 * 3)
        #expect(sweep.search == .grid && sweep.seed == 1 && sweep.folds == 4 && sweep.purge == 1)
    }

    @Test("a name that two strategies have is ambiguous, with the strategy before it it is not")
    func ambiguous() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("helios-two-\(UUID().uuidString).yaml")
        let run =
            "data: [01052026.itch50]\nstrategies: [{name: pairs, pairs: [[KO, PEP]]}, {name: queue-imbalance, symbol: KO}]"
        try Data(run.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let error = #expect(throws: ConfigurationErrors.self) {
            try SweepConfiguration.varying(path: file.path, ["firstEntry=09:40,09:50"])
        }
        let text = error?.description ?? ""
        #expect(
            text.contains("firstEntry: is ambiguous: write pairs.firstEntry or queue-imbalance.firstEntry"),
            "\(text)"
        )
        for key in ["pairs.firstEntry", "strategies[1].firstEntry"] {
            let sweep = try SweepConfiguration.varying(path: file.path, ["\(key)=09:40,09:50"]).sweep
            #expect(sweep.parameters.map(\.key) == [key])
        }
    }

    @Test("steps are exact decimals: a tenth ten times is one")
    func exactSteps() throws {
        let sweep = try load("base: run.yaml\nparameters: {enterZ: {from: 2, to: 3, step: 0.1}}")
        let grid = try #require(sweep.parameters[0].grid)
        #expect(grid.count == 11 && grid.last == "3" && grid[3] == "2.3")
    }

    @Test("a command line says the same as a file")
    func commandLine() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "helios-vary-\(UUID().uuidString).yaml"
        )
        try Data("data: [01052026.itch50]\nstrategies: [{name: pairs, pairs: [[KO, PEP]]}]".utf8).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        func vary(_ texts: String...) throws -> SweepConfiguration {
            try SweepConfiguration.varying(path: folder.path, texts).sweep
        }
        let sweep = try vary("enterZ=2,2.5,3", "hedgeWindow=720..2880/720")
        #expect(sweep.parameters.map(\.key) == ["pairs.enterZ", "pairs.hedgeWindow"])
        #expect(sweep.gridCount == 12)
        for (text, reason) in [
            ("enterZ", "expected KEY=A,B,C"), ("enterZ=2,,3", "different values separated by commas"),
            ("enterZ=3..2/1", "expected 'from' below 'to'"), ("entrZ=2,3", "did you mean 'enterZ'?"),
            ("enterZ=2,x", "found \"x\", expected a decimal number"),
            ("enterZ=1..2", "a grid needs the key 'step' or 'count'"),
        ] {
            let error = #expect(throws: ConfigurationErrors.self) { try vary(text) }
            #expect(error?.description.contains(reason) == true, "\(text): \(error?.description ?? "")")
        }
    }

    @Test("all errors come at once, each at its place and with what was meant")
    func allAtOnce() {
        let text = """
            base: run.yaml
            serch: grid
            search: gird
            trials: many
            parameters:
              entrZ: [2, 3]
              enterZ: [2, two, 2]
              pairs.exitZ: 0.5
              pairs.hedgeWindow: {from: 720, to: 100, step: 10}
              risk.positionMax: {from: 10, step: 10}
              latency.order: {from: 10us, to: 2ms, step: 10us}
            period: weekly
            splits: {method: walking, purge: -1}
            halving: [3]
            set: {pairs.exitZ: [1]}
            """
        #expect(
            errors(text) == [
                "sweep.yaml:2:1: serch: unknown key; did you mean 'search'?",
                "sweep.yaml:3:9: search: found \"gird\", expected one of grid, random, halving; did you mean 'grid'?",
                "sweep.yaml:4:9: trials: found \"many\", expected a whole number, from 1 to 100000",
                "sweep.yaml:6:3: parameters.entrZ: unknown key; did you mean 'enterZ'?",
                "sweep.yaml:7:20: parameters.enterZ[2]: \"2\" stands twice in the list",
                "sweep.yaml:8:16: parameters.pairs.exitZ: found \"0.5\", expected a list such as [2, 2.5, 3] or a range such as "
                    + "{from: 2, to: 3, step: 0.5}",
                "sweep.yaml:9:22: parameters.pairs.hedgeWindow: expected 'from' below 'to'",
                "sweep.yaml:10:21: parameters.risk.positionMax: a range needs the keys 'from' and 'to'",
                "sweep.yaml:11:18: parameters.latency.order: the bounds have different units: write all in one, such as 100ms "
                    + "and 500ms",
                "sweep.yaml:12:9: period: found \"weekly\", expected a duration such as 5min, or day; without it one is chosen",
                "sweep.yaml:13:18: splits.method: found \"walking\", expected anchored or rolling",
                "sweep.yaml:13:34: splits.purge: found \"-1\", expected a whole number, from 0 to 100000",
                "sweep.yaml:14:10: halving: found a list, expected the keys keepOneOf, rungs",
                "sweep.yaml:15:20: set.pairs.exitZ: found a list, expected one value",
            ]
        )
    }

    @Test(
        "one thing wrong at a time",
        arguments: [
            ("", "sweep.yaml:1:1: base: missing, expected the path of the run configuration that is varied"),
            ("base: run.yaml", "sweep.yaml:1:1: parameters: missing, expected keys with the values to try"),
            ("base: nothing.yaml\nparameters: {enterZ: [2]}", "nothing.yaml: can't be read: there is no such file"),
            ("- a", "sweep.yaml:1:1: found a list, expected keys with values such as 'base: run.yaml'"),
            ("base: [", "sweep.yaml:2:1: is no YAML"),
            (
                "base: run.yaml\nparameters: {enterZ: [2], pairs.enterZ: [3]}",
                "parameters.pairs.enterZ: is the same key as 'enterZ'"
            ),
            (
                "base: run.yaml\nparameters: {pairs.enterZ: [2], 'strategies[0].enterZ': [3]}",
                "parameters.strategies[0].enterZ: is the same key as 'pairs.enterZ'"
            ),
            (
                "base: run.yaml\nparameters: {output.equityInterval: [1s, 10s]}",
                "sweep.yaml:2:14: parameters.output.equityInterval: says how a run is measured or called"
            ),
            (
                "base: run.yaml\nparameters: {title: [a, b]}",
                "sweep.yaml:2:14: parameters.title: says how a run is measured or called"
            ),
            (
                "base: run.yaml\nparameters: {execution.curveFile: [a.csv, b.csv]}",
                "sweep.yaml:2:14: parameters.execution.curveFile: names a file"
            ),
            (
                "base: run.yaml\nparameters: {risk.limits: [a.yaml, b.yaml]}",
                "sweep.yaml:2:14: parameters.risk.limits: names a file"
            ),
            (
                "base: run.yaml\nsearch: halving\nparameters: {enterZ: {from: 1, to: 3, step: 0.001}, "
                    + "exitZ: {from: 0.1, to: 0.9, step: 0.001}}",
                "parameters: there are more than 100000 combinations: say with 'trials' how many search: halving draws"
            ),
            (
                "base: run.yaml\nparameters: {enterZ: [2, 50]}",
                "sweep.yaml:2:26: parameters.enterZ: found \"50\", expected a decimal number such as 0.5, from 0.1 to 20"
            ),
            (
                "base: run.yaml\nparameters: {enterZ: {from: 2, to: 3}}",
                "a grid needs the key 'step' or 'count' in a range; without it search: random draws from it"
            ),
            (
                "base: run.yaml\nsearch: random\nparameters: {enterZ: [2, 3]}",
                "trials: missing, expected how many combinations search: random draws, such as 50"
            ),
            (
                "base: run.yaml\ntrials: 5\nparameters: {enterZ: [2, 3]}",
                "sweep.yaml:2:9: trials: the grid has 2 combinations"
            ),
            ("base: run.yaml\nparameters: {enterZ: {from: 2, to: 3, count: 50}}", "the count gives a value twice"),
            (
                "base: run.yaml\nparameters: {enterZ: {from: 0.001, to: 20, step: 0.00001}}",
                "the step gives more than 100000 values"
            ),
            (
                "base: run.yaml\nparameters: {enterZ: {from: 0, to: 20, scale: log}}",
                "a logarithmic range begins above 0"
            ),
            (
                "base: run.yaml\nset: {pairs.entrZ: 3}\nparameters: {enterZ: [2]}",
                "--set: pairs.entrZ: unknown key; did you mean 'pairs.enterZ'?"
            ),
            (
                "base: run.yaml\ndata: [{fil: a.itch}]\nparameters: {enterZ: [2]}",
                "sweep.yaml:2:9: data[0].fil: unknown key; did you mean 'file'?"
            ),
        ]
    )
    func oneAtATime(_ text: String, _ expected: String) {
        let found = errors(text).joined(separator: "\n")
        #expect(found.contains(expected), "\(found)")
    }

    @Test("data of the sweep take the place of the run's, in its text too")
    func data() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-data-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = "data: [01052026.itch50]\nstrategies: [{name: pairs, pairs: [[KO, PEP]]}]"
        try Data(run.utf8).write(to: folder.appendingPathComponent("run.yaml"))
        let sweep = """
            base: run.yaml
            data:
              - monday.itch50
              - {file: tuesday.itch50, date: 2026-01-06}
            parameters: {enterZ: [2]}
            """
        let path = folder.appendingPathComponent("sweep.yaml").path
        try Data(sweep.utf8).write(to: URL(fileURLWithPath: path))
        let loaded = try SweepConfiguration.load(path: path)
        #expect(loaded.run.data.map(\.file) == ["monday.itch50", "tuesday.itch50"].map { folder.path + "/" + $0 })
        let again = try RunConfiguration.parse(text: loaded.run.resolvedText, file: "")
        #expect(again.data == loaded.run.data)
    }
}
