// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk

/// What one person proposes and another one approves: another value of a limit, a state to come back to, a strategy that may
/// trade again.
///
/// Both sign the same bytes, which say everything: an approval can't be used for another session, limit, value or time.
public struct RiskProposal: Codable, Sendable, Equatable {
    public enum Purpose: String, Codable, Sendable, CaseIterable {
        case limit, raise, enable
    }

    /// Nanoseconds in which a proposal may be approved, at most: a day.
    public static let longestLife: Int64 = 86_400_000_000_000
    /// Nanoseconds that two clocks may differ by.
    public static let clockTolerance: Int64 = 300_000_000_000
    /// Bytes that a reason may have.
    public static let longestReason = 1_000

    public var purpose: Purpose
    /// The journal's number, hexadecimal.
    public var session: String
    /// The edition of the limits, hexadecimal.
    public var edition: String
    /// The limit's number (`helios risk check --limits`); -1 for a state.
    public var limit = -1
    public var isSoft = false
    /// The scope of a state.
    public var scope = ""
    /// The limit's value in its smallest unit, or the state, as it is and as it shall be.
    public var before: String
    public var after: String
    /// The record from which on it holds; 0 is at once.
    public var effective: UInt64 = 0
    /// Minutes until a limit goes back to what it was; 0 is for good.
    public var minutes: UInt32 = 0
    public var reason: String
    public var proposer: String
    /// When it was made, and until when it may be approved: nanoseconds of the world's time, UTC.
    public var time: Int64
    public var expires: Int64
    /// Sixteen random bytes, hexadecimal.
    public var nonce: String
    /// Of the proposer, hexadecimal.
    public var signature = ""

    public init(
        _ purpose: Purpose,
        session: String,
        edition: String,
        before: String,
        after: String,
        reason: String,
        proposer: String,
        time: Int64,
        expires: Int64
    ) {
        self.purpose = purpose
        self.session = session
        self.edition = edition
        self.before = before
        self.after = after
        self.reason = reason
        self.proposer = proposer
        self.time = time
        self.expires = expires
        nonce = Hexadecimal.text(Signature.random(16))
    }

    /// What is signed: each field with its length in front, in a fixed order, so that no two proposals have the same bytes.
    public var signedBytes: [UInt8] {
        RiskProposal.bytes([
            "helios four eyes 1 proposal", purpose.rawValue, session, edition, "\(limit)", isSoft ? "soft" : "hard",
            scope, before, after, "\(effective)", "\(minutes)", reason, proposer, "\(time)", "\(expires)", nonce,
        ])
    }

    static func bytes(_ fields: [String]) -> [UInt8] {
        fields.flatMap { field in
            let text = Array(field.utf8)
            return withUnsafeBytes(of: UInt32(text.count).bigEndian) { Array($0) } + text
        }
    }

    /// What it is called: the first sixteen digits of the digest of what is signed.
    public var id: String { String(Hexadecimal.text(Signature.digest(signedBytes)).prefix(16)) }

    /// Adds the proposer's signature.
    public mutating func sign(_ key: SigningKey) { signature = Hexadecimal.text(key.sign(signedBytes)) }

    /// What it says, for people.
    public func text(_ policy: RiskPolicy) -> String {
        switch purpose {
        case .limit:
            let known = policy.limits.indices.contains(limit) ? policy.limits[limit] : nil
            func value(_ raw: String) -> String {
                guard let known, let number = Int128(raw) else { return raw }
                return known.kind.measure.text(number)
            }
            let name = known.map { "\(policy.limitPath(limit)) (\($0.kind.control))" } ?? "limit \(limit)"
            let when = effective == 0 ? "at once" : "from record \(effective) on"
            let end = minutes == 0 ? "" : ", for \(minutes) minutes"
            return "\(name), \(isSoft ? "soft" : "hard"): \(value(before)) -> \(value(after)), \(when)\(end)"
        case .raise: return "\(scope): \(before) -> \(after)"
        case .enable: return "\(scope): may trade again"
        }
    }
}

/// A proposal with the second person's signature.
public struct RiskApproval: Codable, Sendable, Equatable {
    public var proposal: RiskProposal
    public var approver: String
    /// When it was approved.
    public var time: Int64
    /// Hexadecimal.
    public var signature = ""

    public init(_ proposal: RiskProposal, approver: String, time: Int64) {
        self.proposal = proposal
        self.approver = approver
        self.time = time
    }

    /// What the second person signs: the proposal, the first signature, themselves and the time.
    public var signedBytes: [UInt8] {
        proposal.signedBytes
            + RiskProposal.bytes(["helios four eyes 1 approval", proposal.signature, approver, "\(time)"])
    }

    public mutating func sign(_ key: SigningKey) { signature = Hexadecimal.text(key.sign(signedBytes)) }
}

/// Why a proposal or an approval does not count.
public struct FourEyesError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// Nothing was refused: what was asked makes no sense here.
    public var isMisunderstood = false

    public init(_ description: String) { self.description = description }
}

extension RiskPolicy {
    /// The number of the person `name` in records, from 1; nil for nobody.
    func person(_ name: String) -> UInt32? {
        identities.firstIndex { $0.name == name }.map { UInt32($0 + 1) }
    }

