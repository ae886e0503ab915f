// SPDX-License-Identifier: MIT
import CSodium

/// A SHA-256 digest as it is written: 64 hexadecimal digits.
public enum Digest {
    /// The digest of `bytes`.
    public static func of(_ bytes: some Collection<UInt8>) -> String {
        let input = Array(bytes)
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        _ = crypto_hash_sha256(&digest, input, UInt64(input.count))
        return hex(digest)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The digest of a stream of bytes.
struct RunningDigest {
    private var state = crypto_hash_sha256_state()

    init() { crypto_hash_sha256_init(&state) }

    mutating func add(_ bytes: [UInt8]) { crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count)) }

    /// The digest of what was added so far; more may be added.
    func value() -> String {
        var copy = state
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256_final(&copy, &digest)
        return Digest.hex(digest)
    }
}
