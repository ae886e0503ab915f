// SPDX-License-Identifier: MIT
import HeliosMarket

/// One order of ours with everything that the venue has said about it.
///
/// Always: `leaves + filled + cancelled = quantity`. An order that has taken another's place counts the executions of all before
/// it in `filled`, and its quantity is over the whole life of the chain (FIX OrderQty, CumQty, LeavesQty).
@frozen
public struct WorkingOrder: Sendable, BitwiseCopyable {
    public var order: NewOrder
    /// What may still trade.
    public var leaves: Quantity
    /// What traded, up to the order's quantity.
    public var filled: Quantity
    /// What will not trade any more: cancelled, expired or refused.
    public var cancelled: Quantity
    /// What traded beyond the order's quantity.
    public var overfilled: Quantity
    /// The venue's own number, 0 before it accepted.
    public var venueNumber: UInt64
    public var sentTime: Timestamp
    /// The highest execution id taken so far.
    public var lastExecution: UInt64
    /// The first order of the chain, the one that it takes the place of, and the one that takes its place; 0 for none.
    @usableFromInline var root: UInt32
    @usableFromInline var before: UInt32
    @usableFromInline var after: UInt32
    public var state: OrderState
    public var isAccepted: Bool
    /// A cancel was sent and not answered.
    public var cancelIsPending: Bool
    /// The venue said that it cancelled the rest.
    public var cancelIsConfirmed: Bool
    public var isSuspect: Bool
    /// A replacement of it was sent and not answered: `successor`.
    public var replaceIsPending: Bool
    /// It is to take the place of `original`, and the venue has not answered.
    public var awaitsReplace: Bool
    public var isSuspended: Bool
    public var isDoneForDay: Bool

    /// Nothing may trade any more under its number.
    @inlinable
    public var isFinal: Bool { leaves.raw == 0 }

    /// The order that it takes, or was to take, the place of; 0 for none.
    @inlinable
    public var original: OrderID { OrderID(before) }

    /// The order that takes, or is to take, its place; 0 for none.
    @inlinable
    public var successor: OrderID { OrderID(after) }

    /// The number of the chain's first order: its own when it takes nobody's place.
    @inlinable
    public var chain: OrderID { root == 0 ? order.id : OrderID(root) }

    @inlinable
    public init(_ order: NewOrder, at time: Timestamp) {
        self.order = order
        leaves = order.quantity
        filled = .zero
        cancelled = .zero
        overfilled = .zero
        venueNumber = 0
        sentTime = time
        lastExecution = 0
        root = 0
        before = 0
        after = 0
        state = .pendingNew
        isAccepted = false
        cancelIsPending = false
        cancelIsConfirmed = false
        isSuspect = false
        replaceIsPending = false
        awaitsReplace = false
        isSuspended = false
        isDoneForDay = false
    }

    /// The state that a working order is in by all that is known of it; what ends an order sets its last state itself.
    mutating func settle() {
        guard leaves.raw > 0 else { return }
        if cancelIsPending || cancelIsConfirmed {
            state = .pendingCancel
        } else if awaitsReplace {
            state = .pendingNew
        } else if replaceIsPending {
            state = .pendingReplace
        } else if isDoneForDay {
            state = .doneForDay
        } else if isSuspended {
            state = .suspended
        } else {
            state = filled.raw > 0 ? .partiallyFilled : isAccepted ? .new : .pendingNew
        }
    }

    /// The place of an order that was never added.
    @usableFromInline
    static var vacant: WorkingOrder {
        var order = WorkingOrder(
            NewOrder(id: 0, instrument: .none, side: .buy, quantity: .zero, price: .zero, tag: OrderTag(packed: 0)),
            at: .zero
        )
        order.state = .none
        return order
    }
}

