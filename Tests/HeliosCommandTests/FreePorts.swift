// SPDX-License-Identifier: MIT
import Foundation

/// Ports of this machine that nobody uses: the system chooses them.
enum FreePorts {
    /// The first of `count` ports in a row that are free for TCP and for UDP.
    ///
    /// They are let go before anybody else takes them, as those who do are other processes; the system gives away the same numbers
    /// again last.
    static func base(of count: Int) -> Int {
        while true {
            var held: [Int32] = []
            defer { for descriptor in held { close(descriptor) } }
            guard let first = hold(0, SOCK_STREAM, &held), first + count < 65_536 else { continue }
            let others = (1..<count).allSatisfy { hold(first + $0, SOCK_STREAM, &held) != nil }
            if others, (0..<count).allSatisfy({ hold(first + $0, SOCK_DGRAM, &held) != nil }) { return first }
        }
    }

    /// Binds a socket to a port, 0 for whichever the system gives; its number, nil when it is somebody's.
    static func hold(_ port: Int, _ kind: __socket_type, _ held: inout [Int32]) -> Int? {
        let made = socket(AF_INET, Int32(kind.rawValue), 0)
        guard made >= 0 else { return nil }
        held.append(made)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) == 0 ? getsockname(made, $0, &length) : -1
            }
        }
        return result == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
