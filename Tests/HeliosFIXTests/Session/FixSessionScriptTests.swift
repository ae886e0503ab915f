// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import Testing

/// A script, for both roles and several versions unless it says otherwise.
struct FixScript: Sendable {
    var name: String
    var roles: [FixRole] = [.acceptor, .initiator]
    var versions: [FixVersion] = [.fix42, .fix44, .fixt11]
    var configure: @Sendable (inout FixSessionConfiguration) -> Void = { _ in }
    var refuses: Set<String> = []
    /// Whether the dictionary is asked, and application messages are sent back.
    var echoes = false
    var text: String

    init(
        _ name: String,
        roles: [FixRole] = [.acceptor, .initiator],
        versions: [FixVersion] = [.fix42, .fix44, .fixt11],
        refuses: Set<String> = [],
        echoes: Bool = false,
        _ text: String,
        configure: @escaping @Sendable (inout FixSessionConfiguration) -> Void = { _ in }
    ) {
        self.name = name
        self.roles = roles
        self.versions = versions
        self.refuses = refuses
        self.echoes = echoes
        self.configure = configure
        self.text = text
    }

    /// A script, as one role in one version.
    struct Run: Sendable, CustomTestStringConvertible {
        var script: FixScript
        var role: FixRole
        var version: FixVersion
        var testDescription: String { "\(script.name), \(role), \(version)" }
    }

    var runs: [Run] { roles.flatMap { role in versions.map { Run(script: self, role: role, version: $0) } } }
}

func expectPlay(_ run: FixScript.Run) {
    var configuration = FixSessionConfiguration(FixSessionID(run.version, sender: "ISLD", target: "TW"), run.role)
    run.script.configure(&configuration)
    var player = FixPlayer(configuration, dictionary: run.script.echoes ? FixDictionaries.of(run.version) : nil)
    player.echoes = run.script.echoes
    player.refused = run.script.refuses
    player.play(run.script.text)
    let problems = player.problems
    #expect(problems.isEmpty, "\(problems.joined(separator: "; "))")
}

@Suite("FIX session scripts")
struct FixSessionScriptTests {
    @Test("active sessions", arguments: FixScripts.active.flatMap(\.runs))
    func active(_ run: FixScript.Run) { expectPlay(run) }

    @Test("logons", arguments: FixScripts.logon.flatMap(\.runs))
    func logon(_ run: FixScript.Run) { expectPlay(run) }

    @Test("resends and restarts", arguments: FixScripts.resend.flatMap(\.runs))
    func resend(_ run: FixScript.Run) { expectPlay(run) }

    @Test("with the dictionary", arguments: FixScripts.checked.flatMap(\.runs))
    func checked(_ run: FixScript.Run) { expectPlay(run) }

    @Test("time", arguments: FixScripts.time.flatMap(\.runs))
    func time(_ run: FixScript.Run) { expectPlay(run) }
}

enum FixScripts {}

/// Dictionaries are made once.
enum FixDictionaries {
    static let fix42 = FixDictionary.builtin(.fix42)
    static let fix44 = FixDictionary.builtin(.fix44)
    static let fix50sp2 = FixDictionary.builtin(.fix50sp2)

    static func of(_ version: FixVersion) -> FixDictionary {
        switch version {
        case .fix42: fix42
        case .fixt11: fix50sp2
        default: fix44
        }
    }
}
