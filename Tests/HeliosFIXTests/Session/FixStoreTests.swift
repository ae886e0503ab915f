// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

@Suite("FIX store")
struct FixStoreTests {
    static func bytes(_ sequence: UInt64) -> [UInt8] {
        let count = Int(sequence * 37 % 211) + 1
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 + Int(sequence)) }
    }

    /// Appends message `sequence` with contents of its own.
    static func add(_ store: inout FixStore, _ sequence: UInt64) -> Bool {
        bytes(sequence).withUnsafeBytes { store.append(sequence, WireBytes($0)) }
    }

    static func holds(_ store: borrowing FixStore, _ sequence: UInt64) -> Bool {
        guard let found = store.message(sequence) else { return false }
        let wanted = bytes(sequence)
        return found.count == wanted.count && (0..<wanted.count).allSatisfy { found[$0] == wanted[$0] }
    }

    static func reopened(_ image: [UInt8]) -> FixStore {
        let memory = FixStoreMemory(bytes: image.count)
        memory.restore(image)
        return FixStore(memory: memory)
    }

    @Test("messages are found by number, over many blocks and holes")
    func find() {
        var store = FixStore.inMemory(bytes: 1 << 20)
        let numbers = (1...3_000).filter { $0 % 7 != 3 && !(500...900).contains($0) }.map { UInt64($0) }
        for number in numbers {
            let isTaken = Self.add(&store, number)
            #expect(isTaken)
        }
        let all = Set(numbers)
        for number in UInt64(0)...3_010 {
            let isThere = Self.holds(store, number)
            #expect(isThere == all.contains(number), "\(number)")
            let next = store.firstSequence(from: number)
            #expect(next == numbers.first { $0 >= number }, "\(number)")
        }
        #expect(store.nextOut == 3_001)
    }

    @Test("numbers never go back, and a full store takes nothing")
    func bounds() {
        var store = FixStore.inMemory(bytes: 1_024)
        #expect(store.recovery == .empty)
        store.setNextOut(5)
        store.setNextOut(3)
        #expect(store.nextOut == 5)
        let isLow = Self.add(&store, 4)
        #expect(!isLow)
        var number: UInt64 = 5
        while Self.add(&store, number) { number += 1 }
        #expect(number > 6 && store.nextOut == number && store.wantsRoom)
        let isMoved = store.move(to: FixStoreMemory(bytes: 512))
        #expect(!isMoved)
        let larger = FixStoreMemory(bytes: 8_192)
        let hasMoved = store.move(to: larger)
        #expect(hasMoved)
        let goesOn = Self.add(&store, number)
        #expect(goesOn)
        let again = Self.reopened(larger.copy())
        for sequence in 5...number {
            let isThere = Self.holds(again, sequence)
            #expect(isThere)
        }
        #expect(again.nextOut == number + 1)
    }

    @Test("cut off at any byte, what was complete is there and nothing else")
    func cut() {
        let memory = FixStoreMemory(bytes: 2_048)
        var store = FixStore(memory: memory)
        store.reset(at: Timestamp(nanoseconds: 7))
        store.setNextIn(9)
        var ends: [(end: Int, number: UInt64)] = []
        for number in UInt64(1)...12 {
            let isTaken = Self.add(&store, number)
            #expect(isTaken)
            ends.append((2_048 - store.room, number))
        }
        let image = memory.copy()
        for cut in 192...image.count {
            var torn = image
            for index in cut..<image.count { torn[index] = 0 }
            let again = Self.reopened(torn)
            // Zeros at a message's end may be its own: a record is whole when its bytes are.
            let whole = ends.filter { end in torn[..<end.end] == image[..<end.end] }.map(\.number).max() ?? 0
            #expect(again.nextOut == whole + 1, "cut at \(cut)")
            #expect(again.nextIn == 9 && again.created.nanoseconds == 7 && again.recovery == .recovered)
            for number in UInt64(1)...12 {
                let isThere = Self.holds(again, number)
                #expect(isThere == (number <= whole), "cut at \(cut), \(number)")
            }
        }
    }

    @Test("a slot that is torn leaves the one before")
    func torn() {
        let memory = FixStoreMemory(bytes: 1_024)
        var store = FixStore(memory: memory)
        for number in UInt64(40)...60 {
            store.setNextIn(number)
            let before = memory.copy()
            store.setNextIn(number + 1)
            let after = memory.copy()
            for cut in 64...192 {
                let mixed = Array(after[..<cut]) + Array(before[cut...])
                let again = Self.reopened(mixed)
                let (found, recovery) = (again.nextIn, again.recovery)
                #expect(recovery == .recovered && (number...(number + 1)).contains(found), "cut at \(cut)")
            }
            let whole = Self.reopened(after)
            let found = whole.nextIn
            #expect(found == number + 1)
        }
    }

    @Test("every single step of a store, cut off at each byte, is there whole or not at all")
    func steps() {
        let memory = FixStoreMemory(bytes: 2_048)
        var store = FixStore(memory: memory)
        var random = FixRandom(3)
        for _ in 0..<60 {
            let before = memory.copy()
            let old = (store.nextOut, store.nextIn)
            switch random.below(4) {
            case 0: store.setNextIn(store.nextIn + 1)
            case 1: store.setNextOut(store.nextOut + 1)
            case 2:
                if !Self.add(&store, store.nextOut) { store.reset(at: .zero) }
            default: _ = Self.add(&store, store.nextOut + 1)
            }
            let after = memory.copy()
            let new = (store.nextOut, store.nextIn)
            for cut in stride(from: 0, through: 2_048, by: 1) where cut == 0 || before[cut - 1] != after[cut - 1] {
                let again = Self.reopened(Array(after[..<cut]) + Array(before[cut...]))
                let found = (again.nextOut, again.nextIn)
                #expect(found == old || found == new, "\(found) is neither \(old) nor \(new)")
            }
        }
    }

    @Test("after a reset, what was before is not read again")
    func reset() {
        let memory = FixStoreMemory(bytes: 4_096)
        var store = FixStore(memory: memory)
        for number in UInt64(1)...10 { _ = Self.add(&store, number) }
        store.reset(at: Timestamp(nanoseconds: 5))
        #expect(store.nextOut == 1 && store.message(1) == nil)
        let again = Self.reopened(memory.copy())
        #expect(again.nextOut == 1 && again.message(1) == nil && again.created.nanoseconds == 5)
        _ = Self.add(&store, 1)
        let third = Self.reopened(memory.copy())
        #expect(third.nextOut == 2 && third.message(2) == nil)
    }

    @Test("a store without a whole slot says so, and sends no number twice")
    func damaged() {
        let memory = FixStoreMemory(bytes: 4_096)
        var store = FixStore(memory: memory)
        store.reset(at: .zero)
        for number in UInt64(1)...10 { _ = Self.add(&store, number) }
        var image = memory.copy()
        for index in 64..<192 { image[index] = 0xEE }
        let again = Self.reopened(image)
        #expect(again.recovery == .damaged && again.nextOut == 11 && again.nextIn == 1)
    }

    @Test("arbitrary bytes are no accident", arguments: 0..<40)
    func arbitrary(_ seed: Int) {
        var random = FixRandom(seed + 1)
        let memory = FixStoreMemory(bytes: 2_048)
        var store = FixStore(memory: memory)
        for number in UInt64(1)...6 { _ = Self.add(&store, number) }
        var image = memory.copy()
        for _ in 0..<(1 + random.below(30)) { image[8 + random.below(2_040)] = UInt8(random.below(256)) }
        var again = Self.reopened(image)
        #expect(again.nextOut >= 1 && again.nextIn >= 1)
        _ = Self.add(&again, again.nextOut)
        for number in UInt64(0)...20 { _ = again.message(number) }
    }
}
