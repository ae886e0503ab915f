// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosStrategy

// The desk's parents:
//
//     worked: waiting ─► working ─► … ─► done      decision: the first word of it
//     sent:                 child, child, …        arrival: the first child
//
// One that gives back what a leg of a pair has not hedged is told of only when it trades, after its first child.
extension RunRecorder {
    /// The number of an algorithm in the costs; 0 is for orders that nobody works.
    static func costNumber(_ algorithm: Algorithm) -> UInt8 { algorithm.rawValue + 1 }

    public mutating func worked(_ update: ParentUpdate, _ quote: Quote) {
        guard let place = parentPlaces[update.number] else {
            var parent = ParentRecord(update)
            parent.decision = RunRecorder.mid(quote)
            if update.state.isFinal { parent.finish = parent.decision }
            parentPlaces[update.number] = parents.count
            parents.append(parent)
            if update.state.isLive { open(parent, quote, at: update.time) }
            return
        }
        let wasWorked = parents[place].wasWorked
        parents[place].take(update)
        if parents[place].wasWorked, !wasWorked {
            costs?.amend(parent: update.number, strategy: update.strategy, update.side, update.quantity)
        }
        guard update.state.isFinal else { return }
        parents[place].finish = RunRecorder.mid(quote)
        if parents[place].wasWorked || parents[place].children > 0 {
            costs?.close(parent: update.number, strategy: update.strategy, quote)
        } else {
            costs?.drop(parent: update.number, strategy: update.strategy)
        }
    }

    /// An order is about to be counted: it may be a parent's child.
    mutating func sentChild(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        guard ExecutionDesk.isOwn(order.tag), let number = order.tag.parent else { return }
        if parentPlaces[number] == nil {
            let request = ParentRequest(
                .leg,
                order.instrument,
                order.side,
                order.quantity,
                strategy: order.tag.strategy
            )
            var parent = ParentRecord(ParentUpdate(number, request, .working, .none, at: time))
            parent.decision = RunRecorder.mid(quote)
            parent.isGivenBack = true
            parent.wasWorked = true
            parentPlaces[number] = parents.count
            parents.append(parent)
            open(parent, quote, at: time)
        }
        guard let place = parentPlaces[number] else { return }
        if parents[place].children == 0 { parents[place].arrival = RunRecorder.mid(quote) }
        parents[place].children += 1
    }

    /// A child may have traded, or a trade of it was taken back.
    mutating func tradedChild(_ update: OrderUpdate, _ fee: Money) {
        guard update.kind == .filled || update.kind == .broken, ExecutionDesk.isOwn(update.tag),
            let number = update.tag.parent, let place = parentPlaces[number]
        else { return }
        let value = Money(update.price, times: update.quantity)
        if update.kind == .filled {
            parents[place].filled += update.quantity
            parents[place].value += value
            parents[place].fees += fee
        } else {
            parents[place].filled -= update.quantity
            parents[place].value -= value
            parents[place].fees -= fee
        }
    }

    private mutating func open(_ parent: ParentRecord, _ quote: Quote, at time: Timestamp) {
        costs?.open(
            parent: parent.number,
            strategy: parent.strategy,
            parent.instrument,
            parent.side,
            parent.quantity,
            algorithm: RunRecorder.costNumber(parent.algorithm),
            quote,
            at: time
        )
    }

    /// The parents, those that are live ended with the quotes of now.
    public func finishedParents(_ market: borrowing MarketState) -> [ParentRecord] {
        var finished = parents
        for place in finished.indices where finished[place].state.isLive {
            finished[place].finish = RunRecorder.mid(market.quote(finished[place].instrument))
        }
        return finished
    }

    private static func mid(_ quote: Quote) -> Price { quote.isTwoSided ? quote.mid : .zero }
}
