// SPDX-License-Identifier: MIT
import CHelios

/// The checksum CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's instruction where there is one.
public enum CRC32C {
    /// The checksum of `bytes`, going on from `seed`, the checksum of what came before (0 at the start).
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return seed }
        // Safe: `base` has `count` bytes.
        return unsafe helios_crc32c(seed, base, bytes.count)
    }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, seed: seed) }
    }
}
