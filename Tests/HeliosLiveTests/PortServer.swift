// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Serves one kind of an exchange's doors on a real socket: what a server around `Exchange` has to do, and no more.
final class PortServer {
    private let exchange: Exchange
    private let kind: PortKind
    private let listener: Int32
    let endpoint: Endpoint
    private var clients: [Client] = []
    /// Connections that were cut by `cutAll`.
    private(set) var cuts = 0

    private final class Client {
        let descriptor: Int32
        var connection = SoupServerConnection(SoupServerConfiguration(), at: .zero)
        var output = WireOutput(capacity: 1 << 16)
        var port: SoupPort?
        var isOpen = true

        init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    init(_ exchange: Exchange, _ kind: PortKind) throws {
        self.exchange = exchange
        self.kind = kind
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = made
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) | listen(made, 16) | getsockname(made, $0, &length)
            }
        }
        guard made >= 0, result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        endpoint = Endpoint(port: UInt16(bigEndian: address.sin_port))
        _ = fcntl(made, F_SETFL, O_NONBLOCK)
    }

    deinit { close(listener) }

    /// Takes what came and sends what is there, at most `limit` bytes to each client.
    func step(at now: Timestamp, limit: Int = 1 << 16) {
        let descriptor = accept(listener, nil, nil)
        if descriptor >= 0 {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            clients.append(Client(descriptor))
        }
        for client in clients { serve(client, now, limit) }
        clients.removeAll { !$0.isOpen }
    }

    /// Whether somebody is connected.
    var isBusy: Bool { !clients.isEmpty }

    /// Closes all connections in the middle of whatever they do.
    func cutAll() {
        for client in clients where client.isOpen {
            cuts += 1
            if let port = client.port { exchange.disconnected(port, at: .zero) }
        }
        clients.removeAll()
    }

    private func serve(_ client: Client, _ now: Timestamp, _ limit: Int) {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(client.descriptor, &bytes, bytes.count, 0)
        if count == 0 || count < 0 && errno != EAGAIN {
            client.isOpen = false
            if let port = client.port { exchange.disconnected(port, at: now) }
        }
        if count > 0 {
            bytes[..<count].withUnsafeBytes { raw in
                var chunk = WireBytes(raw)
                while let event = client.connection.next(&chunk, at: .zero, into: &client.output) {
                    take(event, client, now)
                }
            }
        }
        if let port = client.port { _ = client.connection.send(port.stream, at: .zero, into: &client.output) }
        let waiting = client.output.bytes.unsafeBuffer
        let sent = send(client.descriptor, waiting.baseAddress, min(waiting.count, limit), Int32(MSG_NOSIGNAL))
        if sent > 0 { client.output.drop(sent) }
    }

    private func take(_ event: SoupServerEvent, _ client: Client, _ now: Timestamp) {
        switch event {
        case .login(let login):
            client.port = exchange.open(kind, user: login.user, at: now)
            if let port = client.port {
                _ = client.connection.accept(port.stream, at: .zero, into: &client.output)
            } else {
                _ = client.connection.refuse(.notAuthorised, into: &client.output)
            }
        case .message(let message): if let port = client.port { exchange.receive(message, from: port, at: now) }
        case .closed: client.isOpen = client.output.count > 0
        }
    }
}
