// SPDX-License-Identifier: MIT

import Foundation
import HeliosStore
import Testing

/// `printf 'hello, market\n' | gzip -9n`, made by gzip 1.12.
private let hello: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xD7, 0x51, 0xC8, 0x4D,
    0x2C, 0xCA, 0x4E, 0x2D, 0xE1, 0x02, 0x00, 0xAF, 0x86, 0x4C, 0x14, 0x0E, 0x00, 0x00, 0x00,
]

private func inflate(_ path: String, piece: Int = 1000) throws -> [UInt8] {
    var reader = try GzipReader(path: path)
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while case let count = try buffer.withUnsafeMutableBytes({ try reader.read(into: $0) }), count > 0 {
        all += buffer[..<count]
    }
    return all
}

private func outcome(_ path: String) -> Result<[UInt8], StoreError> {
    do { return .success(try inflate(path)) } catch let error as StoreError { return .failure(error) } catch {
        Issue.record("an error of another type: \(error)")
        return .success([])
    }
}

@Suite("Gzip")
struct GzipTests {
    @Test("a file of the gzip program reads back, several members as one")
    func foreign() throws {
        try SharedData.withFile(hello) { path in
            let text = try inflate(path)
            #expect(text == Array("hello, market\n".utf8))
        }
        try SharedData.withFile(hello + hello + [0, 0, 0]) { path in
            let text = try inflate(path, piece: 3)
            #expect(text == Array("hello, market\nhello, market\n".utf8))
        }
    }

    @Test("what is written reads back, and is the same file each time", arguments: [1, 6, 9])
    func roundTrip(level: Int) throws {
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        var files: [Data] = []
        for _ in 0..<2 {
            try SharedData.withFile([]) { path in
                var writer = try GzipWriter(path: path, level: level)
                try content[..<1_234_567].withUnsafeBytes { try writer.write($0) }
                try content[1_234_567...].withUnsafeBytes { try writer.write($0) }
                try writer.finish()
                let back = try inflate(path, piece: 100_000)
                #expect(back == content)
                files.append(try Data(contentsOf: URL(fileURLWithPath: path)))
            }
        }
        #expect(files[0] == files[1])
        // No time and an unknown system in the header: nothing in it depends on when and where it was written.
        #expect(Array(files[0][4..<8]) == [0, 0, 0, 0])
        #expect(files[0][9] == 255)
    }

    @Test("a file cut at any length names where it ends, and never reads as whole")
    func cuts() throws {
        for count in 2..<hello.count {
            try SharedData.withFile(Array(hello.prefix(count))) { path in
                let error = #expect(throws: StoreError.self) { try inflate(path) }
                #expect(error?.code == .truncated)
                #expect(error?.offset == UInt64(count))
            }
        }
        for count in 0..<2 {
            try SharedData.withFile(Array(hello.prefix(count))) { path in
                #expect(throws: StoreError.self) { try inflate(path) }
            }
        }
    }

    @Test("every changed byte gives the right bytes or an error, never wrong bytes")
    func flips() throws {
        for position in hello.indices {
            for value in (0..<8).map({ hello[position] ^ (1 << $0) }) + [0, 255] where value != hello[position] {
                var changed = hello
                changed[position] = value
                try SharedData.withFile(changed) { path in
                    if case .success(let bytes) = outcome(path) { #expect(bytes == Array("hello, market\n".utf8)) }
                }
            }
        }
    }

    @Test("anything but gzip after a member is refused with its place")
    func trailing() throws {
        try SharedData.withFile(hello + Array("rubbish".utf8)) { path in
            #expect(
                outcome(path)
                    == .failure(
                        StoreError(
                            .corrupt,
                            path: path,
                            offset: UInt64(hello.count),
                            reason: "no gzip data after the end of a gzip member"
                        )
                    )
            )
        }
    }

    @Test("a missing file, a folder and a file of another format are refused by name")
    func refusals() throws {
        #expect(throws: StoreError(.system, path: "/nowhere/at/all", reason: "No such file or directory")) {
            let file = try MappedFile(path: "/nowhere/at/all")
            _ = file.path
        }
        #expect(throws: StoreError(.system, path: "/tmp", reason: "not a regular file")) {
            let file = try MappedFile(path: "/tmp")
            _ = file.path
        }
        try SharedData.withFile([]) { path in
            let file = try MappedFile(path: path)
            let count = file.bytes.count
            #expect(count == 0)
        }
    }
}
