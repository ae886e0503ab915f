// SPDX-License-Identifier: MIT
import HeliosMarket

struct ControlSet {
    init(_ policy: RiskPolicy, _ compiled: CompiledPolicy, instruments: Int, orders: Int) {}
    func deallocate() {}
    mutating func filled(
        _ path: Int,
        order: OrderID,
        _ known: OpenOrder,
        _ side: Side,
        _ quantity: Quantity,
        tag: OrderTag,
        _ time: Timestamp,
        _ policy: CompiledPolicy,
        _ ledger: RiskLedger
    ) {}
    mutating func ended(
        _ id: OrderID,
        _ entry: OpenOrder,
        _ time: Timestamp,
        _ policy: CompiledPolicy,
        _ ledger: RiskLedger
    ) {}
    mutating func sent(_ checked: CheckedOrder, _ policy: CompiledPolicy, _ ledger: RiskLedger) {}
    mutating func cancelled(_ entry: OpenOrder, at time: Timestamp, _ policy: CompiledPolicy, _ ledger: RiskLedger) {}
    mutating func marked(_ instrument: Int, _ bid: Int64, _ ask: Int64, _ ledger: RiskLedger) {}
    mutating func newDay(at time: Timestamp) {}
    mutating func enable(_ strategy: Int, by person: UInt32) {}
    func value(_ kind: LimitKind, tally: Int) -> Int128 { 0 }
    func save(to writer: inout StateWriter) {}
    mutating func restore(from reader: inout StateReader) throws(StateError) {}
    mutating func limitChanged(_ place: Int, _ policy: CompiledPolicy, at time: Timestamp) {}
}

extension RiskGate {
    mutating func rebalance(_ id: OrderID, after old: OpenOrder) {}
    @inline(__always)
    func course<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? { nil }
    @inline(__always)
    func repetition<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        hold(&witness, .duplicate, checked.order, !isUsed(checked.order.id), value: Int128(checked.order.id))
    }
    @inline(__always)
    func selfTrade<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? { nil }
    @inline(__always)
    func shortSale<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? { nil }
    @inline(__always)
    func portfolio<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? { nil }
}
