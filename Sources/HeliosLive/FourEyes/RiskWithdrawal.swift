// SPDX-License-Identifier: MIT
import HeliosRisk

/// A proposal taken back before anybody has approved it; anyone whom the limits name may, alone: it only ever stops something.
public struct RiskWithdrawal: Codable, Sendable, Equatable {
    /// The journal's number, hexadecimal.
    public var session: String
    /// What the proposal is called (`RiskProposal.id`).
    public var proposal: String
    public var person: String
    /// Nanoseconds of the world's time, UTC.
    public var time: Int64
    /// Of the person, hexadecimal.
    public var signature = ""

    public init(of proposal: RiskProposal, person: String, time: Int64) {
        session = proposal.session
        self.proposal = proposal.id
        self.person = person
        self.time = time
    }

    public var signedBytes: [UInt8] {
        RiskProposal.bytes(["helios four eyes 1 withdrawal", session, proposal, person, "\(time)"])
    }

    public mutating func sign(_ key: SigningKey) { signature = Hexadecimal.text(key.sign(signedBytes)) }
}

extension RiskPolicy {
    /// Whether `withdrawal` was signed by somebody whom the limits name.
    public func check(_ withdrawal: RiskWithdrawal) throws(FourEyesError) {
        guard let person = person(withdrawal.person) else {
            throw FourEyesError("the limits name nobody called '\(withdrawal.person)'")
        }
        guard let signature = Hexadecimal.bytes(withdrawal.signature),
            Signature.isValid(signature, of: withdrawal.signedBytes, by: identities[Int(person) - 1].publicKey)
        else { throw FourEyesError("the signature is not that of \(withdrawal.person) under this withdrawal") }
    }
}
