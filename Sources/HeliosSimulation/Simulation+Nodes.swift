// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// The processes: how they start, act, write, send, replicate, take over and die.
extension Simulation {
    static let timerInterval: Nanoseconds = 5_000_000
    /// A standby that has heard nothing for so long takes over.
    static let heartbeatTimeout: Nanoseconds = 100_000_000

    func perform(_ item: ActionQueue.Item) {
        switch item.action {
        case .publish(let first, let number): publish(first, number)
        case .heartbeatFeed: heartbeatFeed()
        case .packet(let index, let life, let bytes):
            if nodes[index].life == life, now < nodes[index].stalledUntil { return stall(nodes[index], bytes, item) }
            if let node = awake(index, life, item) { receive(bytes, node) }
        case .retransmit(let index, let life, let from, let count):
            if nodes[index].life == life { retransmit(nodes[index], from, count) }
        case .toVenue(let index, let connection, let message):
            if nodes[index].connection == connection { venueReceives(message, nodes[index], connection) }
        case .fromVenue(let index, let connection, let message):
            guard nodes[index].connection == connection else { return }
            if let node = awake(index, nodes[index].life, item) { nodeReceives(message, node) }
        case .venueReports: takeReports()
        case .connect(let index, let life):
            if let node = awake(index, life, item) { connect(node) }
        case .connected(let index, let life):
            if let node = awake(index, life, item), node.connection != 0 {
                if wire != nil { return connectedLine(node) }
                act(node) { $0.venueConnected() }
                pump(node)
            }
        case .bytes(let line, let toVenue): arrive(line, toVenue, item)
        case .hangUp(let line, let toVenue): hangUp(line, toVenue, item)
        case .serveLine(let index, let life):
            if let node = awake(index, life, item) { serveLine(node) }
        case .venueTick: venueTick()
        case .moldRequest(let index, let life, let request): answerRequest(nodes[index], life, request)
        case .timer(let index, let life):
            if let node = awake(index, life, item) { timer(node) }
        case .replicate(let index, let life, let from, let records):
            if let node = awake(index, life, item) { follow(records, node, from) }
        case .acknowledge(let index, let life, let number):
            if let node = awake(index, life, item) { acknowledged(number, node) }
        case .heartbeat(let index, let life):
            if let node = awake(index, life, item) { node.lastHeard = now }
        case .fault(let kind, let index): strike(kind, nodes[index])
        case .restart(let index, let life):
            if nodes[index].life == life, nodes[index].mode == .down { restart(nodes[index]) }
        }
    }

    /// The node that something is meant for; nil when it is not there any more, or sleeps, and will get it when it wakes.
    func awake(_ index: Int, _ life: Int, _ item: ActionQueue.Item) -> SimulatedNode? {
        let node = nodes[index]
        guard node.life == life, node.core != nil else { return nil }
        if let until = node.pausedUntil {
            if now < until {
                queue.add(until, item.action)
                return nil
            }
            node.pausedUntil = nil
            // What came while it slept is only now compared.
            if lastConflict != .zero { lastConflict = max(lastConflict, now) }
        }
        return node
    }

    // MARK: Acting

    /// Lets the node's core do something and checks what came of it.
    func act(_ node: SimulatedNode, feedWasBroken: Bool? = nil, _ body: (inout SimulatedCore) -> Void) {
        guard node.core != nil else { return }
        let before = node.core?.journal.log.count ?? 0
        let isBroken = feedWasBroken ?? (node.feed.gap != nil || node.feed.hasConflict)
        node.core?.change(body)
        shelve(node)
        checkRecords(node, from: before, feedWasBroken: isBroken)
    }

    /// Writes, and lets leave what may leave.
    func pump(_ node: SimulatedNode, isTimer: Bool = false) {
        guard node.core != nil else { return }
        if node.killPoint == .beforeFlush { return kill(node) }
        let flushes = isTimer || scheduler.chance(0.8)
        node.disk.beginWrite()
        if flushes { write(node) }
        if flushes, node.killPoint == .insideFlush {
            node.disk.tear(&disks)
            return kill(node)
        }
        if flushes, durability == .sync || durability == .mirror && !node.hasStandby || isTimer {
            syncJournal(node)
        }
        guard survives(node) else { return }
        if node.killPoint == .afterFlush { return kill(node) }
        release(node)
        if node.killPoint == .afterRelease { return kill(node) }
        replicate(node)
        leaveWhenFenced(node)
    }

    /// Writes, and acts on what the journal still takes.
    func write(_ node: SimulatedNode) {
        act(node) { core in
            core.journal.journal.flush()
            core.watch(core.journal.journal.state)
            core.journal.journal.flush()
        }
    }

