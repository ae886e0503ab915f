// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire

/// Who talks to whom, for the trials of `helios fix connect` and `helios fix accept`.
struct FixTrialOptions: ParsableArguments {
    @Option(name: .customLong("fix"), help: "The version of FIX: 4.0 to 4.4, 5.0 or 5.0sp2.")
    var version = "4.4"

    @Option(help: "Our CompID.")
    var sender: String

    @Option(help: "The other side's CompID.")
    var target: String

    @Option(name: .customLong("sender-sub"), help: "Our SubID.")
    var senderSub = ""

    @Option(name: .customLong("target-sub"), help: "The other side's SubID.")
    var targetSub = ""

    @Option(help: "Seconds between heartbeats.")
    var heartbeat = 30

    @Option(
        help: "When numbers begin with 1 again: logon, logout or disconnect; more than once for several.",
        completion: .list(["logon", "logout", "disconnect"])
    )
    var reset: [String] = []

    @Option(help: "A dictionary file; without it the built-in one of the version.", completion: .file())
    var dictionary: String?

    @Flag(name: .customLong("no-check"), help: "Take messages without looking into a dictionary.")
    var isUnchecked = false

    @Option(help: "Username of the Logon.")
    var username: String?

    @Option(name: .customLong("password-variable"), help: "The environment variable with the Logon's password.")
    var passwordVariable: String?

    @Option(name: .customLong("tls-certificate"), help: "Our certificate, PEM: speak TLS.", completion: .file())
    var certificate: String?

    @Option(name: .customLong("tls-key"), help: "The key of our certificate, PEM.", completion: .file())
    var key: String?

    @Option(name: .customLong("tls-authority"), help: "Whose certificates are believed, PEM.", completion: .file())
    var authority: String?

    @Option(name: .customLong("tls-name"), help: "The name in the other side's certificate.")
    var serverName: String?

    @Flag(name: .customLong("tls"), help: "Speak TLS.")
    var isSecure = false

    @Flag(help: "Print every message as it is on the wire, heartbeats too.")
    var raw = false

    func validate() throws {
        guard application != nil else {
            throw ValidationError("there is no FIX version '\(version)': 4.0, 4.1, 4.2, 4.3, 4.4, 5.0 or 5.0sp2")
        }
        if let wrong = reset.first(where: { !["logon", "logout", "disconnect"].contains($0) }) {
            throw ValidationError("--reset: found '\(wrong)', expected logon, logout or disconnect")
        }
        guard heartbeat >= 0, heartbeat <= 86_400 else { throw ValidationError("--heartbeat is 0 to 86400 seconds") }
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        guard [sender, target].allSatisfy({ !$0.isEmpty && !$0.utf8.contains(1) }) else {
            throw ValidationError("CompIDs are not empty")
        }
    }

    /// BeginString and the version of the messages.
    private var application: (FixVersion, FixApplication)? {
        switch version.lowercased() {
        case "4.0": (.fix40, .fix40)
        case "4.1": (.fix41, .fix41)
        case "4.2": (.fix42, .fix42)
        case "4.3": (.fix43, .fix43)
        case "4.4": (.fix44, .fix44)
        case "5.0": (.fixt11, .fix50)
        case "5.0sp2": (.fixt11, .fix50sp2)
        default: nil
        }
    }

    func configuration(_ role: FixRole) throws -> FixSessionConfiguration {
        guard let (version, application) = application else { throw Failure(.usage, "no such version") }
        let id = FixSessionID(version, sender: sender, target: target, senderSub: senderSub, targetSub: targetSub)
        var configuration = FixSessionConfiguration(id, role)
        configuration.application = application
        configuration.heartbeat = heartbeat
        configuration.resetOnLogon = reset.contains("logon")
        configuration.resetOnLogout = reset.contains("logout")
        configuration.resetOnDisconnect = reset.contains("disconnect")
        configuration.username = username
        if let passwordVariable {
            guard let password = ProcessInfo.processInfo.environment[passwordVariable] else {
                throw Failure(.usage, "the environment has no variable \(passwordVariable)")
            }
            configuration.password = password
        }
        return configuration
    }

    /// What messages are checked against; nil when they are not.
    func makeDictionary() throws -> FixDictionary? {
        if isUnchecked { return nil }
        if let dictionary { return try FixDictionaryFile.load(dictionary, session: nil) }
        switch application?.1 {
        case .fix42: return .builtin(.fix42)
        case .fix44: return .builtin(.fix44)
        case .fix50: return .builtin(.fix50)
        case .fix50sp2: return .builtin(.fix50sp2)
        default: return nil
        }
    }

    #if Network
    /// How TLS is spoken; nil for plain connections.
    var tls: TLSSettings? {
        guard isSecure || certificate != nil || authority != nil || serverName != nil else { return nil }
        return TLSSettings(certificate: certificate, key: key, authority: authority, serverName: serverName)
    }
    #endif
}

/// Host and port of `HOST:PORT` or `PORT`.
func fixEndpoint(_ text: String) throws -> (host: String, port: Int) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port), parts.count <= 2 else {
        throw Failure(.usage, "'\(text)' is no address", hint: "write HOST:PORT, such as 127.0.0.1:9880")
    }
    return (parts.count == 2 ? parts[0] : "127.0.0.1", port)
}

/// UTC now, for the edge that talks to the world.
func utcNow() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
