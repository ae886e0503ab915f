// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosExecution
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosStore
import Testing

@Suite("Parent orders by hand in a running session", .serialized)
struct ParentOrderSessionTests {
    private func wish(_ change: (inout ParentWish) -> Void = { _ in }) -> ParentWish {
        var wish = ParentWish(symbol: "AAA", side: "buy", quantity: "500", algorithm: "vwap")
        wish.until = "15:30"
        change(&wish)
        return wish
    }

    private func standing(_ answer: ControlAnswer) throws -> ParentStanding {
        try JSONDecoder().decode(ParentStanding.self, from: Data(try #require(answer.body).utf8))
    }

    private func list(_ session: QuietSession) throws -> [ParentStanding] {
        let answer = try session.ask(ControlRequest("orders"))
        #expect(answer.code == 0)
        return try JSONDecoder().decode([ParentStanding].self, from: Data(try #require(answer.body).utf8))
    }

    @Test func `one is given, listed and stopped, and the journal does it again to the bit`() throws {
        let folder = try ShortFolder()
        let session = try QuietSession(QuietFirm(), in: folder.path)
        var request = ControlRequest("order")
        (request.person, request.reason) = ("kim", "a test")
        request.body = String(decoding: try JSONEncoder().encode(wish { $0.limit = "10.02" }), as: UTF8.self)
        let given = try session.ask(request)
        #expect(given.code == 0 && given.record != nil, "\(given.text)")
        let order = try standing(given)
        #expect(order.symbol == "AAA" && order.quantity == "500" && order.algorithm == "vwap")
        let second = try standing(session.ask("order", wish { $0.side = "sell" }))
        #expect(second.number == order.number + 1 && second.side == "sell")
        #expect(try list(session).map(\.number) == [order.number, second.number])

        let cancelled = try session.ask("cancelOrder", order.number)
        #expect(cancelled.code == 0, "\(cancelled.text)")
        #expect(try standing(cancelled).state == "cancelled")
        // What has ended can't be stopped, nor what never was.
        #expect(try session.ask("cancelOrder", order.number).code == 4)
        #expect(try session.ask("cancelOrder", UInt32(7)).code == 4)
        #expect(try list(session).map(\.state) == ["cancelled", second.state])
        session.end()

        let records = try QuietSession.records(folder.path)
        let kinds = records.map(\.event.kind)
        #expect(kinds.count { $0 == .parentOrder } == 2 && kinds.count { $0 == .parentCancel } == 1)
        let texts = records.filter { $0.event.kind == .side }.map { String(decoding: $0.text, as: UTF8.self) }
        #expect(texts.contains { $0.contains("kim") && $0.contains("a test") && $0.contains("10.02") })
        let replay = JournalReplay(
            session.setup.session,
            settings: session.setup.settings,
            strategies: session.setup.strategies
        )
        let outcome = try replay.run(DirectoryDisk(folder.path))
        #expect(outcome.isEqual && outcome.checkpoints > 0, "\(String(describing: outcome.divergence))")
    }

    @Test func `what is not understood says what there is, and leaves nothing behind`() throws {
        let folder = try ShortFolder()
        let session = try QuietSession(QuietFirm(), in: folder.path)
        let wrong: [(String, (inout ParentWish) -> Void)] = [
            ("AAA", { $0.symbol = "NONE" }), ("buy or sell", { $0.side = "hold" }),
            ("no quantity above zero", { $0.quantity = "0" }), ("no quantity above zero", { $0.quantity = "many" }),
            ("vwap", { $0.algorithm = "magic" }), ("live.fix.dealers names them", { $0.algorithm = "rfq" }),
            ("no price above zero", { $0.limit = "-1" }),
            ("no time of day", { $0.until = "25:00" }), ("no time of day", { $0.from = "noon" }),
            ("low, medium, high", { $0.urgency = "extreme" }), ("there is no strategy", { $0.strategy = "nobody" }),
            ("not between", { $0.slices = 0 }), ("it takes slices", { $0.amount = "100" }),
            (
                "it takes an amount",
                {
                    $0.algorithm = "iceberg"
                    $0.slices = 5
                }
            ),
        ]
        for (text, change) in wrong {
            let answer = try session.ask("order", wish(change))
            #expect(answer.code == 2 && answer.text.contains(text), "\(text): \(answer.code) \(answer.text)")
        }
        // An end before the beginning makes no sense to the desk.
        let backward = try session.ask(
            "order",
            wish {
                $0.from = "15:00"
                $0.until = "14:00"
            }
        )
        #expect(backward.code == 4, "\(backward.text)")
        session.end()
        let kinds = try QuietSession.records(folder.path).map(\.event.kind)
        #expect(kinds.count { $0 == .parentOrder } == 1)
    }

    @Test func `where there is no room the asker hears that, not of somebody else's order`() throws {
        let folder = try ShortFolder()
        let session = try QuietSession(QuietFirm(), in: folder.path, run: { $0.execution.capacity = 1 })
        #expect(try session.ask("order", wish()).code == 0)
        let answer = try session.ask("order", wish { $0.quantity = "700" })
        #expect(answer.code == 4 && answer.text.contains("no room"), "\(answer.text)")
        #expect(try list(session).map(\.quantity) == ["500"])
        session.end()
    }
}
