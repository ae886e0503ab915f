// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import HeliosWire
import Testing

/// The files of the repository, from where this one stands.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func file(_ path: String) -> URL { root.appendingPathComponent(path) }

    static func model(_ name: String) throws -> SbeModel { try SbeModel(contentsOf: file("Schemas/\(name).xml")) }
}

/// A seeded generator (xorshift).
struct SchemaRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func bits() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func below(_ bound: Int) -> Int { Int(bits() >> 33) % max(bound, 1) }
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: bits() >> 20) }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }
}

func withWire<R>(_ bytes: [UInt8], _ body: (WireBytes) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes { try body(WireBytes($0)) }
}

/// What `body` writes.
func written(
    _ limit: Int = 4_096,
    _ body: (inout SbeWriter) throws(SbeError) -> Void
) throws(SbeError) -> [UInt8] {
    var output = WireOutput(capacity: limit)
    try output.write(upTo: limit, body)
    let bytes = output.bytes
    return (0..<bytes.count).map { bytes[$0] }
}

/// Bytes of hexadecimal digits; everything else is passed over.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// What reading `bytes` throws, or nil.
func fault<M: SbeMessage>(_ type: M.Type, _ bytes: [UInt8]) -> SbeError? {
    withWire(bytes) { wire in
        do throws(SbeError) {
            _ = try M(wire)
            return nil
        } catch {
            return error
        }
    }
}
