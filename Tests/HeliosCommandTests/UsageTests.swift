// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("Usage of the command line")
struct UsageTests {
    private static let verbs = [
        "backtest", "run", "replay", "what-if", "verify", "inspect", "generate", "strategies", "config",
        "doctor", "risk", "order", "route", "tca", "signal", "sweep",
    ]

    @Test("a mistyped verb exits with 2 and names the nearest")
    func mistypedVerb() throws {
        let run = try CommandRun(["bactest", "x.yaml"], in: Folder())
        #expect(run.code == 2)
        #expect(run.errors.contains("did you mean 'backtest'?"))
        #expect(run.output.isEmpty)
    }

    @Test("a mistyped verb of config exits with 2 and names the nearest")
    func mistypedSubverb() throws {
        let run = try CommandRun(["config", "shcema"], in: Folder())
        #expect(run.code == 2)
        #expect(run.errors.contains("did you mean 'schema'?"))
    }

    @Test("help for a mistyped verb names the nearest")
    func mistypedHelp() throws {
        let run = try CommandRun(["help", "verfy"], in: Folder())
        #expect(run.code == 2)
        #expect(run.errors.contains("did you mean 'verify'?"))
    }

    @Test("a verb that is like none gets the list of verbs")
    func unknownVerb() throws {
        let run = try CommandRun(["xyzzyplugh"], in: Folder())
        #expect(run.code == 2)
        #expect(!run.errors.contains("did you mean"))
        for verb in UsageTests.verbs { #expect(run.errors.contains(verb)) }
    }

    @Test("a missing argument and an unknown option exit with 2", arguments: [["backtest"], ["strategies", "--jsno"]])
    func wrongArguments(_ arguments: [String]) throws {
        let run = try CommandRun(arguments, in: Folder())
        #expect(run.code == 2)
        #expect(run.errors.contains("Usage: helios \(arguments[0])"))
        #expect(run.output.isEmpty)
    }

    @Test("the help of every verb starts with an example of it and exits with 0", arguments: verbs)
    func help(_ verb: String) throws {
        let run = try CommandRun([verb, "--help"], in: Folder())
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("USAGE: helios \(verb)"))
        #expect(run.output.contains("OVERVIEW: "))
        #expect(run.errors.isEmpty)
    }

    @Test("the root's help documents the exit codes, and the version is printed")
    func rootHelp() throws {
        let help = try CommandRun(["--help"], in: Folder())
        #expect(help.code == 0)
        #expect(help.output.contains("Exit codes: 0 done"))
        let version = try CommandRun(["--version"], in: Folder())
        #expect(version.output == "0.1.0\n")
    }

    @Test("shell completion is generated", arguments: ["bash", "zsh", "fish"])
    func completion(_ shell: String) throws {
        let run = try CommandRun(["--generate-completion-script", shell], in: Folder())
        #expect(run.code == 0)
        #expect(run.output.contains("backtest"))
    }

    @Test("strategies are listed with their parameters, as text and as one JSON object")
    func strategies() throws {
        let text = try CommandRun(["strategies"], in: Folder())
        #expect(text.code == 0)
        #expect(text.output.contains("queue-imbalance"))
        #expect(!text.output.contains("\u{1B}"))
        let list = try #require(
            try CommandRun(["strategies", "--json"], in: Folder()).object()["strategies"] as? [[String: Any]]
        )
        let names = list.compactMap { $0["name"] as? String }
        let shipped = ["signals", "market-making", "momentum", "vwap-reversion", "pca", "basket"]
        #expect(names == ["pairs", "queue-imbalance"] + shipped)
        let parameters = try #require(list[0]["parameters"] as? [[String: Any]])
        let hedge = try #require(parameters.first { $0["name"] as? String == "hedge" })
        #expect(hedge["choices"] as? [String] == ["ols", "kalman"])
        #expect(hedge["default"] as? String == "ols")
    }
}

@Suite("Wrong files and configurations")
struct WrongInputTests {
    @Test("a configuration that is not there exits with 2 and names the one that is")
    func missingConfiguration() throws {
        let folder = try Folder()
        try folder.write("", to: "pairs.yaml")
        let run = try CommandRun(["backtest", "pair.yaml"], in: folder)
        #expect(run.code == 2)
        #expect(run.errors.contains("pair.yaml: no such file; did you mean pairs.yaml?"))
    }

    @Test("a data file that is not there exits with 3")
    func missingData() throws {
        let run = try CommandRun(["inspect", "none.itch50"], in: Folder())
        #expect(run.code == 3)
        #expect(run.errors == "error: none.itch50: no such file\n")
    }

    @Test("a file of no known format exits with 3", arguments: ["", "hello", "\u{0}\u{0}\u{0}"])
    func unknownFormat(_ content: String) throws {
        let folder = try Folder()
        try folder.write(content, to: "file")
        let run = try CommandRun(["inspect", "file", "--json"], in: folder)
        #expect(run.code == 3)
        #expect(run.errors.hasPrefix("error: file: "))
        #expect(run.output.isEmpty)
    }

    @Test(
        "a wrong time, symbol or number of levels exits with 2",
        arguments: [["--at", "25:00:00"], ["--symbol", "FAR TOO LONG"], ["--levels", "0"]]
    )
    func wrongBookRequest(_ options: [String]) throws {
        let run = try CommandRun(["inspect", "none.itch50"] + options, in: Folder())
        #expect(run.code == 2)
        #expect(run.errors.contains(options[0]))
    }

    @Test("generate refuses numbers out of range with 2 and writes nothing")
    func wrongGeneration() throws {
        let folder = try Folder()
        let run = try CommandRun(["generate", "day.itch50", "--symbols", "1"], in: folder)
        #expect(run.code == 2)
        #expect(run.errors == "error: --symbols must be 2 to 8000\n")
        #expect(!folder.exists("day.itch50"))
    }

    @Test("every error of a configuration is named with its line, and backtest exits with 2, check with 1")
    func wrongConfiguration() throws {
        let folder = try Folder()
        try folder.write(
            """
            title: Wrong
            data:
              - file: day.itch50
            latency:
              feeed: 50us
              order: quick
            strategies:
              - name: queue-imbalance
                symbol: AAAA
            """,
            to: "wrong.yaml"
        )
        let run = try CommandRun(["backtest", "wrong.yaml"], in: folder)
        #expect(run.code == 2)
        #expect(run.errors.contains("wrong.yaml:5:"))
        #expect(run.errors.contains("feed"))
        #expect(run.errors.contains("wrong.yaml:6:"))
        let check = try CommandRun(["config", "check", "wrong.yaml", "--json"], in: folder)
        #expect(check.code == 1)
        let answer = try check.object()
        #expect(answer["valid"] as? Bool == false)
        #expect((answer["errors"] as? [String] ?? []).count >= 2)
    }

    @Test("the schema is JSON, and every key explains itself")
    func schema() throws {
        let folder = try Folder()
        let schema = try CommandRun(["config", "schema"], in: folder)
        #expect(schema.code == 0)
        #expect(try schema.object()["properties"] != nil)
        let list = try CommandRun(["config", "explain", "--json"], in: folder).object()["keys"] as? [[String: Any]]
        let keys = try #require(list).compactMap { $0["path"] as? String }
        #expect(keys.count > 10)
        let key = "risk.dailyLossMax"
        #expect(keys.contains(key))
        #expect(try CommandRun(["config", "explain", key], in: folder).code == 0)
        let mistyped = try CommandRun(["config", "explain", key + "x"], in: folder)
        #expect(mistyped.code == 2)
        #expect(mistyped.errors.contains("did you mean '\(key)'?"))
    }
}
