// SPDX-License-Identifier: MIT
import HeliosMarket

/// The venue's side: order sessions, matching, and what can go wrong with a venue.
extension Simulation {
    func scheduleReports() {
        let next = venue.nextReportTime
        guard next != .never, next != lastReportSchedule else { return }
        lastReportSchedule = next
        queue.add(max(next, now), .venueReports)
    }

    func takeReports() {
        while venue.nextReportTime <= now {
            let report = venue.takeReport()
            guard let told = session.report(report) else { continue }
            if report.kind == .orderAccepted, strikes(.lostAnswer, 0.1, &venueChance) { continue }
            tell(told)
            if strikes(.duplicateReport, 0.3, &venueChance) {
                tell(told, late: venueChance.chance(0.5) ? Nanoseconds(venueChance.below(500_000_000)) : 0)
            }
        }
        lastReportSchedule = .never
        scheduleReports()
    }

    /// Sends something to the writer that is let in.
    private func tell(_ message: Event, late: Nanoseconds = 0) {
        guard writerNode >= 0, nodes[writerNode].connection == writerConnection else { return }
        answer(message, to: nodes[writerNode], writerConnection, late: late)
    }

    private func answer(_ message: Event, to node: SimulatedNode, _ connection: Int, late: Nanoseconds = 0) {
        var time = now + 100_000 + Nanoseconds(venueChance.below(200_000))
        // A connection keeps its order; what the venue repeats later comes later.
        if late == 0 {
            time = max(time, node.answerArrival)
            node.answerArrival = time
        }
        queue.add(time + late, .fromVenue(node: node.index, connection: connection, message))
    }

    func venueReceives(_ message: Event, _ node: SimulatedNode, _ connection: Int) {
        if message.kind == .newOrder, strikes(.silentVenue, 0.1, &venueChance) { return }
        if message.kind == .cancelRequest, session.order(message.orderID) != nil,
            strikes(.refusedCancel, 0.2, &venueChance)
        {
            var refusal = message
            refusal.kind = .cancelRejected
            return answer(refusal, to: node, connection)
        }
        var answers: [Event] = []
        var writer = logins[connection] ?? 0
        if message.kind == .epoch { checkEpoch(message.detail, node) }
        let claimed = writer
        let before = session.epoch
        let action = session.receive(message, from: &writer, &answers)
        if message.kind == .epoch {
            logins[connection] = message.detail
            if message.detail == session.epoch { letIn(node, connection, was: before) }
        }
        for item in answers { answer(item, to: node, connection) }
        switch action {
        case .submit(let order):
            checkSender(claimed, node)
            checkLimit(order)
            venue.submit(order, at: now)
        case .cancel(let id):
            checkSender(claimed, node)
            venue.cancel(id, at: now)
        case .replace(let original, let order):
            checkSender(claimed, node)
            checkLimit(order)
            venue.replace(original, by: order, at: now)
        case .nothing: break
        }
        scheduleReports()
    }

    /// A new writer is let in; the one before hears of it.
    private func letIn(_ node: SimulatedNode, _ connection: Int, was before: UInt64) {
        if writerNode >= 0, writerConnection != connection, nodes[writerNode].connection == writerConnection,
            before < session.epoch
        {
            answer(Event(kind: .epoch, detail: session.epoch), to: nodes[writerNode], writerConnection)
            mark("writer fenced by the venue")
        }
        writerNode = node.index
        writerConnection = connection
    }

    /// The venue cancels an order that nobody asked it to.
    func cancelUnasked() {
        guard let place = venueOrders.lastIndex(where: \.isWorking) else { return }
        inject(.unsolicitedCancel)
        if wire != nil { return cancelUnasked(place) }
        venue.cancel(UInt64(place + 1), at: now)
        scheduleReports()
    }

    // MARK: Connections

    func connect(_ node: SimulatedNode) {
        guard node.mode == .primary, node.connection == 0 else { return }
        guard now >= venueDownUntil else {
            queue.add(now + 50_000_000, .connect(node: node.index, life: node.life))
            return
        }
        connections += 1
        node.connection = connections
        wire?.open(connections, node)
        queue.add(now + 500_000, .connected(node: node.index, life: node.life))
    }

    /// The node's connection breaks: what is under way in either direction is lost.
    func breakConnection(_ node: SimulatedNode) {
        guard node.connection != 0 else { return }
        if wire != nil { return breakLine(node) }
        node.connection = 0
        act(node) { $0.venueLost() }
        pump(node)
        if node.core != nil {
            queue.add(now + 20_000_000, .connect(node: node.index, life: node.life))
        }
    }

    func nodeReceives(_ message: Event, _ node: SimulatedNode) {
        var message = message
        message.receiveTime = node.clock(now)
        if message.kind == .epoch {
            node.fenceSeen = max(node.fenceSeen, message.detail)
            node.fenceEverSeen = max(node.fenceEverSeen, message.detail)
        }
        act(node) { $0.receive(message) }
        pump(node)
    }
}
