// SPDX-License-Identifier: MIT

/// Where a process listens or another one can be reached: `HOST:PORT`, or `PORT` for this machine.
public struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    public var host: String
    public var port: UInt16

    public init(host: String = "127.0.0.1", port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Nil when `text` has another form.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let last = parts.last, let port = UInt16(last) else { return nil }
        let host = parts.count == 2 ? String(parts[0]) : "127.0.0.1"
        self.init(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }

    public var description: String { "\(host):\(port)" }
}
