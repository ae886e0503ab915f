// SPDX-License-Identifier: MIT
import Foundation
import Synchronization

/// Ports of this machine that nobody uses, and that nobody gets by chance.
enum FreePorts {
    /// Below the ports that the system gives away by itself: of those an outgoing connection may have any before the server that is
    /// to listen there has begun, and who connects too early may even meet himself.
    private static let range = 10_000..<32_000
    /// Where the next search begins; processes that test at the same time begin elsewhere.
    private static let next = Mutex(range.lowerBound + Int(getpid()) * 509 % range.count)

    /// The first of `count` ports in a row that are free for TCP and for UDP, and that nobody else in this process was given.
    ///
    /// They are let go before anybody takes them, as those who do are other processes.
    static func base(of count: Int) -> Int {
        while true {
            let first = next.withLock { next in
                if next + count > range.upperBound { next = range.lowerBound }
                defer { next += count }
                return next
            }
            var held: [Int32] = []
            defer { for descriptor in held { close(descriptor) } }
            let isFree = (first..<first + count).allSatisfy {
                hold($0, SOCK_STREAM, &held) != nil && hold($0, SOCK_DGRAM, &held) != nil
            }
            if isFree { return first }
        }
    }

    /// Binds a socket to a port, 0 for whichever the system gives; its number, nil when it is somebody's.
    static func hold(_ port: Int, _ kind: __socket_type, _ held: inout [Int32]) -> Int? {
        let made = socket(AF_INET, Int32(kind.rawValue), 0)
        guard made >= 0 else { return nil }
        // No program that is started meanwhile shall have it too.
        _ = fcntl(made, F_SETFD, FD_CLOEXEC)
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
