// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

@Suite("P16: own orders")
struct OwnOrderTests {
    private func own(_ orders: NewOrder...) -> OwnOrders {
        var own = OwnOrders(instruments: 3, capacity: 8)
        for order in orders { #expect(own.add(order) == true) }
        return own
    }

    @Test("An order meets own orders at its price or better, not one tick further")
    func boundary() {
        let own = own(sell(100, at: "100.01", id: 1), sell(50, at: "100.00", id: 2), buy(70, at: "99.90", id: 3))
        defer { own.deallocate() }
        #expect(own.bestOpposite(stock, .buy) == price("100.00"))
        #expect(own.bestOpposite(stock, .sell) == price("99.90"))
        #expect(own.crossing(buy(1, at: "99.99", id: 9)) == nil)
        #expect(own.crossing(buy(1, at: "100.00", id: 9)) == 2)
        #expect(own.crossing(sell(1, at: "99.91", id: 9)) == nil)
        #expect(own.crossing(sell(1, at: "99.90", id: 9)) == 3)
        var other = buy(1, at: "200.00", id: 9)
        other.instrument = Instrument(id: 2)
        #expect(own.crossing(other) == nil)
        other.instrument = Instrument(id: 7)
        #expect(own.crossing(other) == nil && own.bestOpposite(Instrument(id: 7), .buy) == nil)
    }

    @Test("Equal prices stand in the order in which they came")
    func time() {
        let own = own(sell(1, id: 5), sell(2, id: 4), sell(3, at: "99.00", id: 6), sell(4, id: 3))
        defer { own.deallocate() }
        var met: [OrderID] = []
        own.forEachCrossing(buy(1, id: 9)) { id, _ in met.append(id) }
        #expect(met == [6, 5, 4, 3])
    }

    @Test("Each mode says what happens to the new order and to those that rest")
    func modes() {
        let own = own(sell(100, at: "100.00", id: 1), sell(50, at: "100.01", id: 2))
        defer { own.deallocate() }
        let order = buy(300, at: "100.01", id: 9)
        let newest = own.meeting(order, mode: .cancelNewest)
        #expect(newest.isRefused && !newest.cancels && newest.first == 1 && newest.price == price("100.00"))
        let oldest = own.meeting(order, mode: .cancelOldest)
        #expect(oldest.isRefused && oldest.cancels)
        let both = own.meeting(order, mode: .cancelBoth)
        #expect(both.isRefused && both.cancels)
        let less = own.meeting(order, mode: .decrement)
        #expect(!less.isRefused && less.cancels && less.remaining == Quantity(150))
        let none = own.meeting(buy(150, at: "100.01", id: 9), mode: .decrement)
        #expect(none.isRefused && none.remaining == .zero)
        let free = own.meeting(buy(150, at: "99.99", id: 9), mode: .cancelBoth)
        #expect(free.first == nil && !free.isRefused && !free.cancels && free.remaining == Quantity(150))
    }

    @Test("A fill leaves the rest live, a last fill and an end remove it, unknown numbers change nothing")
    func life() {
        var own = own(sell(100, id: 1))
        defer { own.deallocate() }
        own.reduce(1, by: Quantity(60))
        #expect(own.leaves(1) == Quantity(40))
        own.reduce(1, by: .zero)
        own.reduce(7, by: Quantity(1))
        own.remove(7)
        #expect(own.count == 1)
        own.reduce(1, by: Quantity(41))
        #expect(own.leaves(1) == nil && own.count == 0 && own.crossing(buy(1, id: 9)) == nil)
        own.remove(1)
        #expect(own.count == 0)
    }

    @Test("No room, no number, no quantity, a number that is live: not taken")
    func refused() {
        var own = own(sell(100, id: 1))
        defer { own.deallocate() }
        #expect(own.add(sell(1, id: 1)) == false)
        #expect(own.add(sell(1, id: 0)) == false)
        #expect(own.add(sell(0, id: 2)) == false)
        var foreign = sell(1, id: 2)
        foreign.instrument = .none
        #expect(own.add(foreign) == false)
        for id in 2...8 { #expect(own.add(sell(1, id: OrderID(id))) == true) }
        #expect(!own.hasRoom)
        #expect(own.add(sell(1, id: 9)) == false)
        own.remove(4)
        #expect(own.hasRoom)
        #expect(own.add(sell(1, id: 9)) == true)
    }

    @Test("Equal to a plain list on random sequences, saved and restored on the way", arguments: 1...20)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var own = OwnOrders(instruments: 3, capacity: 30)
        defer { own.deallocate() }
        var live: [NewOrder] = []
        for step in 1..<3_000 {
            var new = order(
                dice.below(2) == 0 ? .buy : .sell,
                Quantity(1 + dice.below(9)),
                Price(raw: Int64(100 + dice.below(12))),
                id: OrderID(step)
            )
            new.instrument = Instrument(id: UInt32(dice.below(3)))
            let met = live.filter {
                $0.instrument == new.instrument && $0.side != new.side
                    && (new.side == .buy ? $0.price <= new.price : $0.price >= new.price)
            }
            let best = met.enumerated().min {
                let (a, b) = ($0.element, $1.element)
                return a.price == b.price ? $0.offset < $1.offset : (new.side == .buy) == (a.price < b.price)
            }
            #expect(own.crossing(new) == best?.element.id)
            let sum = met.reduce(0) { $0 + $1.quantity.raw }
            #expect(own.meeting(new, mode: .decrement).remaining.raw == max(new.quantity.raw - sum, 0))
            if dice.below(3) > 0 {
                let fits = live.count < 30
                #expect(own.add(new) == fits)
                if fits { live.append(new) }
            }
            if !live.isEmpty, dice.below(2) == 0 {
                let index = dice.below(live.count)
                if dice.below(2) == 0 {
                    own.remove(live[index].id)
                    live.remove(at: index)
                } else {
                    let part = Quantity(1 + dice.below(5))
                    own.reduce(live[index].id, by: part)
                    live[index].quantity -= part
                    if live[index].quantity.raw <= 0 { live.remove(at: index) }
                }
            }
            #expect(own.count == live.count)
            if step % 700 == 0 {
                let bytes = saved { own.save(to: &$0) }
                var other = OwnOrders(instruments: 3, capacity: 30)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                #expect(saved { other.save(to: &$0) } == bytes)
                own.deallocate()
                own = other
            }
        }
    }

    @Test("Saved state that is cut off or names impossible orders is refused")
    func damaged() {
        let own = own(sell(100, id: 1), buy(50, at: "99.00", id: 2))
        defer { own.deallocate() }
        let bytes = saved { own.save(to: &$0) }
        var other = OwnOrders(instruments: 3, capacity: 8)
        defer { other.deallocate() }
        for length in 0..<bytes.count {
            let cut = Array(bytes.prefix(length))
            #expect(restored(cut) { (reader) throws(StateError) in try other.restore(from: &reader) } != nil)
        }
        for offset in [bytes.count - 1, bytes.count - 9] {
            var impossible = bytes
            impossible[offset] = 0xFF  // the list's, the quantity's highest byte
            let error = restored(impossible) { (reader) throws(StateError) in try other.restore(from: &reader) }
            #expect(error?.code == .damaged)
        }
        #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
    }
}
