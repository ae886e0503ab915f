// SPDX-License-Identifier: MIT
import HeliosMarket

/// The market data side: the venue publishes on two lines, the network does its worst, the nodes put it together again.
extension Simulation {
    static let wire: Nanoseconds = 20_000
    /// Market records that a node takes before it looks at its journal again.
    static let feedTurn = 32
    /// How long after a contradiction between the lines a node may not yet have noticed it.
    static let conflictGrace: Nanoseconds = 100_000_000

    func publish(_ first: Int, _ number: Int) {
        guard first < market.messages.count else { return }
        let count = min(1 + lines.below(4), market.messages.count - first)
        published = first + count
        if wire != nil {
            play(first..<first + count)
        } else {
            for index in first..<first + count { venue.advance(market.events[index]) }
            scheduleReports()
            transmit(market.packet(first..<first + count))
        }
        if published < market.messages.count {
            queue.add(max(market.events[published].eventTime, now), .publish(published, number + 1))
        }
        if number % 16 == 0 { queue.add(now + 5_000_000, .heartbeatFeed) }
    }

    /// Sends a packet on both lines.
    func transmit(_ packet: [UInt8]) {
        let lostOnBoth = strikes(.burstLoss, 0.05, &lines)
        let conflicts = deadLine < 0 && !lostOnBoth && strikes(.conflict, 0.01, &lines)
        let wrongLine = conflicts ? lines.below(2) : -1
        if lostOnBoth { return }
        for line in 0..<2 {
            if line == deadLine, faultsAreOn {
                inject(.skew)
                continue
            }
            if !conflicts, strikes(.packetLoss, line == 0 ? 0.3 : 0, &lines) { continue }
            var delay = Simulation.wire + Nanoseconds(lines.below(5_000))
            if line == 1, strikes(.skew, 0.5, &lines) { delay += Nanoseconds(lines.below(50_000_000)) }
            if !conflicts, strikes(.disorder, 0.3, &lines) { delay += Nanoseconds(lines.below(40_000_000)) }
            let bytes = line == wrongLine ? altered(packet) : packet
            deliver(bytes, after: conflicts ? Simulation.wire + Nanoseconds(lines.below(5_000)) : delay)
            if strikes(.disorder, 0.3, &lines) { deliver(bytes, after: delay + Nanoseconds(lines.below(10_000_000))) }
        }
        if conflicts {
            for node in nodes where node.mode == .primary { node.taintedLife = node.life }
            lastConflict = max(lastConflict, now)
            contradicted.insert(SimulatedMarket.first(of: packet))
        }
        if strikes(.garbage, 0.05, &lines) { deliver(garbage(packet), after: Simulation.wire) }
    }

    func deliver(_ bytes: [UInt8], after delay: Nanoseconds) {
        for node in nodes where node.mode == .primary {
            queue.add(now + delay, .packet(node: node.index, life: node.life, bytes))
        }
    }

    /// The same packet with another price or quantity in its first message.
    private func altered(_ packet: [UInt8]) -> [UInt8] {
        var packet = packet
        let last = packet.count - 1
        packet[last] ^= 0x01
        return packet
    }

    private func garbage(_ packet: [UInt8]) -> [UInt8] {
        switch lines.below(4) {
        case 0: return [UInt8](packet.prefix(lines.below(packet.count)))
        case 1: return packet + [UInt8](repeating: 0xAA, count: 1 + lines.below(2_000))
        case 2: return (0..<lines.below(200)).map { _ in UInt8(truncatingIfNeeded: lines.next()) }
        default: return []
        }
    }

    func heartbeatFeed() {
        if wire == nil { deliver(market.heartbeat(next: published), after: Simulation.wire) }
        if !faultsAreOn || now < workloadEnd { queue.add(now + 50_000_000, .heartbeatFeed) }
    }

    func receive(_ bytes: [UInt8], _ node: SimulatedNode) {
        guard node.mode == .primary, node.core != nil else { return }
        guard node.core?.takesMarketData == true else { return judgeFeed(node) }
        var events: [Event] = []
        node.feed.receive(bytes) { message in
            if let event = node.decoder.decode(message.unsafeBuffer, offset: 0) { events.append(event) }
        }
        for (number, var event) in events.enumerated() {
            // What a closed gap lets loose is not swallowed in one turn: the journal is small.
            if number > 0, number % Simulation.feedTurn == 0 { write(node) }
            guard node.core?.takesMarketData == true else {
                rejoinFeed(node)
                break
            }
            event.receiveTime = node.clock(now)
            act(node) { $0.take(event) }
            checkBook(node)
            guard node.core != nil else { return }
        }
        judgeFeed(node)
        pump(node)
    }

    /// There was no room for the rest of what had come: it is asked for when there is some again, and its copies are forgotten.
    private func rejoinFeed(_ node: SimulatedNode) {
        guard let count = node.core?.marketInputs else { return }
        mark("market data dropped for want of room")
        if !contradicted.isEmpty { contradictionWasLost = true }
        node.joinFeed(from: firstMessage(after: count), directory: directory(count))
    }

    /// Marks the book as stale, or whole again, and asks for what is missing.
    func judgeFeed(_ node: SimulatedNode) {
        let (isWhole, isDisputed) = (node.feed.gap == nil, node.feed.hasConflict)
        act(node, feedWasBroken: false) { $0.feedChanged(isWhole: isWhole, isDisputed: isDisputed) }
        if isDisputed { mark("feed disputed") }
        if wire != nil { return requestMissing(node) }
        guard let gap = node.feed.gap, now - node.lastAsked > 2_000_000 else { return }
        mark("feed gap")
        node.lastAsked = now
        let count = min(Int(gap.upperBound - gap.lowerBound), 60)
        queue.add(
            now + 500_000,
            .retransmit(node: node.index, life: node.life, from: gap.lowerBound, count: count)
        )
    }

    func retransmit(_ node: SimulatedNode, _ from: UInt64, _ count: Int) {
        if strikes(.burstLoss, 0.2, &lines) { return }
        let first = Int(from) - 1
        let end = min(first + count, published)
        guard first < end else { return }
        queue.add(now + 500_000, .packet(node: node.index, life: node.life, market.packet(first..<end)))
        mark("retransmitted")
    }
}
