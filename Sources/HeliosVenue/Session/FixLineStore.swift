// SPDX-License-Identifier: MIT
import HeliosFIX

/// Where a session of a FIX door keeps its numbers and what it has sent.
///
/// A door opens no files: whoever runs it gives it memory that lies in one, and more of it when it runs short.
public struct FixLineStore {
    /// Holds what an earlier process has kept, or nothing.
    public let memory: FixStoreMemory
    /// Whether the client's last messages may be missing in it, though they were carried out.
    public let isDoubtful: Bool
    /// More memory over the same bytes; nil when there is none to be had.
    public let grow: () -> FixStoreMemory?

    public init(memory: FixStoreMemory, isDoubtful: Bool = false, grow: @escaping () -> FixStoreMemory?) {
        self.memory = memory
        self.isDoubtful = isDoubtful
        self.grow = grow
    }
}
