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
    var text: String

    init(
        _ name: String,
        roles: [FixRole] = [.acceptor, .initiator],
        versions: [FixVersion] = [.fix42, .fix44, .fixt11],
        refuses: Set<String> = [],
        _ text: String,
        configure: @escaping @Sendable (inout FixSessionConfiguration) -> Void = { _ in }
    ) {
        self.name = name
        self.roles = roles
        self.versions = versions
        self.refuses = refuses
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
    var player = FixPlayer(configuration)
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

    @Test("time", arguments: FixScripts.time.flatMap(\.runs))
    func time(_ run: FixScript.Run) { expectPlay(run) }
}

enum FixScripts {}
