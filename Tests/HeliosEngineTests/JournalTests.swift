// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import Testing

/// A journal of `MemoryDisk`, opened again and again.
private struct Bench {
    var disk = MemoryDisk()
    var options = JournalOptions()

    init(segment: Int = 64 << 10, slots: Int = 4) {
        options.segmentSize = segment
        options.blockSlots = slots
    }

    static func event(_ number: Int) -> Event {
        Event(
            eventTime: Timestamp(nanoseconds: Int64(number)),
            orderID: UInt64(number) &* 0x9E37_79B9_7F4A_7C15,
            kind: .addOrder,
            detail: UInt64(number)
        )
    }

    /// Opens, appends records `range` in blocks of `block`, each synced or not, and leaves without closing.
    @discardableResult
    func write(_ range: Range<Int>, block: Int = 4, syncs: Bool = false) throws -> JournalRecovery {
        var recovery = JournalRecovery()
        var journal = try Journal(disk, options: options, session: 7, epoch: 1, recovery: &recovery)
        for number in range {
            #expect(journal.append(Bench.event(number)) == UInt64(number))
            if number % block == 0 {
                journal.flush()
                if syncs { journal.sync() }
            }
        }
        journal.flush()
        if syncs { journal.sync() }
        return recovery
    }

    /// What is there: details of the records, and what opening said.
    func read(_ disk: MemoryDisk) throws -> (details: [UInt64], recovery: JournalRecovery) {
        var recovery = JournalRecovery()
        var details: [UInt64] = []
        _ = try Journal(disk, options: options, session: 7, epoch: 1, recovery: &recovery) {
            details.append($0.event.detail)
        }
        return (details, recovery)
    }
}

@Suite struct ChecksumTests {
    @Test func theAnswersOfRFC3720() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum([UInt8](0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum([UInt8]((0..<32).reversed())) == 0x113F_DB5C)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func piecesGiveTheChecksumOfTheWhole() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for cut in 0...100 {
            let head = CRC32C.checksum(Array(bytes[..<cut]))
            #expect(CRC32C.checksum(Array(bytes[cut...]), seed: head) == CRC32C.checksum(bytes))
        }
    }
}

@Suite struct JournalTests {
    @Test func whatWasFlushedIsThereAfterReopeningAndGoesOn() throws {
        let bench = Bench()
        try bench.write(1..<11)
        let second = try bench.write(11..<31)
        #expect(second.lastSequence == 10)
        let (details, recovery) = try bench.read(bench.disk)
        #expect(details == (1...30).map(UInt64.init))
        #expect(recovery.tornAt == nil && recovery.lost == nil)
    }

    @Test func aTailCutAtEveryByteOfA4KiBJournalKeepsTheWholeBlocksAndGoesOn() throws {
        let bench = Bench(segment: 4_096, slots: 4)
        try bench.write(1..<40)
        let whole = try #require(bench.disk.files[0])
        let used = try #require(whole.lastIndex { $0 != 0 }) + 1
        // Blocks of four records: 64 bytes of header, 256 of records.
        for cut in 128...used {
            for filler: UInt8 in [0, 0xA5] {
                let disk = MemoryDisk()
                disk.files[0] = Array(whole[..<cut]) + [UInt8](repeating: filler, count: whole.count - cut)
                // Whole blocks: what was cut off a block's end may have been zeros already.
                let ends = (1...9).map { 128 + $0 * 320 } + [128 + 9 * 320 + 256]
                let same = zip(whole, disk.files[0] ?? []).prefix { $0 == $1 }.count
                let blocks = ends.prefix { $0 <= same }.count
                let lastIsShort = blocks == 10 ? 39 : blocks * 4
                var (details, recovery) = try bench.read(disk)
                #expect(details == (0..<lastIsShort).map { UInt64($0 + 1) }, "cut at \(cut), filled with \(filler)")
                #expect(recovery.lost == nil)
                // The second crash comes after one more block: old and new must not mix.
                var again = bench
                again.disk = disk
                try again.write(lastIsShort + 1..<lastIsShort + 3)
                (details, recovery) = try bench.read(disk)
                #expect(details == (0..<lastIsShort + 2).map { UInt64($0 + 1) })
                #expect(recovery.tornAt == nil)
            }
        }
    }

