// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosLive
import HeliosMarket
import HeliosWire
import Testing

@Suite("Files of a venue's FIX sessions")
struct VenueStoreFileTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    /// Writes a session that has sent `count` messages of a kilobyte and expects number 7.
    private func write(_ count: Int, boot: String, acceptor: Int?) throws {
        let file = try FixStoreFile(path: path, boot: boot, acceptor: acceptor)
        var store = FixStore(memory: try file.memory())
        store.setNextIn(7)
        let bytes = [UInt8](repeating: 0x41, count: 1_000)
        for number in 1...UInt64(count) {
            let isTaken = bytes.withUnsafeBytes { store.append(number, WireBytes($0)) }
            #expect(isTaken)
        }
    }

    @Test("a venue's file keeps the number that it expects and what it has sent, up to a bound")
    func acceptor() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(3_000, boot: "one", acceptor: 8 << 20)
        do {
            let store = FixStore(memory: try FixStoreFile(path: path, boot: "one", acceptor: 8 << 20).memory())
            let numbers = [store.nextOut, store.nextIn]
            let kept = store.message(1)?.count
            #expect(numbers == [3_001, 7] && kept == 1_000)
        }
        // More than it may keep: the numbers alone.
        let store = FixStore(memory: try FixStoreFile(path: path, boot: "one", acceptor: 1 << 20).memory())
        let numbers = [store.nextOut, store.nextIn]
        let isEmpty = store.message(1) == nil
        #expect(numbers == [3_001, 7] && isEmpty)
    }

    @Test("after another boot of the machine a venue's numbers go further, and it expects what it did")
    func boot() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(3, boot: "one", acceptor: 8 << 20)
        let file = try FixStoreFile(path: path, boot: "two", acceptor: 8 << 20)
        let store = FixStore(memory: try file.memory())
        let numbers = [store.nextOut, store.nextIn]
        #expect(file.hasLeapt && numbers == [4 + 1 << 20, 7])
        let kept = (1...4).map { store.message($0)?.count }
        #expect(kept == [1_000, 1_000, 1_000, nil], "what was told is asked for after a clean stop too")
    }

    @Test("after another boot a venue's file with more than it may keep has the numbers alone, further on")
    func bootOfLarge() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(3_000, boot: "one", acceptor: 8 << 20)
        do {
            let file = try FixStoreFile(path: path, boot: "two", acceptor: 1 << 20)
            let store = FixStore(memory: try file.memory())
            let numbers = [store.nextOut, store.nextIn]
            let isEmpty = store.message(1) == nil
            #expect(file.hasLeapt && numbers == [3_001 + 1 << 20, 7] && isEmpty)
        }
        #expect(try !FixStoreFile(path: path, boot: "two", acceptor: 1 << 20).hasLeapt)
    }

    @Test("a venue does not take a long file of nothing for a new one; one whose making was cut off it makes again")
    func zeroes() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: path))
        #expect { try FixStoreFile(path: path, boot: "one", acceptor: 8 << 20) } throws: {
            "\($0)".contains("its numbers are damaged: remove it")
        }
        try Data(count: 4_096 + 256).write(to: URL(fileURLWithPath: path))
        try write(3, boot: "one", acceptor: 8 << 20)
        let store = FixStore(memory: try FixStoreFile(path: path, boot: "one", acceptor: 8 << 20).memory())
        let nextOut = store.nextOut
        #expect(nextOut == 4)
    }

    @Test("a client's file that has grown begins with its number, and expects to be told everything")
    func initiator() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(3_000, boot: "one", acceptor: nil)
        let store = FixStore(memory: try FixStoreFile(path: path, boot: "one").memory())
        let numbers = [store.nextOut, store.nextIn]
        #expect(numbers == [3_001, 1])
    }

    @Test("a venue does not go on with a file whose numbers are damaged, and leaves it as it is")
    func damaged() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(3, boot: "one", acceptor: 8 << 20)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try handle.seek(toOffset: 4_096 + 64)
        try handle.write(contentsOf: Data(repeating: 0x5A, count: 128))
        try handle.close()
        for _ in 0..<2 {
            #expect { try FixStoreFile(path: path, boot: "one", acceptor: 8 << 20) } throws: {
                "\($0)".contains("its numbers are damaged: remove it")
            }
        }
    }
}