    /// Syncs, and keeps what the disk itself knows to be stable, whatever the journal believes.
    private func syncJournal(_ node: SimulatedNode) {
        act(node) { $0.journal.journal.sync() }
        if node.disk.failedSyncs == 0 { node.stable = node.core?.journal.journal.written ?? 0 }
    }

    /// A node whose journal takes nothing any more leaves the field to the other.
    private func survives(_ node: SimulatedNode) -> Bool {
        guard let state = node.core?.journal.journal.state, let role = node.core?.role else { return false }
        if role == .diverged {
            violate("I9", "node \(node.index) derived something else than its journal says")
            return false
        }
        if state == .full, node.mode == .primary {
            violate("liveness", "the journal of node \(node.index) ran full: cancels can't go")
        }
        // A standby without room could not take over.
        let limit: JournalState = node.mode == .standby ? .noOrders : .full
        guard state >= limit || role == .halted else { return true }
        mark(state <= .full ? "standby stopped by a full disk" : "stopped by a failed disk")
        node.needsNewDisk = true
        kill(node)
        return false
    }

    private func durable(_ node: SimulatedNode) -> UInt64 {
        switch durability {
        case .memory: return node.core?.journal.journal.appended ?? 0
        case .cache: return node.core?.journal.journal.written ?? 0
        case .sync: return node.core?.journal.journal.synced ?? 0
        case .mirror:
            return node.hasStandby
                ? min(node.acknowledged, node.core?.journal.journal.written ?? 0)
                : node.core?.journal.journal.synced ?? 0
        }
    }

    private func release(_ node: SimulatedNode) {
        let limit = durable(node)
        var leaving: [Event] = []
        let stable = node.core?.journal.journal.synced ?? 0
        act(node) { $0.release(durable: limit, stable: stable) { leaving.append($0) } }
        for message in leaving {
            checkLeaving(message, node, durable: limit)
            if wire != nil {
                hash.mix(message)
                say(message, node)
                continue
            }
            guard node.connection != 0 else { continue }
            node.venueArrival = max(node.venueArrival, now + 100_000 + Nanoseconds(network.below(200_000)))
            queue.add(
                node.venueArrival,
                .toVenue(node: node.index, connection: node.connection, message)
            )
            hash.mix(message)
        }
        if wire != nil { flush(node) }
    }

    private func leaveWhenFenced(_ node: SimulatedNode) {
        guard node.core?.role == .fenced else { return }
        mark("fenced writer left")
        node.fencedBy = max(node.fencedBy, node.core?.fencedBy ?? 0)
        node.mustRejoin = true
        kill(node)
    }

    func timer(_ node: SimulatedNode) {
        queue.add(now + Simulation.timerInterval, .timer(node: node.index, life: node.life))
        if node.mode == .standby {
            // Its own disk is synced at leisure, and asked for room again; the primary is watched.
            syncJournal(node)
            act(node) { $0.journal.journal.prepareSpare() }
            tellPrimary(node)
            if now - node.lastHeard > Simulation.heartbeatTimeout { promote(node) }
            return
        }
        let time = node.clock(now)
        let takesTimers = node.core?.takesMarketData ?? false
        act(node) { core in
            if takesTimers { core.take(Event(eventTime: time, receiveTime: time, kind: .timer)) }
            core.checkAnswers()
            core.journal.journal.prepareSpare()
        }
        judgeFeed(node)
        pump(node, isTimer: true)
        if wire != nil { tickLine(node) }
        if node.core != nil, now - node.lastHeard > Simulation.heartbeatTimeout { node.hasStandby = false }
        let other = nodes[1 - node.index]
        if node.core != nil, now >= linkDownUntil, other.mode == .standby {
            queue.add(now + 50_000, .heartbeat(to: other.index, life: other.life))
        }
    }

    // MARK: The pair

    /// Sends the standby what it does not have.
    private func replicate(_ node: SimulatedNode) {
        let other = nodes[1 - node.index]
        guard node.hasStandby, node.core != nil, now >= linkDownUntil, other.mode == .standby else { return }
        let written = node.core?.journal.journal.written ?? 0
        let end = min(written, node.replicated + 500)
        guard end > node.replicated else { return }
        let records = Array((node.core?.journal.log ?? [])[Int(node.replicated)..<Int(end)])
        node.replicated = end
        queue.add(
            now + 50_000 + Nanoseconds(network.below(50_000)),
            .replicate(to: other.index, life: other.life, from: node.index, records)
        )
    }

