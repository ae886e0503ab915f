// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Orders as bytes: the nodes' `OuchLine`, a network of byte streams, and the exchange's sessions.
extension Simulation {
    static let venueTickInterval: Nanoseconds = 10_000_000

    func beginWire() {
        guard let wire else { return }
        wire.begin(at: start)
        wire.sessions.lets = { [unowned self] message, port in lets(message, port) }
        wire.sessions.notify = { [unowned self] notice in
            if case .replaced = notice { mark("login that closed an older one") }
        }
        queue.add(start, .venueTick)
    }

    /// A new process knows nothing of the venue's session.
    func openEntry(_ node: SimulatedNode, epoch: UInt64) {
        var soup = SoupClientConfiguration(user: SoupText(WireVenue.user) ?? .blank, password: .blank)
        soup.heartbeat = WireVenue.heartbeat
        soup.timeout = WireVenue.timeout
        var configuration = OuchClientConfiguration(
            soup: soup,
            symbols: SimulatedMarket.symbolNames,
            midnight: SimulatedMarket.midnight,
            venue: Venue(id: 1)
        )
        configuration.epoch = epoch
        // What another process was told this one does not know.
        node.fenceSeen = 0
        configuration.orders = 1 << 14
        configuration.rate = 20_000
        configuration.burst = 20
        node.entry = OuchLine(configuration, patience: 50_000_000)
    }

    // MARK: The node's end

    func connectedLine(_ node: SimulatedNode) {
        guard let wire, let line = line(of: node), line.nodeIsOpen, !line.isCut else { return breakLine(node) }
        line.venue = wire.sessions.accept(at: now)
        note("node \(node.index) has connection \(node.connection)")
        node.entry?.connected(at: now)
        if !node.isLoggingIn {
            node.isLoggingIn = true
            act(node) { $0.venueConnected() }
            pump(node)
        }
        flush(node)
    }

    private func line(of node: SimulatedNode) -> SimulatedLine? {
        node.connection > 0 ? wire?.lines[node.connection - 1] : nil
    }

    /// A record that the node releases.
    func say(_ message: Event, _ node: SimulatedNode) {
        let time = node.clock(now)
        var answers: [Event] = []
        node.entry?.send(message, at: now, time) { answers.append($0) }
        node.news += answers
        if !answers.isEmpty { queue.add(now, .serveLine(node: node.index, life: node.life)) }
    }

    func tickLine(_ node: SimulatedNode) {
        let time = node.clock(now)
        use(node) { $0.tick(at: now, time, $1, $2) }
        serveLine(node)
    }

    /// Lets the node's line do something, and keeps what it has to tell.
    private func use(
        _ node: SimulatedNode,
        _ body: (inout OuchLine, (Event) -> Void, (OuchLineNotice) -> Void) -> Void
    ) {
        guard node.entry != nil else { return }
        var events: [Event] = []
        var notices: [OuchLineNotice] = []
        node.change { body(&$0, { events.append($0) }, { notices.append($0) }) }
        node.news += events
        for notice in notices { take(notice, node) }
    }

    private func take(_ notice: OuchLineNotice, _ node: SimulatedNode) {
        switch notice {
        case .closed(let reason): mark("line closed: \(reason)")
        case .ended: mark("line ended")
        case .newSession: mark("line met a new session")
        case .discontinuity(let requested, let next):
            note("node \(node.index): the venue's stream goes on at \(next), not at \(requested)")
            mark("line met a discontinuity")
        case .malformed(let number): violate("N5", "message \(number) of the venue is called malformed")
        case .overtaken: mark("writer overtaken by a later epoch")
        }
    }

    /// Gives the node what its line has to tell, and the network what the line wants written.
    func serveLine(_ node: SimulatedNode) {
        while !node.news.isEmpty, node.core != nil {
            let message = node.news.removeFirst()
            nodeReceives(message, node)
        }
        guard node.entry != nil else { return }
        flush(node)
        if node.entry?.wantsClose == true { closeLine(node) }
    }

    func flush(_ node: SimulatedNode) {
        guard let line = line(of: node), line.nodeIsOpen, line.venue != nil else { return }
        while let waiting = node.entry?.output.count, waiting > 0 {
            let room = line.window - line.waiting(0)
            guard room > 0 else { return }
            let length = piece(min(waiting, room))
            var bytes: [UInt8] = []
            node.change {
                bytes = [UInt8]($0.output.bytes.unsafeBuffer.prefix(length))
                $0.output.drop(length)
            }
            transmit(bytes, line, node.connection, 0)
        }
    }

    /// The node closes: what it has written still arrives.
    private func closeLine(_ node: SimulatedNode) {
        if let line = line(of: node) {
            line.nodeIsOpen = false
            if !line.isCut {
                queue.add(max(line.arrival[0], now + 100_000), .hangUp(line: node.connection, toVenue: true))
            }
        }
        lost(node)
    }