    @Test func everyFlippedBitOfABlockIsFoundWhetherSyncedOrNot() throws {
        for syncs in [true, false] {
            let bench = Bench(slots: 4)
            try bench.write(1..<13, syncs: syncs)
            for bit in 0..<320 * 8 {
                // The second of three blocks.
                let disk = MemoryDisk(copying: bench.disk)
                disk.files[0]?[128 + 320 + bit / 8] ^= 1 << (bit % 8)
                if syncs {
                    let damage = #expect(throws: JournalError.self) { try bench.read(disk) }
                    guard case .damaged(let place) = damage else {
                        Issue.record("bit \(bit): not called damage")
                        continue
                    }
                    #expect(place.segment == 0 && place.offset == 128 + 320 && place.sequence == 5)
                } else {
                    let (details, recovery) = try bench.read(disk)
                    #expect(details == [1, 2, 3, 4] && recovery.lost?.sequence == 5, "bit \(bit)")
                }
            }
        }
    }

    @Test func everyFlippedBitOfTheLastSyncedBlockIsRefused() throws {
        let bench = Bench(slots: 4)
        try bench.write(1..<13, syncs: true)
        for bit in 0..<320 * 8 {
            let disk = MemoryDisk(copying: bench.disk)
            disk.files[0]?[128 + 640 + bit / 8] ^= 1 << (bit % 8)
            #expect(throws: JournalError.self, "bit \(bit)") { try bench.read(disk) }
        }
    }

    @Test func aBlockOfASyncedGroupIsNeverErasedAsAPowerCutsWork() throws {
        let bench = Bench(slots: 4)
        // Eight records are synced together as two blocks.
        try bench.write(1..<41, block: 8, syncs: true)
        for block in 0..<10 {
            let disk = MemoryDisk(copying: bench.disk)
            disk.files[0]?[128 + block * 320 + 100] ^= 1
            #expect(throws: JournalError.self, "block \(block)") { try bench.read(disk) }
        }
    }

    @Test func noBitOfASegmentsHeaderMayChange() throws {
        let bench = Bench(segment: 4_096, slots: 4)
        try bench.write(1..<101, syncs: true)
        #expect(bench.disk.files.count >= 3)
        for segment in bench.disk.files.keys.sorted() {
            guard bench.disk.files[segment]?.contains(where: { $0 != 0 }) == true else { continue }
            for bit in 0..<512 {
                let disk = MemoryDisk(copying: bench.disk)
                disk.files[segment]?[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: JournalError.self, "segment \(segment), bit \(bit)") { try bench.read(disk) }
            }
        }
    }

    @Test func aLostMovedOrForeignBlockOrSegmentIsFound() throws {
        let bench = Bench(segment: 4_096, slots: 4)
        try bench.write(1..<101, syncs: true)
        var other = Bench(segment: 4_096, slots: 4)
        other.disk = MemoryDisk()
        var recovery = JournalRecovery()
        var foreign = try Journal(other.disk, options: other.options, session: 8, epoch: 1, recovery: &recovery)
        for number in 1...100 {
            foreign.append(Bench.event(number))
            if number % 4 == 0 { foreign.flush() }
        }
        foreign.sync()
        let breaks: [(String, (MemoryDisk) -> Void)] = [
            ("a zeroed block", { $0.files[0]?.replaceSubrange(448..<768, with: repeatElement(0, count: 320)) }),
            (
                "a block in another's place",
                { disk in
                    if let block = disk.files[0]?[128..<448] {
                        disk.files[0]?.replaceSubrange(768..<1_088, with: block)
                    }
                }
            ),
            ("a missing segment in the middle", { $0.files[1] = nil }),
            ("a missing first segment", { $0.files[0] = nil }),
            (
                "two segments exchanged",
                { (disk: MemoryDisk) in (disk.files[0], disk.files[1]) = (disk.files[1], disk.files[0]) }
            ),
            ("a segment of another journal", { $0.files[1] = other.disk.files[1] }),
        ]
        for (name, damage) in breaks {
            let disk = MemoryDisk(copying: bench.disk)
            damage(disk)
            #expect(throws: JournalError.self, "\(name)") { try bench.read(disk) }
        }
    }

