// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosFIX
import HeliosLive
import HeliosNetwork
import HeliosVenue

/// What the section `live.fix` comes to.
struct FixPlan {
    let fix: LiveFixConfiguration

    /// The order entry of one venue, with what it has of its own; nil when orders don't go by FIX.
    func entry(
        sender: String? = nil,
        target: String? = nil,
        senderSub: String? = nil,
        targetSub: String? = nil,
        account: String? = nil,
        store: String? = nil
    ) throws -> FixOrderEntry? {
        guard let sender = sender ?? fix.sender, let target = target ?? fix.target else { return nil }
        let version: FixVersion =
            switch fix.version {
            case "4.2": .fix42
            case "5.0sp2": .fixt11
            default: .fix44
            }
        let id = FixSessionID(
            version,
            sender: sender,
            target: target,
            senderSub: senderSub ?? fix.senderSub ?? "",
            targetSub: targetSub ?? fix.targetSub ?? ""
        )
        var entry = FixOrderEntry(try session(id))
        entry.dictionary = try dictionary()
        entry.store = store ?? fix.store
        entry.account = account ?? fix.account ?? ""
        entry.destination = fix.destination ?? ""
        entry.endText = fix.endText
        entry.handling = UInt8(ascii: "0") + UInt8(fix.handling)
        entry.capacity =
            switch fix.capacity {
            case "principal": UInt8(ascii: "P")
            case "riskless": UInt8(ascii: "R")
            case "individual": UInt8(ascii: "I")
            default: UInt8(ascii: "A")
            }
        if let tag = fix.liquidityTag ?? (fix.version == "4.2" ? 9_730 : nil) {
            entry.liquidityTag = FixTag(rawValue: UInt32(tag))
        }
        entry.selfMatch = FixSelfMatch.Instruction(rawValue: fix.selfMatch)
            .map { FixSelfMatch(id: fix.selfMatchID ?? "", $0) }
        entry.dealers = fix.dealers
        entry.security = security
        entry.secureDial = try secureDial(entry.security)
        return entry
    }

    private func session(_ id: FixSessionID) throws -> FixSessionConfiguration {
        var session = FixSessionConfiguration(id, .initiator)
        session.heartbeat = fix.heartbeat
        session.resetOnLogon = fix.reset == "logon"
        session.resetOnLogout = fix.reset == "logout"
        session.resetOnDisconnect = fix.reset == "disconnect"
        session.resetOnSchedule = fix.reset == "period"
        session.schedule = fix.schedule.value
        session.usesNextExpected = fix.nextExpected
        session.logonTimeout = fix.logonTimeout
        session.sendingTimeTolerance = fix.tolerance > 0 ? fix.tolerance : nil
        session.username = fix.username
        session.password = try password()
        return session
    }

    /// The password, which no configuration holds.
    private func password() throws -> String? {
        if let name = fix.passwordEnvironment {
            guard let password = ProcessInfo.processInfo.environment[name], !password.isEmpty else {
                throw Failure(.usage, "live.fix.passwordEnvironment: the variable \(name) is not set")
            }
            return password
        }
        guard let path = fix.passwordFile else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "live.fix.passwordFile: \(path) can't be read")
        }
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard !line.isEmpty else {
            throw Failure(.usage, "live.fix.passwordFile: the first line of \(path) is no password")
        }
        return line
    }

    private func dictionary() throws -> FixDictionary? {
        guard let path = fix.dictionary else { return nil }
        do { return try FixDictionaryFile.load(path, session: nil) } catch {
            throw Failure(.usage, "live.fix.dictionary: \(Failure(error).text)")
        }
    }

    /// Who speaks TLS; nil where it isn't asked for.
    private func secureDial(_ security: TransportSecurity?) throws -> (@Sendable (Endpoint) throws -> Int32)? {
        guard let security else { return nil }
        #if Network
        let settings = TLSSettings(
            certificate: security.certificate,
            key: security.key,
            authority: security.authority,
            serverName: security.serverName,
            verification: security.verifies ? .full : .none
        )
        let connector: TLSConnector
        do throws(TLSError) { connector = try TLSConnector(settings) } catch {
            throw Failure(.usage, "live.fix.tls: \(error)")
        }
        return { endpoint in try connector.connect(host: endpoint.host, port: Int(endpoint.port)) }
        #else
        throw Failure(.usage, "live.fix.tls: this build speaks no TLS: build it with the trait Network")
        #endif
    }

    private var security: TransportSecurity? {
        guard fix.tls.isOn else { return nil }
        var security = TransportSecurity()
        security.certificate = fix.tls.certificate
        security.key = fix.tls.key
        security.authority = fix.tls.authority
        security.serverName = fix.tls.serverName
        security.verifies = fix.tls.verify
        return security
    }
}
