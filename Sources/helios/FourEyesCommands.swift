// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosLive
import HeliosMarket
import HeliosRisk

/// The verbs with which two people change a limit or bring a stopped scope back.
enum FourEyes {
    static let subcommands: [any ParsableCommand.Type] = [
        KeygenCommand.self, ProposeCommand.self, ApproveCommand.self, WithdrawCommand.self, ProposalsCommand.self,
        ChangesCommand.self, RiskManifestCommand.self,
    ]

    /// Asks a session; its last answer.
    ///
    /// - Throws: `Failure` with exit code 4 for a refusal, 5 when nobody answers.
    static func ask(_ address: SessionAddress, _ request: ControlRequest) throws -> ControlAnswer {
        let path = try address.path()
        var last: ControlAnswer?
        do throws(ControlSocketError) {
            let client = try ControlClient(path)
            try client.ask(request) { last = $0 }
        } catch {
            throw Failure(.unreachable, "no session answers: \(error)")
        }
        guard let last, last.isLast else { throw Failure(.unreachable, "\(path): no answer") }
        if last.code == 4 { throw Failure(.refused, last.text) }
        if last.code != 0 { throw Failure(.usage, last.text) }
        return last
    }

    static func key(_ path: String) throws -> SigningKey {
        do throws(SigningError) { return try SigningKey(path: path) } catch { throw Failure(.usage, "\(error)") }
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ answer: ControlAnswer) throws -> Value {
        guard let body = answer.body, let value = try? JSONDecoder().decode(type, from: Data(body.utf8)) else {
            throw Failure(.fault, "the session's answer is not understood")
        }
        return value
    }

    /// The proposal called `id` in a session.
    static func find(_ id: String, _ address: SessionAddress) throws -> RiskProposal {
        let open = try read([RiskProposal].self, ask(address, ControlRequest("proposals")))
        guard let found = open.first(where: { $0.id == id }) else {
            throw Failure(.refused, "there is no proposal '\(id)' here", hint: "'helios risk proposals' lists them")
        }
        return found
    }

    static func write(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Nanoseconds, UTC.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) * 1_000 }
}

/// `helios risk keygen`: a key to sign with.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a key to sign proposals and approvals with (Ed25519).",
        usage: "helios risk keygen kim --output kim.key",
        discussion: """
            The file is for its owner only (mode 0600) and is never written over. The public key goes into the limits file, \
            under 'identities'; the one that is printed is the same every time the file is read.
            """
    )

    @Argument(help: "What the person is called in the limits file.")
    var name: String

    @Option(name: .shortAndLong, help: "The key's file; without it NAME.key.", completion: .file())
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var name: String
        var file: String
        var publicKey: String
    }

    func run() throws {
        let path = output ?? "\(name).key"
        let key: SigningKey
        do throws(SigningError) {
            key = try SigningKey(new: name)
            try key.write(to: path)
        } catch {
            throw Failure(.usage, "\(error)")
        }
        let text = Hexadecimal.text(key.publicKey)
        if json { return try Console.show(json: Answer(name: name, file: path, publicKey: text)) }
        Console.show(
            "\(path): keep it to yourself\n\nidentities:\n  - {name: \(name), role: riskOfficer, publicKey: \(text)}"
        )
    }
}

