// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

@Suite("P09: parents and children")
struct ParentOrderTests {
    private let tag = OrderTag(strategy: 3, group: 17)

    private func parents(_ shares: Int = 1_000) -> ParentOrders {
        var parents = ParentOrders(capacity: 4)
        parents.open(ParentOrder(strategy: 3, number: 17, stock, .buy, Quantity(shares), until: noon + 60 * second))
        return parents
    }

    private func child(_ shares: Int, id: OrderID = 1, _ change: (inout NewOrder) -> Void = { _ in }) -> NewOrder {
        var child = buy(shares, id: id)
        child.tag = tag
        change(&child)
        return child
    }

    @Test("Filled, open and new may reach the parent's quantity, not one more")
    func boundary() {
        var parents = parents()
        defer { parents.deallocate() }
        #expect(parents.fault(child(1_000)) == nil)
        #expect(parents.fault(child(1_001))?.reason == .aboveQuantity)
        parents.sent(tag, Quantity(600))
        parents.filled(tag, Quantity(200), releasing: Quantity(200))
        #expect(parents.fault(child(400)) == nil)
        let fault = parents.fault(child(401))
        #expect(fault?.value == Int128(Quantity(1_001).raw) && fault?.limit == Int128(Quantity(1_000).raw))
        parents.released(tag, Quantity(400))
        #expect(parents.fault(child(800)) == nil && parents.fault(child(801)) != nil)
        #expect(parents.parent(tag)?.remaining == Quantity(800))
    }

    @Test("No parent, a closed one, another instrument or side: refused")
    func terms() {
        var parents = parents()
        defer { parents.deallocate() }
        #expect(parents.fault(child(1) { $0.tag.group = 18 })?.reason == .unknown)
        #expect(parents.fault(child(1) { $0.tag.strategy = 4 })?.reason == .unknown)
        #expect(parents.fault(child(1) { $0.side = .sell })?.reason == .otherTerms)
        #expect(parents.fault(child(1) { $0.instrument = Instrument(id: 2) })?.reason == .otherTerms)
        parents.sent(tag, Quantity(1))
        parents.close(tag)
        #expect(parents.fault(child(1))?.reason == .unknown)
        #expect(parents.count == 1)
        parents.released(tag, Quantity(1))
        #expect(parents.count == 0 && parents.parent(tag) == nil)
    }

    @Test("An overfill counts, and nothing more is sent")
    func overfill() {
        var parents = parents(100)
        defer { parents.deallocate() }
        parents.sent(tag, Quantity(100))
        parents.filled(tag, Quantity(130), releasing: Quantity(100))
        #expect(parents.parent(tag)?.remaining == .zero)
        #expect(parents.fault(child(1))?.reason == .aboveQuantity)
        #expect(parents.fault(child(Int(Int64.max / Quantity.scale)))?.reason == .aboveQuantity)
    }

