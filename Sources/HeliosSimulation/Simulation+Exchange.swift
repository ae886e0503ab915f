// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// The exchange's end: what it does with messages, what it publishes, and what goes wrong with it.
extension Simulation {
    func venueTick() {
        queue.add(now + Simulation.venueTickInterval, .venueTick)
        settleVenue()
    }

    /// The recorded day's next messages come to the exchange.
    func play(_ range: Range<Int>) {
        for index in range {
            var event = market.events[index]
            event.eventTime = now
            wire?.exchange.play(event)
        }
        settleVenue()
    }

    /// After anything has happened at the exchange: the truth is noted, clients and the market are told.
    func settleVenue() {
        guard let wire else { return }
        wire.ledger.follow(wire.port.stream.store) { ledger, place in accepted(ledger, place) }
        wire.sessions.step(at: now, market: now)
        wire.ledger.follow(wire.port.stream.store) { ledger, place in accepted(ledger, place) }
        flushVenue()
        wire.publish(at: now) { transmit($0) }
    }

    /// Sends what waits for clients, as far as the network takes it.
    func flushVenue() {
        guard let wire else { return }
        for (index, line) in wire.lines.enumerated() where line.venueIsOpen {
            guard let connection = line.venue else { continue }
            let room = line.window - line.waiting(1)
            if connection.output.count > 0, room > 0, !line.isCut { flush(line, index + 1, room) }
            wire.sessions.fill(connection, at: now, market: now)
            if connection.isClosed, connection.output.count == 0 {
                line.venueIsOpen = false
                if !line.isCut {
                    queue.add(max(line.arrival[1], now + 100_000), .hangUp(line: index + 1, toVenue: false))
                }
            }
        }
    }

    private func flush(_ line: SimulatedLine, _ number: Int, _ room: Int) {
        guard let connection = line.venue else { return }
        var room = room
        while connection.output.count > 0, room > 0 {
            let count = send(connection, line, number, room)
            room -= count
        }
        if strikes(.lostAnswer, 0.02, &venueChance), nodes[line.node].connection == number {
            breakLine(nodes[line.node])
        }
    }

    private func send(_ connection: ExchangeConnection, _ line: SimulatedLine, _ number: Int, _ room: Int) -> Int {
        let length = piece(min(connection.output.count, room))
        let bytes = [UInt8](connection.output.bytes.unsafeBuffer.prefix(length))
        connection.output.drop(length)
        transmit(bytes, line, number, 1)
        return length
    }

    /// I6, I10: an order that the exchange has just accepted.
    private func accepted(_ ledger: borrowing OuchLedger, _ place: Int) {
        let order = ledger.orders[place]
        let epoch = order.wire >> 40
        guard let owner = knownEpochs[epoch] else { return violate("I10", "nobody ever wrote under epoch \(epoch)") }
        // A venue that has lost its session reminds nobody of the epochs and executions before.
        guard wire?.hasForgotten != true else { return }
        if epoch < lastEpoch { violate("I10", "an order of epoch \(epoch) after one of \(lastEpoch), node \(owner)") }
        lastEpoch = max(lastEpoch, epoch)
        checkLimit(order.order, ledger)
    }

    private func checkLimit(_ order: NewOrder, _ ledger: borrowing OuchLedger) {
        var worst: Int64 = 0
        for execution in ledger.executions where execution.instrument == order.instrument {
            worst += execution.quantity.raw * execution.side.sign * order.side.sign
        }
        for other in ledger.orders
        where other.isWorking && other.order.instrument == order.instrument && other.order.side == order.side {
            worst += other.leaves.raw
        }
        if worst > NodeSetup.maxPosition.raw {
            violate("I6", "instrument \(order.instrument.id): worst case \(Quantity(raw: worst)) above the limit")
        }
    }

    // MARK: Faults

    /// Whether the exchange hears a message.
    func lets(_ message: WireBytes, _ port: SoupPort) -> Bool {
        guard let inbound = try? Ouch50.Inbound(message) else { return true }
        switch inbound {
        case .enterOrder: return !strikes(.silentVenue, 0.1, &venueChance)
        case .cancelOrder(let cancel):
            guard strikes(.refusedCancel, 0.2, &venueChance) else { return true }
            var output = WireOutput(capacity: 64)
            let time = UInt64(now - SimulatedMarket.midnight)
            try? Ouch50.CancelRejected.write(timestamp: time, userRefNum: cancel.userRefNum, to: &output)
            _ = port.stream.store.append(output.bytes)
            return false
        default: return true
        }
    }

