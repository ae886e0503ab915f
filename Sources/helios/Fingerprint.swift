// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration

/// A file as a manifest names it: its size and the FNV-1a-64 hash of its bytes.
///
/// The hash finds damage and mix-ups; it is no protection from somebody who wants two files to collide.
struct Fingerprint: Codable, Equatable {
    var path: String
    var bytes: Int
    /// Sixteen hexadecimal digits.
    var hash: String

    /// Reads the file at `path`.
    init(of path: String, named name: String? = nil) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure.system(path) }
        defer { close(descriptor) }
        var hash = FNV1a()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw Failure.system(path) }
            if count == 0 { break }
            buffer.withUnsafeBytes { hash.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            total += count
        }
        self.path = name ?? path
        bytes = total
        self.hash = Figures.hash(hash.value)
    }
}
