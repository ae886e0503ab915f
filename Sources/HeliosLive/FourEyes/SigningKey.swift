// SPDX-License-Identifier: MIT
import CSodium
import Foundation

/// What is wrong with a key, or with what was signed.
public struct SigningError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Ed25519 signatures (RFC 8032), by libsodium.
public enum Signature {
    /// Bytes of a signature.
    public static var length: Int { 64 }

    /// Whether `signature` is that of `message` by the owner of `publicKey`.
    public static func isValid(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
        guard sodium_init() >= 0, signature.count == length, publicKey.count == 32 else { return false }
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
    }

    /// Thirty-two bytes that stand for `message` (BLAKE2b).
    public static func digest(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_generichash(&digest, digest.count, message, UInt64(message.count), nil, 0)
        return digest
    }

    /// `count` bytes that nobody can foresee.
    public static func random(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, bytes.count)
        return bytes
    }
}

/// Somebody's private key, as it stands in a file that only they can read.
///
/// ```
/// helios-ed25519 1
/// name kim
/// secret 9d61b19d…        32 bytes, hexadecimal
/// public d75a9801…
/// ```
public struct SigningKey: Sendable {
    public let name: String
    /// 32 bytes; goes into `identities` of the limits file.
    public let publicKey: [UInt8]
    private let seed: [UInt8]
    private let secret: [UInt8]

    /// A new key.
    public init(new name: String) throws(SigningError) { try self.init(name: name, seed: Signature.random(32)) }

    /// The key of a seed of 32 bytes.
    public init(name: String, seed: [UInt8]) throws(SigningError) {
        guard sodium_init() >= 0 else { throw SigningError("libsodium does not start") }
        guard SigningKey.isName(name) else {
            throw SigningError("'\(name)' is no name: letters, digits, '.', '-' and '_', at most 64")
        }
        guard seed.count == 32 else { throw SigningError("a secret has 32 bytes") }
        var publicKey = [UInt8](repeating: 0, count: 32)
        var secret = [UInt8](repeating: 0, count: 64)
        guard crypto_sign_seed_keypair(&publicKey, &secret, seed) == 0 else {
            throw SigningError("libsodium makes no key")
        }
        (self.name, self.seed, self.publicKey, self.secret) = (name, seed, publicKey, secret)
    }

    /// Reads the file at `path`, which nobody but its owner may be able to read.
    public init(path: String) throws(SigningError) {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw SigningError("\(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SigningError("\(path): others can read it: chmod 600 \(path)")
        }
        var values: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard values["helios-ed25519"] == "1", let name = values["name"],
            let seed = values["secret"].flatMap(Hexadecimal.bytes)
        else { throw SigningError("\(path): is no key of 'helios risk keygen'") }
        try self.init(name: name, seed: seed)
        guard values["public"].flatMap(Hexadecimal.bytes) == publicKey else {
            throw SigningError("\(path): its public key is not that of its secret")
        }
    }

    /// Writes a new file that only its owner can read; one that is there is never written over.
    public func write(to path: String) throws(SigningError) {
        let text =
            "helios-ed25519 1\nname \(name)\nsecret \(Hexadecimal.text(seed))\npublic \(Hexadecimal.text(publicKey))\n"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SigningError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw SigningError("\(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The signature of `message`.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Signature.length)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        return signature
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }
}

/// Bytes as text, two lower-case digits each.
public enum Hexadecimal {
    public static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Nil for anything that is not pairs of digits.
    public static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x61 + 10
            case 0x41...0x46: digit - 0x41 + 10
            default: nil
            }
        }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[place]), let low = value(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    public static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