    /// The exchange cancels an order that nobody asked it to.
    func cancelUnasked(_ place: Int) {
        guard let wire else { return }
        let order = wire.ledger.orders[place].order
        let reference = UInt64(wire.ledger.references[place])
        wire.exchange.apply(.cancel(order.instrument, owner: WireVenue.owner, id: reference, time: now))
        settleVenue()
    }

    func strikeWire(_ kind: FaultKind, _ primary: SimulatedNode?) {
        guard let wire else { return }
        switch kind {
        case .slowConsumer:
            guard let primary else { return }
            inject(kind)
            primary.stalledUntil = now + 1_000_000 + Nanoseconds(scheduler.below(400_000_000))
            // What an earlier stall held has been read, or is counted again.
            primary.stalledPackets = 0
        case .halfOpen:
            if let primary, primary.connection > 0 { breakHalf(primary) }
        case .sessionReset:
            inject(kind)
            venueDownUntil = max(venueDownUntil, now + 20_000_000 + Nanoseconds(scheduler.below(300_000_000)))
            for line in wire.lines where line.venueIsOpen { drop(line) }
            switch scheduler.below(5) {
            case 0: wire.beginSession(at: now)
            case 1: wire.cutStream(by: 1 + scheduler.below(20))
            default: return settleVenue()
            }
            for node in nodes { node.outdatedLife = node.life }
            settleVenue()
        default: break
        }
    }

    /// The exchange's process is gone, and all its connections with it.
    private func drop(_ line: SimulatedLine) {
        guard let wire, let number = wire.lines.firstIndex(where: { $0 === line }) else { return }
        let connection = line.venue
        line.venueIsOpen = false
        if let connection { wire.sessions.disconnected(connection, at: now, market: now) }
        cut(line)
        queue.add(now + 200_000, .hangUp(line: number + 1, toVenue: false))
    }

    // MARK: The feed

    /// The message behind the first `count` events.
    func firstMessage(after count: UInt64) -> UInt64 {
        guard let wire, count > 0 else { return count + 1 }
        return wire.feedNumbers[Int(count) - 1] + 1
    }

    /// Asks for what is missing, as the real receiver does.
    func requestMissing(_ node: SimulatedNode) {
        let (missing, end) = (node.feed.missing, node.feed.gap?.upperBound ?? 0)
        switch node.requester.step(missing: missing, knownTo: end, at: now.nanoseconds) {
        case .none: break
        case .request(let sequence, let count, _):
            mark("feed gap")
            guard let session = node.feed.session else { return }
            var request = [UInt8](repeating: 0, count: MoldHeader.length)
            let header = MoldHeader(session: session, sequence: sequence, count: count)
            request.withUnsafeMutableBytes { header.write(to: $0) }
            queue.add(now + 500_000, .moldRequest(node: node.index, life: node.life, request))
        case .giveUp(let range): violate("liveness", "messages \(range) of the feed were given up")
        }
    }

    func answerRequest(_ node: SimulatedNode, _ life: Int, _ request: [UInt8]) {
        guard node.life == life, !strikes(.burstLoss, 0.2, &lines) else { return }
        guard let packet = wire?.answer(request, at: now) else { return }
        mark("retransmitted")
        queue.add(now + 500_000, .packet(node: node.index, life: life, packet))
    }

    /// Packets wait in the socket of a node that does not read; what does not fit is gone.
    func stall(_ node: SimulatedNode, _ bytes: [UInt8], _ item: ActionQueue.Item) {
        let isDisputed = contradicted.contains(SimulatedMarket.first(of: bytes))
        node.stalledPackets += 1
        guard node.stalledPackets <= 64 else {
            // The copy that would have shown the contradiction: now nobody can see it any more.
            if isDisputed { contradictionWasLost = true }
            return mark("packets lost by a slow consumer")
        }
        // What waits is only then compared.
        if isDisputed { lastConflict = max(lastConflict, node.stalledUntil) }
        queue.add(node.stalledUntil, item.action)
    }

    /// From here on every line works, and who followed a session that is gone is restarted by a person; who began behind that
    /// has to settle by itself.
    func calmWire() {
        for node in nodes where node.mode == .primary && node.outdatedLife == node.life { kill(node) }
    }
}