/// The lives of our own orders, in a table reserved at the start and indexed by our order number, 1 to `capacity`.
///
/// ```swift
/// var orders = WorkingOrders(capacity: 1_000_000, instruments: 512)
/// guard orders.add(order, at: now) else { … }          // the table is full: the order must not be sent
/// let update = orders.apply(report)                    // tell the ledger, then the strategy
/// ```
/// Reports may come late, twice, in any order, or for orders that we never sent. Whatever happens each distinct
/// execution is told exactly once, and no odd report passes uncounted (`anomalies`).
@safe
public struct WorkingOrders: ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<WorkingOrder>
    @usableFromInline let working: UnsafeMutablePointer<UInt32>
    var executions: ExecutionSet
    /// The terms of the executions taken, should one be taken back.
    var log: ExecutionLog
    /// Slots below this one are initialised: the table's pages are touched only when they are needed.
    @usableFromInline var initialised = 0
    /// The highest order number.
    public let capacity: Int
    /// The number of instruments.
    public let instruments: Int
    /// New orders stop when this many executions are remembered; the rest is kept for the orders that work.
    @usableFromInline let executionsForNewOrders: Int
    @usableFromInline var counts = OrderAnomalyCounts()
    @usableFromInline var workingTotal = 0

    /// Reserves room for order numbers 1 to `capacity`, instruments 0 to `instruments` − 1, and `executions` execution
    /// ids (four an order when nil; the last eighth is kept for orders that are working when the rest is used up).
    public init(capacity: Int, instruments: Int, executions: Int? = nil) {
        self.capacity = min(max(capacity, 0), Int(UInt32.max) - 1)
        self.instruments = max(instruments, 0)
        let remembered = max(executions ?? self.capacity * 4, 8)
        unsafe slots = .allocate(capacity: self.capacity + 1)
        unsafe working = .allocate(capacity: self.instruments + 1)
        unsafe working.initialize(repeating: 0, count: self.instruments + 1)
        self.executions = ExecutionSet(capacity: remembered)
        log = ExecutionLog(capacity: remembered)
        executionsForNewOrders = remembered - remembered / 8
    }

    /// Makes the system find the table's memory now, so that none is looked for while an order waits.
    ///
    /// Its state stays as it is.
    public func prefault() {
        let start = unsafe UnsafeMutableRawPointer(slots)
        let end = (capacity + 1) * MemoryLayout<WorkingOrder>.stride
        // Safe: a byte in each page behind the slots that are initialised, within the table.
        for offset in stride(from: initialised * MemoryLayout<WorkingOrder>.stride, to: end, by: 4_096) {
            unsafe start.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe working.deallocate()
        executions.deallocate()
        log.deallocate()
    }
}

// MARK: - Reading
extension WorkingOrders {
    /// How often each anomaly was met.
    @inlinable
    public var anomalies: OrderAnomalyCounts { counts }

    /// The order with our number `id`, or nil when it was never added.
    @inlinable
    public func order(_ id: OrderID) -> WorkingOrder? {
        guard let slot = slot(of: id) else { return nil }
        return unsafe slots[slot]
    }

    /// Whether execution `execution` of order `id` was taken.
    public func hasExecution(_ id: OrderID, _ execution: UInt64) -> Bool {
        executions.contains(order: order(id)?.chain ?? id, execution: execution)
    }

    /// The number of orders of `instrument` that may still trade.
    @inlinable
    public func workingCount(_ instrument: Instrument) -> Int {
        instrument.index < instruments ? unsafe Int(working[instrument.index]) : 0
    }

    /// The number of orders that may still trade.
    @inlinable
    public var workingCount: Int { workingTotal }

    @usableFromInline
    func slot(of id: OrderID) -> Int? {
        guard id >= 1, id <= UInt64(capacity) else { return nil }
        let slot = Int(id)
        // Safe: `slot` is at most `capacity`, and read only when initialised.
        guard slot < initialised, unsafe slots[slot].state != .none else { return nil }
        return slot
    }
}

// MARK: - Commands
extension WorkingOrders {
    /// Whether `order` can be followed: a free number within the capacity, a known instrument, a quantity above zero,
    /// and room for its executions.
    public func canAdd(_ order: NewOrder) -> Bool {
        order.id >= 1 && order.id <= UInt64(capacity) && order.instrument.index < instruments
            && order.quantity.raw > 0 && slot(of: order.id) == nil && executions.count < executionsForNewOrders
    }

    /// Begins to follow an order that is about to be sent.
    ///
    /// False, and nothing changed, when `canAdd` is false: then it must not be sent.
    public mutating func add(_ order: NewOrder, at time: Timestamp) -> Bool {
        guard canAdd(order) else { return false }
        let slot = Int(order.id)
        while initialised <= slot {
            // Safe: `initialised` is at most `slot`, which is at most `capacity`.
            unsafe (slots + initialised).initialize(to: .vacant)
            initialised += 1
        }
        unsafe slots[slot] = WorkingOrder(order, at: time)
        unsafe working[order.instrument.index] += 1
        workingTotal += 1
        return true
    }

    /// Notes that a cancel is about to be sent.
    ///
    /// False when it need not be: no such order, it has ended, or a cancel is already on its way. Nothing is released
    /// before the venue answers.
    public mutating func requestCancel(_ id: OrderID) -> Bool {
        guard let slot = slot(of: id) else { return false }
        guard unsafe slots[slot].leaves.raw > 0, unsafe !slots[slot].cancelIsPending else { return false }
        unsafe slots[slot].cancelIsPending = true
        unsafe slots[slot].state = .pendingCancel
        return true
    }

    /// A trading day begins: what was done for the day works again.
    public mutating func beginDay() {
        guard workingTotal > 0 else { return }
        for slot in 0..<initialised where unsafe slots[slot].isDoneForDay {
            // Safe: initialised.
            unsafe slots[slot].isDoneForDay = false
            unsafe slots[slot].settle()
        }
    }
}