    @Test func whatAnEarlierProcessDidNotSyncIsSyncedBeforeItIsCalledSo() throws {
        let bench = Bench(segment: 4_096, slots: 4)
        try bench.write(1..<101)
        bench.disk.syncs = 0
        var recovery = JournalRecovery()
        let journal = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery)
        #expect(journal.synced == 100)
        #expect(bench.disk.syncs >= bench.disk.files.count - 1)
    }

    @Test func aFailedSyncPoisonsAndIsNeverTriedAgain() throws {
        let bench = Bench()
        var recovery = JournalRecovery()
        var journal = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery)
        journal.append(Bench.event(1))
        journal.flush()
        bench.disk.failsSync = true
        journal.sync()
        #expect(journal.state == .poisoned && journal.synced == 0)
        bench.disk.failsSync = false
        let syncs = bench.disk.syncs
        journal.sync()
        #expect(bench.disk.syncs == syncs)
        #expect(journal.append(Bench.event(2)) == 0)
    }

    @Test func aFullDiskWarnsThenStopsOrdersThenMarketDataThenAll() throws {
        var bench = Bench(segment: 8_192, slots: 1)
        bench.disk.room = 1
        bench.options.blockSlots = 1
        var recovery = JournalRecovery()
        var journal = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery)
        var states: [JournalState] = []
        for number in 1...100 where journal.state < .full {
            if states.last != journal.state { states.append(journal.state) }
            journal.append(Bench.event(number))
            journal.flush()
        }
        #expect(states == [.low, .noOrders, .reportsOnly])
        #expect(journal.state == .full)
        #expect(journal.append(Bench.event(1)) == 0)
    }

    @Test func textsComeBackAsTheyWere() throws {
        let bench = Bench(slots: 40)
        var recovery = JournalRecovery()
        var journal = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery)
        let texts = [0, 1, 63, 64, 65, 1_000].map { [UInt8](repeating: 0x41, count: $0) }
        for text in texts {
            #expect(journal.append(.note, text, at: .zero) != 0)
            #expect(journal.append(Bench.event(1)) != 0)
        }
        journal.flush()
        var read: [[UInt8]] = []
        _ = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery) {
            if $0.event.kind == .side { read.append($0.text) }
        }
        #expect(read == texts)
    }

    @Test func anotherFormatsVersionIsRefusedUntouched() throws {
        let bench = Bench()
        try bench.write(1..<11, syncs: true)
        bench.disk.files[0]?[8] = 99
        let before = bench.disk.files
        #expect(throws: JournalError.self) { try bench.read(bench.disk) }
        #expect(bench.disk.files == before)
    }

    @Test("what a failed sync left in the cache is written again before a later process calls it stable")
    func failedSyncThenPowerCut() throws {
        let bench = Bench(segment: 16 << 10)
        try bench.write(1..<41, syncs: true)
        var recovery = JournalRecovery()
        var journal = try Journal(bench.disk, options: bench.options, session: 7, epoch: 1, recovery: &recovery)
        // Over several pages and into further segments.
        for number in 41..<600 { #expect(journal.append(Bench.event(number)) == UInt64(number)) }
        journal.flush()
        bench.disk.failsSync = true
        journal.sync()
        #expect(journal.state == .poisoned)
        bench.disk.failsSync = false
        // The next process reads all of it, goes on, and says that it is stable.
        try bench.write(600..<601, syncs: true)
        bench.disk.cutPower()
        let (details, after) = try bench.read(bench.disk)
        #expect(after.lost == nil && after.tornAt == nil)
        #expect(details == (1..<601).map { UInt64($0) })
    }
}
