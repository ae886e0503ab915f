// SPDX-License-Identifier: MIT
import HeliosMarket

/// A fixed number of trivially copyable elements with checked access.
@safe
@frozen
public struct Mdp3Array<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    @inlinable
    public init(_ element: Element, count: Int) {
        self.count = max(count, 0)
        unsafe base = .allocate(capacity: max(count, 1))
        unsafe base.initialize(repeating: element, count: self.count)
    }

    @inlinable
    deinit { unsafe base.deallocate() }

    @inlinable
    public subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "index outside the array")
            return unsafe base[index]
        }
        @inline(__always) set {
            precondition(index >= 0 && index < count, "index outside the array")
            unsafe base[index] = newValue
        }
    }

    /// Moves `length` elements from `source` to `target`; traps outside the array.
    @inlinable
    public mutating func move(_ length: Int, from source: Int, to target: Int) {
        precondition(length >= 0 && source >= 0 && target >= 0, "move outside the array")
        precondition(source <= count - length && target <= count - length, "move outside the array")
        unsafe (base + target).update(from: base + source, count: length)
    }
}

/// What a feed knows of an instrument.
@frozen
@usableFromInline
struct Mdp3Slot: BitwiseCopyable {
    @usableFromInline var securityID: Int32
    /// The number of the last message applied or held by a snapshot; 0 before the first.
    @usableFromInline var rptSeq: UInt32 = 0
    /// The highest number seen, applied or not.
    @usableFromInline var seenRptSeq: UInt32 = 0
    /// The packet of the last message seen.
    @usableFromInline var lastPacket: UInt32 = 0
    /// The packet up to which the orders are known from a snapshot.
    @usableFromInline var ordersPacket: UInt32 = 0
    /// The packet up to which the levels are known from a snapshot.
    @usableFromInline var levelsPacket: UInt32 = 0
    /// The recovery in which the last snapshot was taken.
    @usableFromInline var levelsRound: UInt32 = 0
    @usableFromInline var ordersRound: UInt32 = 0
    /// The chunk of the orders' snapshot that is to come; 0 when none has begun.
    @usableFromInline var nextChunk: UInt32 = 0
    @usableFromInline var chunkPacket: UInt32 = 0
    @usableFromInline var hasLevels = false
    @usableFromInline var hasOrders = false

    @inlinable
    init(securityID: Int32) { self.securityID = securityID }
}

/// The instruments of a channel: SecurityID to a dense number, in the order of their first appearance.
@usableFromInline
@frozen
struct Mdp3Instruments: ~Copyable {
    @usableFromInline var slots: Mdp3Array<Mdp3Slot>
    /// Numbers plus one, by hash; 0 is free.
    @usableFromInline var table: Mdp3Array<UInt32>
    @usableFromInline var count = 0

    @inlinable
    init(capacity: Int) {
        let capacity = min(max(capacity, 1), 1 << 24)
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = Mdp3Array(Mdp3Slot(securityID: 0), count: capacity)
        table = Mdp3Array(0, count: size)
    }

    /// The number of `securityID`, or nil when it was never seen.
    @inlinable
    func find(_ securityID: Int32) -> Int? {
        let number = table[place(securityID)]
        return number == 0 ? nil : Int(number) - 1
    }

    /// The number of `securityID`, given now if it is new; nil when all are given.
    @inlinable
    mutating func register(_ securityID: Int32) -> (index: Int, isNew: Bool)? {
        let place = place(securityID)
        let number = table[place]
        if number != 0 { return (Int(number) - 1, false) }
        guard count < slots.count else { return nil }
        slots[count] = Mdp3Slot(securityID: securityID)
        count += 1
        table[place] = UInt32(count)
        return (count - 1, true)
    }

    @inlinable
    func place(_ securityID: Int32) -> Int {
        let mask = table.count - 1
        // Wrapping is meant: a multiplicative hash, whose high bits are the good ones.
        let hash = UInt64(UInt32(bitPattern: securityID)) &* 0x9E37_79B9_7F4A_7C15
        var index = Int(hash >> 32) & mask
        // The table is at most half full: a free place ends the search.
        while table[index] != 0, slots[Int(table[index]) - 1].securityID != securityID { index = (index + 1) & mask }
        return index
    }
}

/// Packets by their number, as many as fit: a new one takes the place of the one that many before.
@safe
@usableFromInline
@frozen
struct Mdp3PacketStore: ~Copyable {
    @usableFromInline struct Entry: BitwiseCopyable {
        @usableFromInline var sequence: UInt32
        @usableFromInline var length: UInt32

        @inlinable
        init(sequence: UInt32, length: UInt32) {
            self.sequence = sequence
            self.length = length
        }
    }

    @usableFromInline var entries: Mdp3Array<Entry>
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let packetLimit: Int

    @inlinable
    init(packets: Int, packetLimit: Int) {
        entries = Mdp3Array(Entry(sequence: 0, length: 0), count: min(max(packets, 2), 1 << 20))
        self.packetLimit = min(max(packetLimit, 64), 65_535)
        unsafe base = .allocate(byteCount: entries.count * self.packetLimit, alignment: 64)
    }

    @inlinable
    deinit { unsafe base.deallocate() }

    @inlinable
    func place(_ sequence: UInt32) -> Int { Int(sequence) % entries.count }

    @inlinable
    func holds(_ sequence: UInt32) -> Bool {
        let entry = entries[place(sequence)]
        return entry.length > 0 && entry.sequence == sequence
    }

    @inlinable
    mutating func keep(_ sequence: UInt32, _ datagram: WireBytes) {
        guard datagram.count > 0, datagram.count <= packetLimit else { return }
        let place = place(sequence)
        // Safe: each place has `packetLimit` bytes of its own.
        unsafe datagram.copy(to: base + place * packetLimit)
        entries[place] = Entry(sequence: sequence, length: UInt32(datagram.count))
    }

    /// The packet, valid until another takes its place.
    @inlinable
    subscript(sequence: UInt32) -> WireBytes? {
        guard holds(sequence) else { return nil }
        let place = place(sequence)
        let length = Int(entries[place].length)
        return unsafe WireBytes(UnsafeRawBufferPointer(start: base + place * packetLimit, count: length))
    }

    @inlinable
    mutating func removeAll() {
        for index in 0..<entries.count { entries[index] = Entry(sequence: 0, length: 0) }
    }
}
