// SPDX-License-Identifier: MIT

import HeliosWire

/// Messages put into BinaryFILE framing, with the place in the file that each came from.
final class FrameBuffer {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    /// Stream position of the first byte, counted in bytes given out.
    private(set) var base: UInt64 = 0
    /// Where runs of bytes came from: from `start` on, the file's bytes from `origin` on.
    private var runs: [(start: Int, origin: UInt64)] = []

    static let size = 1 << 20
    /// Room that must be free before a packet or message is added.
    static let reserve = 1 << 17

    init() { memory = .allocate(byteCount: FrameBuffer.size, alignment: 64) }

    deinit { memory.deallocate() }

    var isFull: Bool { memory.count - count < FrameBuffer.reserve }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Appends a frame: `length` as its length, and as many bytes of `message` as there are.
    func append(length: Int, _ message: UnsafeRawBufferPointer, origin: UInt64) {
        precondition(memory.count - count >= message.count + 2, "the frame buffer is full")
        runs.append((count, origin))
        memory.storeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian, toByteOffset: count, as: UInt16.self)
        UnsafeMutableRawBufferPointer(rebasing: memory[(count + 2)...]).copyMemory(from: message)
        count += 2 + message.count
    }

    /// Drops the first `consumed` bytes.
    func consume(_ consumed: Int) {
        let rest = UnsafeRawBufferPointer(rebasing: memory[consumed..<count])
        UnsafeMutableRawBufferPointer(rebasing: memory[...]).copyMemory(from: rest)
        base += UInt64(consumed)
        count -= consumed
        let kept = runs.filter { $0.start >= consumed }
        runs = kept.map { ($0.start - consumed, $0.origin) }
    }

    /// The place in the file of the byte at stream position `position`.
    func origin(of position: UInt64) -> UInt64 {
        let offset = Int(truncatingIfNeeded: position &- base)
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return position }
        return runs[low - 1].origin + UInt64(max(0, offset - runs[low - 1].start))
    }
}