    private func follow(_ records: [Event], _ node: SimulatedNode, _ from: Int) {
        guard node.mode == .standby else { return }
        node.lastHeard = now
        act(node) { core in
            for record in records where record.sequence == core.sequence + 1 {
                if !core.mirror(record) { break }
            }
            core.journal.journal.flush()
        }
        if node.core?.role == .diverged {
            return violate("I10", "the standby derived something else at record \(node.core?.sequence ?? 0)")
        }
        checkBook(node)
        guard survives(node) else { return }
        tellPrimary(node)
    }

    private func tellPrimary(_ node: SimulatedNode) {
        let other = nodes[1 - node.index]
        guard now >= linkDownUntil, other.mode == .primary else { return }
        let number = node.core?.journal.journal.written ?? 0
        queue.add(now + 50_000, .acknowledge(to: other.index, life: other.life, number))
    }

    private func acknowledged(_ number: UInt64, _ node: SimulatedNode) {
        guard node.mode == .primary else { return }
        node.lastHeard = now
        if !node.hasStandby || number < node.acknowledged {
            node.hasStandby = true
            node.replicated = number
        } else if number == node.acknowledged, number < node.replicated, now - node.lastProgress > 5_000_000 {
            // Something on the way to the standby was lost: from there again.
            node.replicated = number
        }
        if number != node.acknowledged { node.lastProgress = now }
        node.acknowledged = number
        pump(node)
    }

    private func nextEpoch(_ node: SimulatedNode) -> UInt64 {
        // Even numbers belong to one node, odd ones to the other: two nodes never write under the same epoch.
        let above = max(node.core?.epoch ?? 0, node.fencedBy)
        return (above / 2 + 1) * 2 + UInt64(node.index)
    }

    func promote(_ node: SimulatedNode) {
        mark("standby took over")
        becomePrimary(node)
    }

    private func becomePrimary(_ node: SimulatedNode) {
        let epoch = nextEpoch(node)
        node.mode = .primary
        note("node \(node.index) becomes primary, epoch \(epoch), record \(node.core?.sequence ?? 0)")
        node.lastHeard = now
        node.hasStandby = false
        node.alignClock(now)
        // Every process has another one, as when it is drawn: a node that forgot its epochs may come to one again.
        let identity = UInt64(node.life) << 8 | UInt64(node.index + 1)
        act(node) { core in
            core.identity = identity
            core.answerTimeout = 50_000_000
            core.promote(epoch: epoch)
            core.journal.journal.flush()
        }
        syncJournal(node)
        knownEpochs[epoch] = node.index
        let count = node.core?.marketInputs ?? 0
        node.joinFeed(from: firstMessage(after: count), directory: directory(count))
        if wire != nil { openEntry(node, epoch: epoch) }
        judgeFeed(node)
        if strikes(.killInRecovery, 0.7, &scheduler) { node.killPoint = randomKillPoint() }
        pump(node)
        if node.core != nil { queue.add(now + 1_000_000, .connect(node: node.index, life: node.life)) }
    }

    // MARK: Life and death

    func start(_ node: SimulatedNode, asPrimary: Bool) {
        guard boot(node) else { return }
        queue.add(now + Simulation.timerInterval, .timer(node: node.index, life: node.life))
        node.lastHeard = now
        if asPrimary { becomePrimary(node) } else { node.mode = .standby }
    }

    func kill(_ node: SimulatedNode) {
        note("node \(node.index) dies as \(node.mode)")
        count(node)
        if wire != nil { abandonLine(node) }
        // The system's log names the disk, even when the process died before it could.
        if node.disk.failedSyncs > 0 { node.needsNewDisk = true }
        node.die()
        let delay = 150_000_000 + Nanoseconds(scheduler.below(400_000_000))
        queue.add(now + delay, .restart(node.index, node.life))
    }

    func restart(_ node: SimulatedNode) {
        let other = nodes[1 - node.index]
        let trusts = boot(node)
        if !trusts { node.needsNewDisk = true }
        let otherLives = other.mode == .primary || other.mode == .standby
        if otherLives {
            // The other has gone on, or will: what this one knows beyond it was never agreed.
            if node.mustRejoin || node.needsNewDisk || node.wasPrimary || !continues(node, other) {
                node.core = nil
                node.disk.wipe()
                node.snapshots = []
                node.needsNewDisk = false
                node.mustRejoin = false
                node.wasPrimary = false
                node.wasWiped = true
                note("node \(node.index) rejoins with an empty disk")
                guard boot(node) else {
                    // A disk on which not even a journal can be begun is not believed when it is tried again.
                    node.needsNewDisk = true
                    node.life += 1
                    return queue.add(now + 300_000_000, .restart(node.index, node.life))
                }
                mark("rejoined as an empty standby")
            }
            node.mode = .standby
            note("node \(node.index) is standby, record \(node.core?.sequence ?? 0)")
            node.lastHeard = now
            queue.add(now + Simulation.timerInterval, .timer(node: node.index, life: node.life))
            return
        }
        // A writer that begins without room could not even record what the venue tells it.
        let hasRoom = (node.core?.journal.journal.state ?? .full) < .noOrders
        if !hasRoom { mark("start refused: no room for the journal") }
        guard trusts, !node.needsNewDisk, hasRoom else {
            // Nobody else is there, and its own journal can't be trusted: it waits for the other.
            note("node \(node.index) waits: its journal can't be trusted")
            node.core = nil
            node.life += 1
            if faultsAreOn || other.mode == .down && !other.needsNewDisk {
                queue.add(now + 300_000_000, .restart(node.index, node.life))
            }
            return
        }
        queue.add(now + Simulation.timerInterval, .timer(node: node.index, life: node.life))
        becomePrimary(node)
    }

