// SPDX-License-Identifier: MIT

/// A first-in first-out queue that reuses its memory and grows only when it has never been that full.
@safe
struct RecordQueue<Record: BitwiseCopyable>: ~Copyable {
    private var storage: UnsafeMutablePointer<Record>
    private var mask: Int
    private var head = 0
    private(set) var count = 0

    init(capacity: Int = 1_024) {
        var size = 16
        while size < capacity { size *= 2 }
        unsafe storage = .allocate(capacity: size)
        mask = size - 1
    }

    /// Gives the memory back; the owner calls it once, at its end. (Not a deinit: Swift 6.3.1 miscompiles an internal
    /// noncopyable member that has one.)
    func deallocate() { unsafe storage.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// The oldest record.
    ///
    /// Only for a queue that is not empty.
    var first: Record {
        precondition(count > 0)
        return unsafe storage[head & mask]
    }

    /// The record at `index` from the oldest.
    subscript(index: Int) -> Record {
        precondition(index >= 0 && index < count)
        return unsafe storage[(head + index) & mask]
    }

    mutating func append(_ record: Record) {
        if count > mask { grow() }
        unsafe storage[(head + count) & mask] = record
        count += 1
    }

    /// Appends a record and moves it before those that it precedes, behind those that it does not.
    mutating func insert(_ record: Record, before precedes: (Record) -> Bool) {
        append(record)
        var place = count - 1
        while place > 0, unsafe precedes(storage[(head + place - 1) & mask]) {
            unsafe storage[(head + place) & mask] = storage[(head + place - 1) & mask]
            place -= 1
        }
        unsafe storage[(head + place) & mask] = record
    }

    mutating func removeFirst() -> Record {
        let record = first
        head += 1
        count -= 1
        return record
    }

    private mutating func grow() {
        let size = (mask + 1) * 2
        let bigger = UnsafeMutablePointer<Record>.allocate(capacity: size)
        for index in 0..<count { unsafe bigger[index] = storage[(head + index) & mask] }
        unsafe storage.deallocate()
        unsafe storage = bigger
        mask = size - 1
        head = 0
    }
}
