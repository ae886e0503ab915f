// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import Synchronization

/// What the engine's thread is to do for somebody outside.
struct ControlLetter: Sendable {
    /// What it is known by, from 1.
    var number: UInt64 = 0
    /// The record that says it; its times are the engine's to give.
    var record: Event
    /// What stands beside it in the journal, before it.
    var sides: [(kind: SideKind, text: [UInt8])] = []
    /// Which orders a command covers.
    var cover: KillCover?
    /// How often the session had been stopped when two people signed: whoever has stopped something since knew more than they,
    /// and nothing is done.
    var stops: UInt64?
    var lifts = false
    /// What is only asked; the record is none then.
    var question: ControlQuestion?
    /// Nobody waits for it any more after this time, and it is not done.
    var deadline = Nanoseconds.max
    /// What must still be so, or nothing is done.
    var expects: ControlExpectation?
}

/// What somebody outside wants to know of the engine.
enum ControlQuestion: Sendable {
    /// A limit's values.
    case limit(Int)
    /// A scope's state.
    case state(ControlScope)
    /// How parent orders stand.
    case parents
}

/// What two people saw when they signed.
enum ControlExpectation: Sendable {
    case limit(Int, isSoft: Bool, Int128)
    case state(ControlScope, RiskState)
}

/// What became of a letter.
struct ControlReceipt: Sendable {
    /// The journal's number of the record; 0 when the journal takes nothing.
    var record: UInt64
    /// The state of what was meant, afterwards.
    var state: RiskState
    /// Our numbers of the orders that it covers and that had not ended.
    var covered: [OrderID]
    /// Why it was not done; nil when it was.
    var refusal: String?
    /// The values of the limit that was asked for.
    var hard: Int128?
    var soft: Int128?
    /// How parent orders stand, where they were asked for or changed.
    var parents: [ParentUpdate] = []
    /// The number that a new one got.
    var parent: UInt32?
}

/// What the thread that writes to the venue is to cancel without the engine.
struct CancelWish: Sendable {
    var isAll = false
    var orders: Set<OrderID> = []
}

/// Where letters to the engine's thread lie, and its receipts.
final class ControlDesk: Sendable {
    private struct Trays {
        var letters: [ControlLetter] = []
        var receipts: [UInt64: ControlReceipt] = [:]
        var last: UInt64 = 0
    }

    private let trays = Mutex(Trays())
    private let waiting = Atomic<Int>(0)
    private let wishes = Atomic<UInt64>(0)
    private let wished = Mutex(CancelWish())
    private let watchers = Atomic<Int>(0)

    /// Whether a letter waits; one load.
    @inline(__always)
    var hasMail: Bool { waiting.load(ordering: .acquiring) > 0 }

    /// Puts a letter down; its number.
    func post(_ letter: ControlLetter) -> UInt64 {
        trays.withLock { trays in
            trays.last += 1
            var letter = letter
            letter.number = trays.last
            trays.letters.append(letter)
            waiting.add(1, ordering: .releasing)
            return trays.last
        }
    }

    func take() -> [ControlLetter] {
        trays.withLock { trays in
            let letters = trays.letters
            trays.letters.removeAll()
            waiting.subtract(letters.count, ordering: .relaxed)
            return letters
        }
    }

    func answer(_ number: UInt64, _ receipt: ControlReceipt) {
        trays.withLock { $0.receipts[number] = receipt }
    }

    /// The receipt of letter `number`, once.
    func receipt(_ number: UInt64) -> ControlReceipt? { trays.withLock { $0.receipts.removeValue(forKey: number) } }

    /// The thread that writes to the venue is to cancel by itself, now: these orders, by our numbers, or everything.
    func wishCancels(of orders: [OrderID]? = nil) {
        wished.withLock { wish in
            if let orders { wish.orders.formUnion(orders) } else { wish.isAll = true }
        }
        wishes.add(1, ordering: .releasing)
    }

    /// What is wished for, once.
    func takeWish() -> CancelWish {
        wished.withLock { wish in
            defer { wish = CancelWish() }
            return wish
        }
    }

    @inline(__always)
    var cancelWishes: UInt64 { wishes.load(ordering: .acquiring) }

    /// Somebody waits to hear how orders end.
    @inline(__always)
    var isWatched: Bool { watchers.load(ordering: .relaxed) > 0 }

    func watch(_ begins: Bool) { watchers.add(begins ? 1 : -1, ordering: .relaxed) }
}
