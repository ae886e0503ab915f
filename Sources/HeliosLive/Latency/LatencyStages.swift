// SPDX-License-Identifier: MIT
import CHelios

/// Where between packet and order a stamp is taken.
public enum LatencyStage: Int, Sendable, CaseIterable {
    /// The datagram is in the program's memory: `recvmmsg` has returned.
    case received
    /// The message is a record.
    case decoded
    /// Books, strategy, risk and journal are done; what is to be sent is known.
    case decided
    /// The order's bytes stand in the output; `send` is called next.
    case encoded
    /// `send` has returned.
    case sent
}

/// Whoever is told where on the path a packet is; chosen by type, so that nobody pays for one who does not listen.
public protocol LatencyWatch: Sendable {
    func reached(_ stage: LatencyStage)
}

/// Nobody listens.
public struct NoLatencyWatch: LatencyWatch {
    public init() {}

    @inlinable
    @inline(__always)
    public func reached(_ stage: LatencyStage) {}
}

/// Keeps the last stamp of each stage where another thread can read it: some ten nanoseconds a stamp.
public struct LatencyBoard: LatencyWatch {
    // One thread writes a stage; the reader looks when that thread has nothing to do.
    private final class Memory: @unchecked Sendable {
        // Stages may be reached on threads of their own: each has its cache lines.
        static let stride = 128
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: LatencyStage.allCases.count * stride, alignment: 128)

        init() {
            bytes.initializeMemory(as: UInt8.self, repeating: 0, count: LatencyStage.allCases.count * Memory.stride)
        }

        deinit { bytes.deallocate() }
    }

    private let memory = Memory()
    private let told: (@Sendable (LatencyStage) -> Void)?

    /// - Parameter told: called with each stage too, on the thread that reaches it.
    public init(_ told: (@Sendable (LatencyStage) -> Void)? = nil) { self.told = told }

    @inline(__always)
    public func reached(_ stage: LatencyStage) {
        var now = helios_cycles()
        helios_store_words(memory.bytes + stage.rawValue * Memory.stride, &now, 1)
        if let told { told(stage) }
    }

    /// The last stamp of a stage, in cycles; 0 before the first.
    public subscript(stage: LatencyStage) -> UInt64 {
        var value: UInt64 = 0
        helios_load_words(&value, memory.bytes + stage.rawValue * Memory.stride, 1)
        return value
    }
}