    @Test("A full registry and a number in use take nothing")
    func full() {
        var parents = parents()
        defer { parents.deallocate() }
        func new(_ number: UInt32, _ shares: Int = 1) -> ParentOrder {
            ParentOrder(strategy: 3, number: number, stock, .sell, Quantity(shares), until: noon)
        }
        #expect(parents.open(new(17)) == false)
        #expect(parents.open(new(1, 0)) == false)
        for number in UInt32(0)..<3 { #expect(parents.open(new(number)) == true) }
        #expect(parents.open(new(9)) == false)
        parents.close(OrderTag(strategy: 3, group: 1))
        #expect(parents.open(new(9)) == true)
    }

    @Test("Equal to a plain dictionary on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        struct Plain { var quantity = 0, filled = 0, open = 0, closed = false }
        var dice = Dice(UInt64(seed))
        var parents = ParentOrders(capacity: 6)
        defer { parents.deallocate() }
        var plain: [UInt32: Plain] = [:]
        for step in 0..<4_000 {
            let number = UInt32(dice.below(9))
            let (tag, shares) = (OrderTag(strategy: 1, group: number), 1 + dice.below(50))
            switch dice.below(6) {
            case 0:
                let fits = plain[number] == nil && plain.count < 6
                let parent = ParentOrder(strategy: 1, number: number, stock, .buy, Quantity(shares * 4), until: noon)
                #expect(parents.open(parent) == fits)
                if fits { plain[number] = Plain(quantity: shares * 4) }
            case 1, 2:
                let expected = plain[number].map { !$0.closed && $0.filled + $0.open + shares <= $0.quantity } ?? false
                #expect((parents.fault(child(shares) { $0.tag = tag }) == nil) == expected)
                guard expected else { continue }
                parents.sent(tag, Quantity(shares))
                plain[number]?.open += shares
            case 3:
                let part = min(shares, plain[number]?.open ?? 0)
                parents.filled(tag, Quantity(part), releasing: Quantity(part))
                plain[number]?.open -= part
                plain[number]?.filled += part
            case 4:
                let part = min(shares, plain[number]?.open ?? 0)
                parents.released(tag, Quantity(part))
                plain[number]?.open -= part
            default:
                guard dice.below(4) == 0 else { continue }
                parents.close(tag)
                plain[number]?.closed = true
            }
            plain = plain.filter { !($0.value.closed && $0.value.open == 0) }
            #expect(parents.count == plain.count)
            if step % 900 == 899 {
                let bytes = saved { parents.save(to: &$0) }
                var other = ParentOrders(capacity: 6)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                parents.deallocate()
                parents = other
            }
        }
    }
}

@Suite("P19: locates")
struct LocateTests {
    @Test("A sell is long only when all of it is held and not on its way to be sold")
    func mark() {
        #expect(Locates.isLong(Quantity(100), Quantity(40), Quantity(60)))
        #expect(!Locates.isLong(Quantity(100), Quantity(40), Quantity(61)))
        #expect(!Locates.isLong(Quantity(-1), .zero, Quantity(1)))
        #expect(!Locates.isLong(Quantity(raw: .min), Quantity(raw: .max), Quantity(raw: .max)))
    }

    @Test("Reserved when sent, used when filled, back when dead, gone at the end of the day")
    func life() {
        var locates = Locates(instruments: 2)
        defer { locates.deallocate() }
        #expect(locates.reserve(stock, Quantity(1)) == false)
        locates.add(stock, Quantity(60))
        locates.add(stock, Quantity(40))
        #expect(locates.reserve(stock, Quantity(101)) == false)
        #expect(locates.reserve(stock, Quantity(100)) == true)
        #expect(locates.reserve(stock, Quantity(1)) == false)
        locates.filled(stock, Quantity(30), releasing: Quantity(30))
        locates.released(stock, Quantity(70))
        #expect(locates.available(stock) == Quantity(70) && locates.used(stock) == Quantity(30))
        locates.filled(stock, Quantity(80), releasing: .zero)  // nobody reserved it
        #expect(locates.available(stock) == Quantity(-10))
        #expect(locates.reserve(stock, Quantity(1)) == false)
        locates.newDay()
        #expect(locates.available(stock) == .zero && locates.located(stock) == .zero)
        #expect(locates.available(Instrument(id: 2)) == .zero)
        locates.add(Instrument(id: 2), Quantity(5))
        #expect(locates.reserve(Instrument(id: 2), Quantity(5)) == false)
    }

    @Test("Never more short than located, on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var locates = Locates(instruments: 2)
        defer { locates.deallocate() }
        locates.add(stock, Quantity(500))
        var (live, sold): ([Int], Int) = ([], 0)
        for step in 0..<1_000 {
            let shares = 1 + dice.below(120)
            let fits = live.reduce(0, +) + sold + shares <= 500
            #expect(locates.reserve(stock, Quantity(shares)) == fits)
            if fits { live.append(shares) }
            if !live.isEmpty, dice.below(3) > 0 {
                let order = live.remove(at: dice.below(live.count))
                if dice.below(8) == 0 {
                    locates.filled(stock, Quantity(order), releasing: Quantity(order))
                    sold += order
                } else {
                    locates.released(stock, Quantity(order))
                }
            }
            if step % 300 == 299 {
                let bytes = saved { locates.save(to: &$0) }
                var other = Locates(instruments: 2)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                locates.deallocate()
                locates = other
            }
        }
    }
}
