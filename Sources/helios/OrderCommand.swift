// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosExecution
import HeliosLive

/// `helios order`: parent orders of a running session, given by hand.
struct OrderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order",
        abstract: "Give a running session a parent order, list them, or stop one.",
        usage: """
            helios order buy AAPL 50000 --algo vwap --until 15:30
            helios order list
            helios order cancel 1073741824
            """,
        discussion: """
            The session works the order by its algorithm, through the risk gate like any other; who gave it and why is in \
            the journal, and every replay does it again.

            Exit codes: 0 done; 2 the session does not know such a symbol, algorithm, strategy, price or time; 4 refused; \
            5 no session answers.
            """,
        subcommands: [OrderBuyCommand.self, OrderSellCommand.self, OrderListCommand.self, OrderCancelCommand.self]
    )
}

/// What `helios order buy` and `helios order sell` have in common.
struct ParentArguments: ParsableArguments {
    @Argument(help: "One of the session's symbols.")
    var symbol: String

    @Argument(help: "How many shares.")
    var quantity: String

    @Option(
        name: [.customLong("algo"), .customLong("algorithm")],
        help: "How it is worked: \(Algorithm.named.map(\.name).joined(separator: ", ")).",
        completion: .list(Algorithm.named.map(\.name))
    )
    var algorithm = Algorithm.twap.name

    @Option(help: "When it ends, done or not: a time of the session's day such as 15:30. Without it at the close.")
    var until: String?

    @Option(help: "When it begins. Without it at once, or at the open.")
    var from: String?

    @Option(help: "The worst price. Without it any.")
    var limit: String?

    @Option(help: "In whose name: the strategy as the limits file calls it. Without it the first.")
    var strategy: String?

    @Option(
        help: "shortfall: how much risk is worth avoiding: low, medium, high.",
        completion: .list(Urgency.allCases.map(\.name))
    )
    var urgency: String?

    @Flag(help: "Slices take what is offered instead of resting first.")
    var takes = false

    @Option(help: "twap, vwap, shortfall: how many slices; pov: its part of all trading in basis points.")
    var slices: Int64?

    // An offset may be below zero, which must not pass for an option.
    @Option(
        parsing: .unconditional,
        help: """
            iceberg: shares shown at a time; sniper: the least that it takes; peg: money from its own side's best price.
            """
    )
    var amount: String?

    @Option(help: "Why, for the journal.")
    var reason: String = ""

    func wish(_ side: String) -> ParentWish {
        var wish = ParentWish(symbol: symbol, side: side, quantity: quantity, algorithm: algorithm)
        (wish.until, wish.from, wish.limit) = (until, from, limit)
        (wish.strategy, wish.urgency, wish.takes) = (strategy, urgency, takes)
        (wish.slices, wish.amount) = (slices, amount)
        return wish
    }
}

/// Speaks to a session about its parent orders.
enum ParentOrders {
    /// What a changed order's `--json` prints.
    private struct Answer: Encodable {
        var order: ParentStanding
        /// The journal's number of the record that did it.
        var record: UInt64?
    }

    static func give(_ side: String, _ order: ParentArguments, _ address: SessionAddress, json: Bool) throws {
        var request = ControlRequest("order")
        request.body = try FourEyes.write(order.wish(side))
        request.reason = order.reason.isEmpty ? nil : order.reason
        try change(request, address, json: json)
    }

    /// Asks for a change and shows how the order stands then.
    static func change(_ request: ControlRequest, _ address: SessionAddress, json: Bool) throws {
        var request = request
        request.person = KillCommand.person
        let answer = try FourEyes.ask(address, request)
        let standing = try FourEyes.read(ParentStanding.self, answer)
        if json { return try Console.show(json: Answer(order: standing, record: answer.record)) }
        Console.show("\(answer.text)\(answer.record.map { "; record \(Figures.count($0)) of the journal" } ?? "")")
    }
}

/// `helios order buy`.
struct OrderBuyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "buy",
        abstract: "Buy, by an algorithm.",
        usage: """
            helios order buy AAPL 50000 --algo vwap --until 15:30
            helios order buy AAPL 2000 --algo iceberg --amount 200 --limit 295.00
            """
    )

    @OptionGroup var order: ParentArguments
    @OptionGroup var address: SessionAddress

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws { try ParentOrders.give("buy", order, address, json: json) }
}

/// `helios order sell`.
struct OrderSellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sell",
        abstract: "Sell, by an algorithm.",
        usage: "helios order sell AAPL 50000 --algo shortfall --urgency high --until 11:00"
    )

    @OptionGroup var order: ParentArguments
    @OptionGroup var address: SessionAddress

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws { try ParentOrders.give("sell", order, address, json: json) }
}

/// `helios order list`.
struct OrderListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the parent orders of a running session, its strategies' too.",
        usage: "helios order list --journal monday",
        discussion: "Those that have ended are listed until the session needs their places."
    )

    @OptionGroup var address: SessionAddress

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        var orders: [ParentStanding]
    }

    func run() throws {
        let answer = try FourEyes.ask(address, ControlRequest("orders"))
        let orders = try FourEyes.read([ParentStanding].self, answer)
        if json { return try Console.show(json: Answer(orders: orders)) }
        guard !orders.isEmpty else { return Console.show("no parent order") }
        var table = TextTable(
            [.right, .left, .left, .right, .right, .right, .right, .right, .left],
            header: ["number", "order", "by", "quantity", "done", "open", "average", "arrival", "state"]
        )
        for order in orders {
            table.add(
                "\(order.number)",
                "\(order.side) \(order.symbol)",
                order.algorithm,
                order.quantity,
                order.done,
                order.open,
                // What has no price yet has none, not one of zero.
                order.done == "0" ? "" : order.average,
                order.arrival == "0" ? "" : order.arrival,
                order.reason == "none" ? order.state : "\(order.state): \(order.reason)"
            )
        }
        Console.show(table.text())
    }
}

/// `helios order cancel`.
struct OrderCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop a parent order: what of it works is cancelled, nothing more is sent.",
        usage: "helios order cancel 1073741824 --reason \"no longer wanted\""
    )

    @Argument(help: "The order's number ('helios order list').")
    var number: UInt32

    @OptionGroup var address: SessionAddress

    @Option(help: "Why, for the journal.")
    var reason: String = ""

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        var request = ControlRequest("cancelOrder")
        request.body = "\(number)"
        request.reason = reason.isEmpty ? nil : reason
        try ParentOrders.change(request, address, json: json)
    }
}