    /// Whether `proposal` was signed by whom it names, and says something that may be asked for.
    ///
    /// Says nothing about whether it is still in time, or about values as they are now.
    public func check(_ proposal: RiskProposal) throws(FourEyesError) {
        guard let person = person(proposal.proposer) else {
            throw FourEyesError("the limits name nobody called '\(proposal.proposer)'")
        }
        let key = identities[Int(person) - 1].publicKey
        guard let signature = Hexadecimal.bytes(proposal.signature),
            Signature.isValid(signature, of: proposal.signedBytes, by: key)
        else { throw FourEyesError("the signature is not that of \(proposal.proposer) under this proposal") }
        guard !proposal.reason.isEmpty else { throw FourEyesError("a proposal needs a reason") }
        guard proposal.reason.utf8.count <= RiskProposal.longestReason else {
            throw FourEyesError("a reason has at most \(RiskProposal.longestReason) bytes")
        }
        guard proposal.expires > proposal.time else { throw FourEyesError("it expires before it begins") }
        let (life, overflow) = proposal.expires.subtractingReportingOverflow(proposal.time)
        guard !overflow, life <= RiskProposal.longestLife else {
            throw FourEyesError("it may be approved for a day at most: --expires 1d, or less")
        }
        switch proposal.purpose {
        case .limit: try checkLimit(proposal)
        case .raise:
            guard let before = RiskState(name: proposal.before), let after = RiskState(name: proposal.after),
                after < before
            else { throw FourEyesError("from \(proposal.before) to \(proposal.after) is no way up") }
        case .enable: break
        }
    }

    private func checkLimit(_ proposal: RiskProposal) throws(FourEyesError) {
        guard limits.indices.contains(proposal.limit) else {
            throw FourEyesError("there is no limit \(proposal.limit)")
        }
        guard let before = Int128(proposal.before), let after = Int128(proposal.after), before >= 0, after >= 0 else {
            throw FourEyesError("'\(proposal.before)' and '\(proposal.after)' are no values of a limit")
        }
        // Twice in one step: whoever wants more asks twice.
        guard after <= before || after - before <= before else {
            throw FourEyesError(
                "\(after) is more than twice \(before): a limit is loosened to at most twice in one step"
            )
        }
    }

    /// Whether `approval` was signed by two different people who may decide together.
    public func check(_ approval: RiskApproval) throws(FourEyesError) {
        let proposal = approval.proposal
        try check(proposal)
        guard approval.approver != proposal.proposer else {
            throw FourEyesError("\(approval.approver) has proposed it: another person approves")
        }
        guard let first = person(proposal.proposer), let second = person(approval.approver) else {
            throw FourEyesError("the limits name nobody called '\(approval.approver)'")
        }
        let (one, other) = (identities[Int(first) - 1], identities[Int(second) - 1])
        guard one.publicKey != other.publicKey else {
            throw FourEyesError("\(one.name) and \(other.name) have the same key: they count as one person")
        }
        guard one.role == .riskOfficer || other.role == .riskOfficer else {
            throw FourEyesError("neither \(one.name) nor \(other.name) is a risk officer")
        }
        guard let signature = Hexadecimal.bytes(approval.signature),
            Signature.isValid(signature, of: approval.signedBytes, by: other.publicKey)
        else { throw FourEyesError("the signature is not that of \(approval.approver) under this approval") }
        guard approval.time <= proposal.expires else { throw FourEyesError("it was approved after it had expired") }
        // A time below all that can be subtracted from is in front of everything.
        let (earliest, isBelow) = proposal.time.subtractingReportingOverflow(RiskProposal.clockTolerance)
        guard isBelow || approval.time >= earliest else {
            throw FourEyesError("it was approved before it was proposed")
        }
    }

    /// A limit's place in words: `firm.grossNotional`, `strategy:pairs.position@AAPL`.
    public func limitPath(_ index: Int) -> String {
        let limit = limits[index]
        let scope = scopes.indices.contains(limit.scope) ? scopes[limit.scope] : RiskScope(.firm, "")
        let name = scope.kind == .firm ? "firm" : "\(scope.kind):\(scope.name)"
        let target =
            switch limit.target {
            case .all: ""
            case .eachInstrument: "@each"
            case .instrument(let symbol): "@\(symbol)"
            case .venue(let number):
                "@venue:" + (venues.indices.contains(Int(number) - 1) ? venues[Int(number) - 1] : "\(number)")
            case .assetClass(let place):
                "@class:" + (assetClasses.indices.contains(Int(place)) ? assetClasses[Int(place)] : "\(place)")
            }
        return "\(name).\(limit.kind)\(target)"
    }

    /// The limit that `text` names, by number or by path.
    public func limit(named text: String) -> Int? {
        if let number = Int(text) { return limits.indices.contains(number) ? number : nil }
        return limits.indices.first { limitPath($0) == text }
    }
}

extension RiskState {
    /// The state called `name`.
    init?(name: String) {
        switch name {
        case "active": self = .active
        case "reduceOnly": self = .reduceOnly
        case "halted": self = .halted
        case "killed": self = .killed
        default: return nil
        }
    }
}
