// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath
import HeliosVenue
import Testing

/// Formula 3.6, word by word and slowly, with the C-like freedom of two plain variables.
private struct LiteralQueue {
    var front: Double
    var cum = 0.0
    let f: ((Double) -> Double)?

    mutating func trade(_ q: Double) {
        front -= q
        cum += q
    }

    mutating func level(_ prev: Double, _ new: Double) {
        let chg = prev - new - cum
        cum = 0
        guard let f, chg >= 0 else {
            front = Swift.min(front, new)
            return
        }
        let back = prev - front
        let top = f(Swift.max(back, 0))
        let both = top + f(Swift.max(front, 0))
        let p = both == 0 ? 1 : top / both
        front = Swift.min(front - (1 - p) * chg + Swift.min(back - p * chg, 0), new)
    }
}

@Suite("Queue position")
struct QueueModelTests {
    @Test(arguments: [
        (QueueModel.power(3), 57.72808586762075), (.power(1), 59.23076923076923), (.log, 59.81870778219191),
        (.riskAverse, 70),
    ])
    func `a queue of a hundred after a trade and two cancels`(_ model: QueueModel, _ known: Double) {
        var queue = QueueEstimate(displayed: 100)
        queue.change(from: 100, to: 160, model)
        #expect(queue.front == 100)
        queue.trade(30)
        queue.change(from: 160, to: 130, model)
        #expect(queue.front == 70)
        queue.change(from: 130, to: 110, model)
        #expect(near(queue.front, known))
    }

    @Test(arguments: 1...40)
    func `random sequences equal the formula word by word`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let models: [(QueueModel, ((Double) -> Double)?)] = [
            (.power(3), { $0 * $0 * $0 }), (.power(1), { $0 }), (.power(2), { $0 * $0 }),
            (.log, { DeterministicMath.log(1 + $0) }), (.riskAverse, nil),
        ]
        for (model, f) in models {
            var level = Double(random.next() % 500)
            var queue = QueueEstimate(displayed: level)
            var literal = LiteralQueue(front: level, f: f)
            var pending = 0.0
            for step in 0..<200 {
                if random.next() % 3 == 0 {
                    let quantity = Double(random.next() % 60)
                    queue.trade(quantity)
                    literal.trade(quantity)
                    pending += quantity
                } else {
                    let moved = Double(random.next() % 120) - 60
                    let new = max(level - pending + moved, 0)
                    queue.change(from: level, to: new, model)
                    literal.level(level, new)
                    level = new
                    pending = 0
                }
                #expect(near(queue.front, literal.front, 1e-12), "seed \(seed), \(model), step \(step)")
                let lots = queue.takeFilled(lot: 1)
                #expect(lots == (literal.front <= -1 ? (-literal.front).rounded(.down) : 0))
                if lots > 0 { literal.front = 0 }
            }
        }
    }

    /// A venue with one model, on a feed of orders or of levels.
    private func script(_ model: QueueModel) throws -> VenueScript {
        var models = SimulationModels()
        models.report = .constant(VenueScript.reportLatency)
        models.queue = model
        return try VenueScript(models: models)
    }

    @Test(arguments: [QueueModel.exact, .riskAverse, .log, .power(1), .power(3)])
    func `orders: behind a hundred, with sixty cancelled ahead, each model waits as long as it should`(
        _ model: QueueModel
    ) throws {
        var script = try script(model)
        script.add(1, .buy, 60, 1_000)
        script.add(2, .buy, 40, 1_000)
        script.submit(1, .buy, 100, 1_000)
        script.add(3, .buy, 1_000, 1_000)
        script.delete(1)
        // Exact: 40 ahead. Estimated from a level of 1,100 with 100 ahead, most of the 60 left behind us.
        script.execute(2, 40)
        script.execute(3, 1)
        let first = script.told()
        script.execute(3, 200)
        let second = script.told()
        if model == .exact {
            #expect(first == ["filled 1 buy 1@10.00 maker"] && second == ["filled 1 buy 99@10.00 maker"])
        } else {
            var queue = QueueEstimate(displayed: 100)
            queue.change(from: 1_100, to: 1_040, model)
            let left = queue.front - 41
            #expect(left > 0, "\(model)")
            #expect(first.isEmpty && second == ["filled 1 buy 100@10.00 maker"])
        }
    }

    @Test func `levels: a trade at our price moves us up, its level's change does not count twice`() throws {
        var script = try script(.power(3))
        script.level(.buy, 100, 1_000)
        script.submit(1, .buy, 50, 1_000)
        script.level(.buy, 160, 1_000)
        script.hidden(30, 1_000)
        script.level(.buy, 130, 1_000)
        script.level(.buy, 110, 1_000)
        // 57.73 are ahead: 58 and 1 traded leave us with the rest of the second.
        script.hidden(58, 1_000)
        script.level(.buy, 52, 1_000)
        #expect(script.told().isEmpty)
        script.hidden(1, 1_000)
        #expect(script.told() == ["filled 1 buy 1@10.00 maker"])
        script.hidden(10, 1_000)
        #expect(script.told() == ["filled 1 buy 10@10.00 maker"])
        script.hidden(100, 999)
        #expect(script.told() == ["filled 1 buy 39@10.00 maker"])
    }

    @Test func `levels: by default only trades move us, and the level's size bounds what is ahead`() throws {
        var script = try script(.exact)
        script.level(.buy, 100, 1_000)
        script.submit(1, .buy, 50, 1_000)
        script.level(.buy, 300, 1_000)
        script.level(.buy, 200, 1_000)
        script.hidden(99, 1_000)
        #expect(script.told().isEmpty)
        script.level(.buy, 101, 1_000)
        script.hidden(3, 1_000)
        #expect(script.told() == ["filled 1 buy 2@10.00 maker"])
    }

    @Test func `two orders of ours at one price never share a share`() throws {
        var script = try script(.log)
        script.level(.sell, 10, 1_000)
        script.submit(1, .sell, 50, 1_000)
        script.submit(2, .sell, 50, 1_000)
        script.hidden(40, 1_000)
        // Thirty shares are beyond the ten ahead: the first order takes them all.
        #expect(script.told() == ["filled 1 sell 30@10.00 maker"])
    }
}
