// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosRisk
import Testing

@Suite("Four eyes")
struct FourEyesTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(Hexadecimal.bytes(text)) }

    @Test("the examples of RFC 8032, section 7.1")
    func published() throws {
        let examples = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
                    + "4655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
                    + "eb00d291612bb0c00"
            ),
        ]
        for (seed, publicKey, message, signature) in examples {
            let key = try SigningKey(name: "rfc", seed: try bytes(seed))
            #expect(Hexadecimal.text(key.publicKey) == publicKey)
            #expect(Hexadecimal.text(key.sign(try bytes(message))) == signature)
            #expect(Signature.isValid(try bytes(signature), of: try bytes(message), by: key.publicKey))
            #expect(!Signature.isValid(try bytes(signature), of: try bytes(message) + [0], by: key.publicKey))
        }
    }

    private func firm() throws -> (policy: RiskPolicy, keys: [SigningKey]) {
        let keys = try ["ana", "ben", "rita"].map { try SigningKey(new: $0) }
        var policy = RiskPolicy()
        policy.scopes = [RiskScope(.firm, "firm")]
        policy.limits = [RiskLimit(0, .all, .grossNotional, hard: 1_000)]
        policy.identities = keys.map {
            RiskIdentity($0.name, $0.name == "rita" ? .riskOfficer : .trader, publicKey: $0.publicKey)
        }
        return (policy, keys)
    }

    private func proposal(_ key: SigningKey, _ change: (inout RiskProposal) -> Void = { _ in }) -> RiskProposal {
        var proposal = RiskProposal(
            .limit,
            session: "1",
            edition: "2",
            before: "1000",
            after: "2000",
            reason: "a test",
            proposer: key.name,
            time: 1_000,
            expires: 2_000
        )
        proposal.limit = 0
        change(&proposal)
        proposal.sign(key)
        return proposal
    }

    @Test("a signature holds for every field that was signed, and for no other")
    func everyFieldCounts() throws {
        let (policy, keys) = try firm()
        let good = proposal(keys[0])
        try policy.check(good)
        let changes: [(inout RiskProposal) -> Void] = [
            { $0.purpose = .enable }, { $0.session = "9" }, { $0.edition = "9" }, { $0.limit = 1 },
            { $0.isSoft = true },
            { $0.scope = "firm" }, { $0.before = "1001" }, { $0.after = "1999" }, { $0.effective = 1 },
            { $0.minutes = 1 }, { $0.reason = "another" }, { $0.proposer = "ben" }, { $0.time = 999 },
            { $0.expires = 2_001 }, { $0.nonce = "00" }, { $0.signature = "" }, { $0.signature = "zz" },
        ]
        for change in changes {
            var forged = good
            change(&forged)
            #expect(throws: FourEyesError.self) { try policy.check(forged) }
        }
        // Fields can't run into one another.
        var one = good
        var other = good
        (one.scope, one.before) = ("a", "bc")
        (other.scope, other.before) = ("ab", "c")
        #expect(one.signedBytes != other.signedBytes && one.id != other.id)
    }

    @Test("too loose, without a reason, downward, for nothing: not even signed rightly")
    func unreasonable() throws {
        let (policy, keys) = try firm()
        let changes: [(inout RiskProposal) -> Void] = [
            { $0.after = "2001" }, { $0.after = "-1" }, { $0.after = "x" }, { $0.reason = "" }, { $0.expires = 1_000 },
            { $0.limit = 1 }, { $0.limit = -1 },
            { $0.expires = 1_001 + RiskProposal.longestLife },
            { ($0.time, $0.expires) = (.min, .max) }, { $0.reason = String(repeating: "x", count: 1_001) },
            { ($0.purpose, $0.before, $0.after) = (.raise, "active", "killed") },
            { ($0.purpose, $0.before, $0.after) = (.raise, "killed", "killed") },
        ]
        for change in changes {
            let proposal = proposal(keys[0], change)
            #expect(throws: FourEyesError.self) { try policy.check(proposal) }
        }
    }

    @Test("who approves is somebody else, known, in time, and one of the two is a risk officer")
    func approvals() throws {
        let (policy, keys) = try firm()
        func approve(_ first: Int, _ second: Int, at time: Int64 = 1_500, as name: String? = nil) throws -> RiskApproval
        {
            var approval = RiskApproval(proposal(keys[first]), approver: name ?? keys[second].name, time: time)
            approval.sign(keys[second])
            return approval
        }
        try policy.check(try approve(0, 2))
        try policy.check(try approve(2, 0))
        let wrong = [
            try approve(0, 0), try approve(2, 2), try approve(0, 1), try approve(0, 2, at: 2_001),
            try approve(0, 1, as: "rita"), try approve(0, 2, as: "eve"),
        ]
        for approval in wrong { #expect(throws: FourEyesError.self) { try policy.check(approval) } }
        // One key under two names is one person.
        var twice = policy
        twice.identities.append(RiskIdentity("nina", .riskOfficer, publicKey: keys[0].publicKey))
        var approval = RiskApproval(proposal(keys[0]), approver: "nina", time: 1_500)
        approval.sign(keys[0])
        #expect(throws: FourEyesError.self) { try twice.check(approval) }
        // No time is too far away to be compared.
        for (time, expires, approved) in [(Int64.min, Int64.min + 5, Int64.max), (.max - 5, .max, .min)] {
            let far = proposal(keys[0]) { ($0.time, $0.expires) = (time, expires) }
            var late = RiskApproval(far, approver: "rita", time: approved)
            late.sign(keys[2])
            #expect(throws: FourEyesError.self) { try policy.check(late) }
        }
        // An approval is for one proposal.
        var moved = try approve(0, 2)
        moved.proposal = proposal(keys[0])
        #expect(throws: FourEyesError.self) { try policy.check(moved) }
    }
}