/// `helios risk propose`: the first of two people.
struct ProposeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propose",
        abstract: "Propose another value of a limit, a state to come back to, or a strategy that may trade again.",
        usage: """
            helios risk propose limit firm.grossNotional 6000000 --identity kim.key --reason "new mandate"
            helios risk propose state firm active --identity kim.key --reason "fault found and mended"
            helios risk propose enable strategy:pairs --identity kim.key --reason "looked at its fills"
            """,
        discussion: """
            A limit is named by its number or its path ('helios risk check --limits'), its value in the unit of its kind: \
            dollars, shares, basis points or a count. Nothing changes before another person has approved it \
            ('helios risk approve'), and one of the two is a risk officer. A limit may be loosened to at most twice its value in \
            one step.
            """
    )

    @Argument(help: "limit, state or enable.")
    var what: String

    @Argument(help: "The limit or the scope.")
    var name: String

    @Argument(help: "The limit's new value, or the state.")
    var value: String?

    @Option(help: "The key of the person who proposes.", completion: .file())
    var identity: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "How long it may be approved: 30m, 2h, 1d (the most).")
    var expires = "2h"

    @Option(name: .customLong("for"), help: "A limit goes back to what it was after so long: 30m, 2h.")
    var duration: String?

    @Option(name: .customLong("at-sequence"), help: "The journal's record from which on a limit holds; 0 is at once.")
    var sequence: UInt64 = 0

    @Flag(help: "The soft limit is meant.")
    var soft = false

    @OptionGroup var address: SessionAddress

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var id: String
        var proposal: RiskProposal
    }

    func run() throws {
        let key = try FourEyes.key(identity)
        guard let life = ProposeCommand.minutes(expires), life > 0 else {
            throw Failure(.usage, "--expires: '\(expires)' is no time such as 30m, 2h or 1d")
        }
        guard life <= RiskProposal.longestLife / 60_000_000_000 else {
            throw Failure(
                .usage,
                "--expires: '\(expires)' is more than a day",
                hint: "what nobody has approved within a day is proposed anew"
            )
        }
        var proposal: RiskProposal
        switch what {
        case "limit": proposal = try proposeLimit(key, life)
        case "state": proposal = try proposeState(key, life, .raise, value ?? "active")
        case "enable": proposal = try proposeState(key, life, .enable, "active")
        default: throw Failure(.usage, "'\(what)': limit, state or enable is proposed")
        }
        proposal.sign(key)
        var request = ControlRequest("propose")
        request.body = try FourEyes.write(proposal)
        let answer = try FourEyes.ask(address, request)
        if json { return try Console.show(json: Answer(id: proposal.id, proposal: proposal)) }
        Console.show(
            "\(proposal.id)  \(answer.text)\n\nanother person: helios risk approve \(proposal.id) --identity KEY"
        )
    }

    private func proposeLimit(_ key: SigningKey, _ life: Int64) throws -> RiskProposal {
        guard let value else { throw Failure(.usage, "the limit's new value is missing") }
        var request = ControlRequest("facts")
        request.body = name
        let facts = try FourEyes.read(SessionFacts.self, FourEyes.ask(address, request))
        guard let limit = facts.limit, let kind = facts.kind.flatMap(LimitKind.init(rawValue:)) else {
            throw Failure(.fault, "the session does not say which limit that is")
        }
        guard let after = LimitAmount.parse(value, kind.measure) else {
            throw Failure(.usage, "'\(value)' is no value of \(kind): \(LimitAmount.form(kind.measure))")
        }
        guard let before = soft ? facts.soft : facts.hard else {
            throw Failure(.refused, "\(facts.path ?? name) has no soft limit")
        }
        var proposal = make(.limit, facts, key, life, before, "\(after)")
        proposal.limit = limit
        proposal.isSoft = soft
        proposal.effective = sequence
        if let duration {
            guard let minutes = ProposeCommand.minutes(duration), minutes > 0 else {
                throw Failure(.usage, "--for: '\(duration)' is no time such as 30m or 2h")
            }
            proposal.minutes = UInt32(clamping: minutes)
        }
        return proposal
    }

    private func proposeState(
        _ key: SigningKey,
        _ life: Int64,
        _ purpose: RiskProposal.Purpose,
        _ after: String
    ) throws -> RiskProposal {
        var request = ControlRequest("facts")
        request.scope = name
        let facts = try FourEyes.read(SessionFacts.self, FourEyes.ask(address, request))
        var proposal = make(purpose, facts, key, life, facts.state ?? "killed", after)
        proposal.scope = facts.scope ?? name
        return proposal
    }

    private func make(
        _ purpose: RiskProposal.Purpose,
        _ facts: SessionFacts,
        _ key: SigningKey,
        _ life: Int64,
        _ before: String,
        _ after: String
    ) -> RiskProposal {
        let now = FourEyes.now
        return RiskProposal(
            purpose,
            session: facts.session,
            edition: facts.edition,
            before: before,
            after: after,
            reason: reason,
            proposer: key.name,
            time: now,
            expires: now + life * 60_000_000_000
        )
    }

    /// Minutes of `30m`, `2h`, `1d`; nil for anything else.
    static func minutes(_ text: String) -> Int64? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number >= 0, number < 100_000 else {
            return nil
        }
        switch unit {
        case "m": return number
        case "h": return number * 60
        case "d": return number * 1_440
        default: return nil
        }
    }
}