    /// The node's end of the connection is gone.
    private func lost(_ node: SimulatedNode) {
        node.connection = 0
        let time = node.clock(now)
        var isLost = false
        note("node \(node.index) loses its connection, \(node.entry?.state ?? .down)")
        use(node) { isLost = $0.disconnected(at: now, time, $1, $2) }
        if isLost {
            node.isLoggingIn = false
            act(node) { $0.venueLost() }
            pump(node)
        }
        serveLine(node)
        guard node.core != nil, node.connection == 0 else { return }
        queue.add(now + (isLost ? 20_000_000 : 500_000), .connect(node: node.index, life: node.life))
    }

    /// The process is gone: the system closes what it had open, unless the machine is gone too.
    func abandonLine(_ node: SimulatedNode) {
        guard let line = line(of: node) else { return }
        line.nodeIsOpen = false
        if node.lostPower { return cut(line) }
        queue.add(max(line.arrival[0], now + 100_000), .hangUp(line: node.connection, toVenue: true))
    }

    // MARK: The network

    /// How much of `length` bytes goes in one piece.
    func piece(_ length: Int) -> Int {
        guard plan.has(.pieces), network.chance(plan.strength(.pieces)) else { return length }
        if faultsAreOn { inject(.pieces) }
        return min(length, 1 + network.below(1 << network.below(9)))
    }

    func transmit(_ bytes: [UInt8], _ line: SimulatedLine, _ number: Int, _ direction: Int) {
        guard !line.isCut else { return }
        line.underWay[direction].append(bytes)
        line.arrival[direction] = max(line.arrival[direction], now + 100_000 + Nanoseconds(network.below(200_000)))
        queue.add(line.arrival[direction], .bytes(line: number, toVenue: direction == 0))
    }

    /// The next pieces of a stream arrive, one or several at once.
    func arrive(_ number: Int, _ toVenue: Bool, _ item: ActionQueue.Item) {
        guard let wire else { return }
        let line = wire.lines[number - 1]
        let direction = toVenue ? 0 : 1
        guard !line.underWay[direction].isEmpty else { return }
        guard toVenue || canRead(line, number, item) else { return }
        var bytes = line.underWay[direction].removeFirst()
        while plan.has(.pieces), !line.underWay[direction].isEmpty, network.chance(0.3) {
            bytes += line.underWay[direction].removeFirst()
        }
        hash.mix(UInt64(bytes.count))
        if toVenue {
            guard line.venueIsOpen, let connection = line.venue else { return }
            bytes.withUnsafeBytes {
                wire.sessions.receive(WireBytes($0), from: connection, at: now, market: now)
            }
            settleVenue()
            flush(nodes[line.node])
        } else {
            guard line.nodeIsOpen else { return }
            let node = nodes[line.node]
            let time = node.clock(now)
            use(node) { entry, deliver, notice in
                bytes.withUnsafeBytes { entry.receive(WireBytes($0), at: now, time, deliver, notice) }
            }
            serveLine(node)
            flushVenue()
        }
    }

    /// Whether the node reads now; else the bytes wait.
    private func canRead(_ line: SimulatedLine, _ number: Int, _ item: ActionQueue.Item) -> Bool {
        let node = nodes[line.node]
        guard node.connection == number, line.nodeIsOpen else { return true }
        if now < node.stalledUntil {
            queue.add(node.stalledUntil, item.action)
            return false
        }
        return awake(line.node, line.life, item) != nil
    }

    /// One side sees the end.
    func hangUp(_ number: Int, _ toVenue: Bool, _ item: ActionQueue.Item) {
        guard let wire else { return }
        let line = wire.lines[number - 1]
        if toVenue {
            guard line.venueIsOpen, let connection = line.venue else { return line.venueIsOpen = false }
            line.venueIsOpen = false
            wire.sessions.disconnected(connection, at: now, market: now)
            settleVenue()
        } else {
            guard line.nodeIsOpen, nodes[line.node].connection == number else { return line.nodeIsOpen = false }
            guard canRead(line, number, item) else { return }
            line.nodeIsOpen = false
            lost(nodes[line.node])
        }
    }

    /// Nothing gets through any more; of what is under way some first bytes still arrive.
    func cut(_ line: SimulatedLine) {
        guard !line.isCut else { return }
        line.isCut = true
        for direction in 0..<2 {
            let count = line.underWay[direction].count
            if count > 0 { line.underWay[direction].removeLast(count - network.below(count + 1)) }
            guard let last = line.underWay[direction].last, network.chance(0.5) else { continue }
            line.underWay[direction][line.underWay[direction].count - 1] = Array(
                last.prefix(network.below(last.count) + 1)
            )
        }
    }

    /// The node's connection breaks, and both sides soon see it.
    func breakLine(_ node: SimulatedNode) {
        guard let line = line(of: node) else { return }
        cut(line)
        queue.add(now + Nanoseconds(network.below(400_000)), .hangUp(line: node.connection, toVenue: false))
        queue.add(now + Nanoseconds(network.below(400_000)), .hangUp(line: node.connection, toVenue: true))
    }

    /// The node's connection breaks, and only one side sees it, or none.
    func breakHalf(_ node: SimulatedNode) {
        guard let line = line(of: node), !line.isCut else { return }
        inject(.halfOpen)
        cut(line)
        let sides = network.below(3)
        if sides < 2 { queue.add(now + 100_000, .hangUp(line: node.connection, toVenue: sides == 0)) }
    }
}
