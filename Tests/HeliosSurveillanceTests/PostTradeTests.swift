// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("Controls behind the trade, on a generated day")
struct PostTradeTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    @Test func `a clean day raises nothing, with every position checked after every event`() throws {
        let review = try day.review(
            clearing: try ReviewedDay.plain().positions.clearing(day.names(of: day)),
            everyEvent: true
        )
        #expect(review.outcome.divergence == nil)
        #expect(review.executions.count > 20)
        #expect(review.alerts.isEmpty, "\(review.alerts.prefix(5))")
        #expect(review.dropCopy?.matched == review.executions.count)
        #expect(review.reconciliation?.allSatisfy(\.isEqual) == true)
        let plain = try RecordedDay.sharedRecord().result
        let fees = plain.fills.reduce(Money.zero) { $0 + $1.fee }
        #expect(review.total.fees == fees.raw)
        let account = try #require(review.outcome.state.account)
        #expect(review.profit.lines.values.reduce(0) { $0 + $1.realised } != 0)
        #expect(account.fees.raw == review.total.fees)
        let cash = plain.fills.reduce(day.day.settings.initialCash.raw) { sum, fill in
            sum - Money(fill.price, times: fill.quantity).raw * Int128(fill.side.sign) - fill.fee.raw
        }
        #expect(review.positions.cash == cash)
        for position in plain.finalPositions {
            #expect(review.positions.holding(position.instrument).position == Int128(position.quantity.raw))
        }
    }

    @Test func `watching changes nothing: the hash is that of the run`() throws {
        let run = try RecordedDay.sharedRecord().result
        #expect(try ReviewedDay.plain().outcome.hash == run.outputHash)
    }

    @Test
    func
        `a fill that the drop copy does not have is an alert after 2 s, halts after 10 s and is an incident at the close`()
        throws
    {
        let missing = day.executions[day.executions.count / 2]
        let review = try day.review(copies: { $0.removeAll { $0.execution == missing.later } })
        let found = review.alerts.filter { $0.control == .t02 }
        #expect(found.map(\.finding) == ["unmatched", "unmatched-halt", "unmatched-close", "quantity-break"])
        #expect(review.alerts.count == found.count)
        #expect(found[0].delay == 2_000_000_000 && found[1].delay == 10_000_000_000)
        #expect(found[1].halts == .strategy(missing.tag.strategy))
        #expect(found.prefix(3).allSatisfy { $0.executionID == missing.id && $0.orderID == missing.orderID })
        #expect(found[3].instrument == missing.instrument && found[3].value == missing.signed)
    }

    @Test func `an execution that only the drop copy has, and one with another quantity, are found`() throws {
        var stranger = day.executions[3].later
        stranger.id += 7_000_000
        let extra = try day.review(copies: { $0.append(DropCopyLine(kind: .executed, symbol: "", execution: stranger)) }
        )
        #expect(extra.alerts.map(\.finding) == ["unmatched", "unmatched-halt", "unmatched-close", "quantity-break"])
        #expect(extra.alerts[0].text.contains("we do not have it"))
        #expect(extra.alerts[3].value == -stranger.signed)
        // The copy names our order: its strategy is halted, whatever tag the copy has.
        #expect(extra.alerts[1].halts == .strategy(stranger.tag.strategy))
        var untagged = stranger
        untagged.tag = OrderTag(strategy: .max)
        let bare = try day.review(copies: { $0.append(DropCopyLine(kind: .executed, symbol: "", execution: untagged)) })
        #expect(bare.alerts[1].halts == .strategy(stranger.tag.strategy))
        untagged.orderID = 0
        let nobody = try day.review(copies: {
            $0.append(DropCopyLine(kind: .executed, symbol: "", execution: untagged))
        })
        #expect(nobody.alerts.map(\.halts) == [nil, .firm, nil, nil])

        let changed = try day.review(copies: { $0[5].execution.quantity += Quantity(1) })
        #expect(changed.alerts.map(\.finding) == ["terms", "quantity-break"])
        #expect(changed.alerts[0].severity == .incident)
        #expect(changed.alerts[0].value + Int128(Quantity.scale) == changed.alerts[0].limit)
        let price = try day.review(copies: { $0[5].execution.price.raw += 1 })
        #expect(price.alerts.map(\.finding) == ["terms"])
    }

    @Test func `a drop copy that begins again, late or in another order raises nothing it need not`() throws {
        let again = try day.review(copies: { lines in lines += lines })
        #expect(again.alerts.isEmpty && again.dropCopy?.matched == day.executions.count)
        let late = try day.review(copies: { lines in
            for index in lines.indices {
                lines[index].execution.received = lines[index].execution.received + 3_000_000_000
            }
        })
        #expect(Set(late.alerts.map(\.finding)) == ["unmatched"])
        #expect(late.dropCopy?.isClean == true)
    }

    @Test func `a fill that the ledger was told behind the journal's back is found at that event`() throws {
        let victim = day.executions[10]
        var planted = false
        let review = try day.review(fault: { event, engine in
            guard !planted, event.kind == .orderFilled, event.detail == victim.id, event.orderID == victim.orderID
            else {
                return
            }
            planted = true
            engine.market.risk.filled(
                victim.instrument,
                .buy,
                Quantity(3),
                releasing: .zero,
                at: victim.price,
                fee: .zero
            )
        })
        let found = review.alerts.filter { $0.control == .t01 }
        let position = try #require(found.first { $0.finding == "position-break" })
        #expect(position.instrument == victim.instrument)
        #expect(position.value - position.limit == Int128(Quantity(3).raw))
        #expect(position.time == victim.received && position.delay == 0)
        let cash = try #require(found.first { $0.finding == "cash-break" })
        #expect(cash.value - cash.limit == -Money(victim.price, times: Quantity(3)).raw)
    }

    @Test func `every item of a clearing file that differs is named with its difference`() throws {
        let good = try ReviewedDay.plain().positions.clearing(day.names(of: day))
        var wrong = good
        wrong.cash = wrong.cash + Money(raw: 1)
        let cash = try day.review(clearing: wrong)
        #expect(cash.alerts.map(\.finding) == ["cash-difference"])
        #expect(cash.reconciliation?.first { !$0.isEqual }?.difference == 1)

        wrong = good
        let symbol = try #require(day.names(of: day).symbols.first).description
        wrong.positions[symbol] = (wrong.positions[symbol] ?? .zero) + Quantity(5)
        wrong.positions["GHOST"] = Quantity(2)
        wrong.fees = wrong.fees + Money(1)
        let others = try day.review(clearing: wrong)
        #expect(
            others.alerts.map(\.finding) == [
                "position-difference", "position-difference", "fees-difference",
            ] && Set(others.alerts.map(\.scope)) == [symbol, "GHOST", ""]
        )
    }

    @Test func `a charge for borrowed shares is compared when we know it, and is no difference when only they do`()
        throws
    {
        let ours = try ReviewedDay.plain().positions.clearing(day.names(of: day))
        var theirs = ours
        theirs.borrow = Money(9)
        theirs.cash = theirs.cash - Money(9)
        let told = try day.review(clearing: theirs)
        #expect(told.alerts.map(\.finding) == ["borrow-unchecked"] && told.alerts[0].severity == .notice)
        #expect(told.reconciliation?.allSatisfy(\.isEqual) == true)
        #expect(told.reconciliation?.contains { $0.item == "borrow" } == false)

        func known(_ borrow: Money) throws -> [String] {
            var alerts: [RiskAlertRecord] = []
            let ours = try ReviewedDay.plain().positions.clearing(day.names(of: day), borrow: borrow)
            _ = ours.reconciled(with: theirs, at: .zero, &alerts)
            return alerts.map(\.finding)
        }
        #expect(try known(Money(9)) == [])
        #expect(try known(Money(8)) == ["cash-difference", "borrow-difference"])
    }

    @Test func `a clearing file reads back what was written, and names the line that is wrong`() throws {
        let scratch = try Scratch()
        let good = try ReviewedDay.plain().positions.clearing(day.names(of: day))
        let path = scratch.path + "/clearing.csv"
        try good.text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try ClearingFile(path) == good)
        for (text, words) in [
            ("item,symbol\n", "no column 'value'"), ("item,symbol,value\ncash,,x\n", "line 2, value: found 'x'"),
            ("item,symbol,value\ncash,,1\n", "no row 'fees'"),
            ("item,symbol,value\ncash,,1\ncash,,1\nfees,,0\n", "line 3, item: found 'cash', told twice"),
            ("item,symbol,value\nposition,,5\n", "expected a symbol"), ("", "expected a header line"),
        ] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: EvidenceError.self) { try ClearingFile(path) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }
}

extension Execution {
    /// As the drop copy of these tests has it.
    var later: Execution {
        var copy = self
        copy.received = received + 150_000_000
        return copy
    }
}

extension ReviewedDay {
    func names(of day: ReviewedDay) throws -> InstrumentDirectory { try RecordedDay.sharedRecord().result.instruments }
}