/// `helios risk approve`: the second of two people.
struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve what another person has proposed; then it is done.",
        usage: "helios risk approve 3f9c2a5d11e07b64 --identity lee.key"
    )

    @Argument(help: "The proposal ('helios risk proposals').")
    var proposal: String

    @Option(help: "The key of the person who approves.", completion: .file())
    var identity: String

    @OptionGroup var address: SessionAddress

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var id: String
        var approver: String
        /// Of the journal.
        var record: UInt64?
        var text: String
    }

    func run() throws {
        let key = try FourEyes.key(identity)
        let found = try FourEyes.find(proposal, address)
        var approval = RiskApproval(found, approver: key.name, time: FourEyes.now)
        approval.sign(key)
        var request = ControlRequest("approve")
        request.body = try FourEyes.write(approval)
        let answer = try FourEyes.ask(address, request)
        guard json else { return Console.show(answer.text) }
        try Console.show(
            json: Answer(id: proposal, approver: key.name, record: answer.record, text: answer.text)
        )
    }
}

/// `helios risk withdraw`: takes a proposal back.
struct WithdrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Take a proposal back before somebody approves it; anyone whom the limits name may.",
        usage: "helios risk withdraw 3f9c2a5d11e07b64 --identity ana.key"
    )

    @Argument(help: "The proposal ('helios risk proposals').")
    var proposal: String

    @Option(help: "The key of the person who takes it back.", completion: .file())
    var identity: String

    @OptionGroup var address: SessionAddress

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var id: String
        var person: String
        var text: String
    }

    func run() throws {
        let key = try FourEyes.key(identity)
        let found = try FourEyes.find(proposal, address)
        var withdrawal = RiskWithdrawal(of: found, person: key.name, time: FourEyes.now)
        withdrawal.sign(key)
        var request = ControlRequest("withdraw")
        request.body = try FourEyes.write(withdrawal)
        let answer = try FourEyes.ask(address, request)
        guard json else { return Console.show(answer.text) }
        try Console.show(json: Answer(id: proposal, person: key.name, text: answer.text))
    }
}

/// `helios risk proposals`: what waits for a second person.
struct ProposalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proposals",
        abstract: "List what waits for a second person in a running session."
    )

    @OptionGroup var address: SessionAddress

    @Flag(help: "Print JSON.")
    var json = false

    private struct Item: Encodable {
        var id: String
        var proposal: RiskProposal
    }

    func run() throws {
        let open = try FourEyes.read([RiskProposal].self, FourEyes.ask(address, ControlRequest("proposals")))
        if json { return try Console.show(json: open.map { Item(id: $0.id, proposal: $0) }) }
        guard !open.isEmpty else { return Console.show("nothing waits for a second person") }
        var table = TextTable([.left, .left, .left, .left, .left])
        for proposal in open {
            let what = proposal.purpose == .limit ? "limit \(proposal.limit)" : proposal.scope
            table.add(
                proposal.id,
                proposal.proposer,
                what,
                "\(proposal.before) -> \(proposal.after)",
                proposal.reason
            )
        }
        Console.show(table.text())
    }
}