    /// Whether the other node's journal holds what this one's ends with; else the two have parted.
    private func continues(_ node: SimulatedNode, _ other: SimulatedNode) -> Bool {
        guard let last = node.core?.journal.log.last else { return true }
        guard let count = other.core?.journal.log.count, Int(last.sequence) <= count else { return false }
        return other.core?.journal.log[Int(last.sequence) - 1].says(last) ?? false
    }

    func randomKillPoint() -> SimulatedNode.KillPoint {
        let all = SimulatedNode.KillPoint.allCases
        return all[scheduler.below(all.count)]
    }

    // MARK: Faults that come at a moment

    func strike(_ kind: FaultKind, _ node: SimulatedNode) {
        guard faultsAreOn else { return }
        let primary = nodes.first { $0.mode == .primary }
        switch kind {
        case .kill:
            guard node.core != nil, node.pausedUntil == nil else { return }
            inject(kind)
            if node.mode == .primary { node.killPoint = randomKillPoint() } else { kill(node) }
        case .tornWrite:
            guard let primary, primary.pausedUntil == nil else { return }
            inject(kind)
            primary.killPoint = .insideFlush
        case .powerCut:
            guard node.core != nil else { return }
            inject(kind)
            node.disk.cutPower(&disks)
            // The newest may not have been on stable storage yet; or it was, and the journal's end was not.
            if !node.snapshots.isEmpty, disks.chance(0.3) { node.snapshots.removeFirst() }
            node.lostPower = true
            kill(node)
        case .pause:
            guard let primary, primary.pausedUntil == nil else { return }
            inject(kind)
            primary.pausedUntil = now + 10_000_000 + Nanoseconds(scheduler.below(600_000_000))
        case .partition: partition(primary)
        case .disconnect:
            guard let primary, primary.connection != 0, primary.pausedUntil == nil else { return }
            inject(kind)
            breakConnection(primary)
        case .syncFailure:
            inject(kind)
            node.disk.failsNextSync = true
            // A dying disk seldom dies alone.
            if scheduler.chance(0.5) { queue.add(now + 40_000_000, .fault(.powerCut, node.index)) }
        case .diskFull:
            inject(kind)
            node.disk.isFull = true
        case .bitFlip: flip(node)
        case .snapshotDamage: damageSnapshot(node)
        case .unsolicitedCancel: cancelUnasked()
        case .slowConsumer, .sessionReset, .halfOpen: strikeWire(kind, primary)
        case .operatorKill:
            guard let primary, primary.pausedUntil == nil else { return }
            inject(kind)
            if scheduler.chance(0.5) { breakConnection(primary) }
            guard primary.core != nil else { return }
            let time = primary.clock(now)
            act(primary) { $0.take(Event(eventTime: time, receiveTime: time, kind: .command, detail: 3)) }
            checkKill(primary)
            pump(primary)
        default: break
        }
    }

    private func partition(_ primary: SimulatedNode?) {
        inject(.partition)
        let length = 50_000_000 + Nanoseconds(scheduler.below(800_000_000))
        if scheduler.chance(0.5) {
            linkDownUntil = now + length
        } else {
            venueDownUntil = now + length
            if let primary, primary.pausedUntil == nil { breakConnection(primary) }
        }
    }

    private func flip(_ node: SimulatedNode) {
        guard node.core != nil else { return }
        act(node) { $0.journal.journal.flush() }
        guard let position = node.core?.journal.journal.position,
            node.disk.flipBit(&disks, before: position.offset, in: position.segment)
        else { return }
        inject(.bitFlip)
        node.syncedAtFlip = node.core?.journal.journal.synced ?? 0
        node.flippedBit = true
        kill(node)
    }
}
