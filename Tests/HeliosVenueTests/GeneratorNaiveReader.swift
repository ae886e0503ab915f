// SPDX-License-Identifier: MIT

/// One ITCH message as the naive reader sees it, straight from the layout tables.
struct NaiveMessage {
    let bytes: ArraySlice<UInt8>

    var type: Character { Character(Unicode.Scalar(bytes[bytes.startIndex])) }
    var locate: Int { number(1, 2) }
    var time: Int { number(5, 6) }

    func number(_ offset: Int, _ length: Int) -> Int {
        var value = 0
        for position in 0..<length { value = value << 8 | Int(bytes[bytes.startIndex + offset + position]) }
        return value
    }

    func text(_ offset: Int, _ length: Int) -> String {
        let start = bytes.startIndex + offset
        return String(decoding: bytes[start..<(start + length)], as: UTF8.self)
    }
}

/// Calls `body` with each frame's message; returns false when the last frame is cut.
func walkFrames(_ bytes: [UInt8], _ body: (NaiveMessage) -> Void) -> Bool {
    var position = 0
    while position + 2 <= bytes.count {
        let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
        guard length >= 11, position + 2 + length <= bytes.count else { return false }
        body(NaiveMessage(bytes: bytes[(position + 2)..<(position + 2 + length)]))
        position += 2 + length
    }
    return position == bytes.count
}

/// Books out of dictionaries, slow and plain: an oracle that shares nothing with the generator.
struct NaiveBooks {
    struct Order {
        var locate: Int
        var isSell: Bool
        var price: Int
        var shares: Int
        /// Its place in time within its level.
        var arrival: Int
    }

    struct Book {
        var bids: [Int: Int] = [:]
        var asks: [Int: Int] = [:]
        var isTrading = false
        var bestBid: Int? { bids.keys.max() }
        var bestAsk: Int? { asks.keys.min() }

        var middle: Double? {
            guard let bestBid, let bestAsk else { return nil }
            return Double(bestBid + bestAsk) * 0.5e-4
        }
    }

    var orders: [Int: Order] = [:]
    var books: [Int: Book] = [:]
    /// What broke a rule, in words; at most a few are kept.
    var faults: [String] = []
    private var arrivals = 0
    private var lastReference = 0
    private var lastTime = 0
    /// Displayed shares executed in the auction that runs now, by locate and side.
    private var auctioned: [Int: [Bool: Int]] = [:]

    mutating func apply(_ message: NaiveMessage) {
        if message.time < lastTime { fault(message, "time goes back") }
        lastTime = message.time
        switch message.type {
        case "A", "F":
            add(message, number: message.number(11, 8), isSell: message.text(19, 1) == "S", 20, 32)
        case "E", "C": execute(message)
        case "X": take(message, message.number(19, 4))
        case "D": take(message, orders[message.number(11, 8)]?.shares ?? 0)
        case "U":
            let isSell = orders[message.number(11, 8)]?.isSell ?? false
            take(message, orders[message.number(11, 8)]?.shares ?? 0)
            add(message, number: message.number(19, 8), isSell: isSell, 27, 31)
        case "P": if !isTrading(message) { fault(message, "trade while not trading") }
        case "Q": cross(message)
        case "H": books[message.locate, default: Book()].isTrading = message.text(19, 1) == "T" && isRegular(message)
        default: break
        }
    }

    private mutating func fault(_ message: NaiveMessage, _ text: String) {
        if faults.count < 8 { faults.append("\(message.type) at \(message.time): \(text)") }
    }

    private func isRegular(_ message: NaiveMessage) -> Bool { message.time >= 34_200_000_000_000 }
    private func isTrading(_ message: NaiveMessage) -> Bool { books[message.locate]?.isTrading == true }

    private mutating func add(_ message: NaiveMessage, number: Int, isSell: Bool, _ sharesAt: Int, _ priceAt: Int) {
        if number <= lastReference { fault(message, "reference does not rise") }
        lastReference = number
        arrivals += 1
        let order = Order(
            locate: message.locate,
            isSell: isSell,
            price: message.number(priceAt, 4),
            shares: message.number(sharesAt, 4),
            arrival: arrivals
        )
        if order.shares <= 0 || order.price <= 0 || order.price % 100 != 0 { fault(message, "odd price or shares") }
        orders[number] = order
        change(order, by: order.shares)
        checkCrossing(message)
    }

    private mutating func checkCrossing(_ message: NaiveMessage) {
        guard let book = books[message.locate], book.isTrading, let bid = book.bestBid, let ask = book.bestAsk else {
            return
        }
        if bid >= ask { fault(message, "crossed or locked, \(bid) against \(ask)") }
    }

    private mutating func change(_ order: Order, by shares: Int) {
        let side = order.isSell ? \Book.asks : \Book.bids
        let left = (books[order.locate, default: Book()][keyPath: side][order.price] ?? 0) + shares
        books[order.locate]?[keyPath: side][order.price] = left == 0 ? nil : left
    }

    private mutating func take(_ message: NaiveMessage, _ shares: Int) {
        let number = message.number(11, 8)
        guard var order = orders[number], order.locate == message.locate else {
            return fault(message, "order is not alive")
        }
        if shares <= 0 || shares > order.shares { fault(message, "\(shares) of \(order.shares) shares") }
        order.shares -= shares
        orders[number] = order.shares == 0 ? nil : order
        change(order, by: -shares)
    }

    private mutating func execute(_ message: NaiveMessage) {
        guard let order = orders[message.number(11, 8)] else { return fault(message, "order is not alive") }
        let shares = message.number(19, 4)
        let isPrintable = message.type == "E" || message.text(31, 1) == "Y"
        if isPrintable {
            if !isTrading(message) { fault(message, "execution while not trading") }
            let best = order.isSell ? books[order.locate]?.bestAsk : books[order.locate]?.bestBid
            if best != order.price { fault(message, "not at the best price") }
        } else {
            let price = message.number(32, 4)
            if order.isSell ? price < order.price : price > order.price { fault(message, "beyond its limit") }
            auctioned[order.locate, default: [:]][order.isSell, default: 0] += shares
        }
        take(message, shares)
    }

    private mutating func cross(_ message: NaiveMessage) {
        let displayed = auctioned[message.locate] ?? [:]
        if let most = displayed.values.max(), most > message.number(11, 8) { fault(message, "prints too few shares") }
        auctioned[message.locate] = nil
        books[message.locate, default: Book()].isTrading = message.text(39, 1) == "O"
        checkCrossing(message)
    }

    /// Whether every execution is at the front of its level: checked apart, because it walks all orders.
    func isFirstInLevel(_ number: Int) -> Bool {
        guard let order = orders[number] else { return false }
        return !orders.values.contains {
            $0.locate == order.locate && $0.isSell == order.isSell && $0.price == order.price
                && $0.arrival < order.arrival
        }
    }
}

/// FNV-1a over all bytes.
func fnv1a(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
