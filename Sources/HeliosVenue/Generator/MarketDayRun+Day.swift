// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What frames continuous trading: the directory, the pre-open, halts, and the hours after the close.
extension MarketDayRun {
    /// Start of messages, the directory, and the state of each symbol.
    mutating func startOfDay(_ chunks: Chunks) throws {
        systemEvent("O", at: DayTime.startOfMessages)
        for index in 0..<configuration.symbols {
            pause(bits: 16)
            writer.stockDirectory(
                locate: flows[index].locate,
                timestamp: timestamp,
                symbol: flows[index].symbol,
                limitTier: index % 5 == 0 ? UInt8(ascii: "1") : UInt8(ascii: "2")
            )
            count("R")
            try flushIfNeeded(chunks)
        }
        for index in 0..<configuration.symbols {
            tradingAction(index, "T", reason: .blank)
            restrictionAndMakers(index)
            try flushIfNeeded(chunks)
        }
        systemEvent("S", at: DayTime.systemHours)
        pause(bits: 20)
        // 7, 13 and 20 % below an index of 4,000.
        writer.breakerLevels(
            timestamp: timestamp,
            level1: 372_000_000_000,
            level2: 348_000_000_000,
            level3: 320_000_000_000
        )
        count("V")
    }

    private mutating func restrictionAndMakers(_ index: Int) {
        let flow = flows[index]
        pause(bits: 10)
        let action = random.chance(15) ? UInt8(ascii: "2") : UInt8(ascii: "0")
        writer.shortSaleRestriction(locate: flow.locate, timestamp: timestamp, symbol: flow.symbol, action: action)
        count("Y")
        for (number, maker) in marketMakers.prefix(3).enumerated() {
            pause(bits: 10)
            writer.participantPosition(
                locate: flow.locate,
                timestamp: timestamp,
                participant: maker,
                symbol: flow.symbol,
                isPrimary: number == 0,
                mode: UInt8(ascii: "N"),
                state: UInt8(ascii: "A")
            )
            count("L")
        }
    }

    /// Orders gather for the opening auction, most of them in its last minutes.
    mutating func preOpen(_ chunks: Chunks) throws {
        var target = 0
        for index in 0..<configuration.symbols {
            target += flows[index].liveTarget
            drawHiddenInterest(index, bits: 9)
        }
        baseline = mix
        try gather(target * 2 / 10, from: DayTime.systemHours + DayTime.second, to: DayTime.nineOClock, chunks)
        try gather(target * 4 / 10, from: DayTime.nineOClock, to: DayTime.openingImbalance, chunks)
        let step = imbalanceInterval * DayTime.second
        for time in stride(from: DayTime.openingImbalance, to: DayTime.open, by: Int(step)) {
            let end = min(time + step, DayTime.open - DayTime.second / 100)
            try imbalances(at: time, crossType: "O", share: time - DayTime.openingImbalance, chunks)
            try gather(target * 4 / 10 * Int(imbalanceInterval) / 120, from: time, to: end, chunks)
        }
    }

    /// `actions` background actions between two times, all symbols alike.
    private mutating func gather(_ actions: Int, from start: Int64, to end: Int64, _ chunks: Chunks) throws {
        for action in 0..<actions {
            // In parts of a million, which keeps hours times actions within 64 bits.
            let part = (Int64(action) * 1_000_000 + Int64(random.below(1_000_000))) / Int64(actions)
            wait(until: start + (end - start) / 1_000_000 * part)
            background(random.below(configuration.symbols))
            try flushIfNeeded(chunks)
        }
    }

    /// Starts and ends trading halts that are due: halt, quotation only in the last minute, auction, trading.
    mutating func changeHalts(at time: Int64) {
        for halt in halts {
            if isDue(halt.start, at: time) {
                wait(until: time)
                flows[halt.symbol].phase = .halted
                tradingAction(halt.symbol, "H", reason: Alpha4("T1") ?? .blank)
                drawHiddenInterest(halt.symbol, bits: 8)
            } else if isDue(halt.end - 60 * DayTime.second, at: time) {
                wait(until: time)
                tradingAction(halt.symbol, "Q", reason: Alpha4("T3") ?? .blank)
            } else if isDue(halt.end, at: time) {
                wait(until: time)
                auction(halt.symbol, crossType: "H")
                tradingAction(halt.symbol, "T", reason: Alpha4("T3") ?? .blank)
                flows[halt.symbol].phase = .continuous
                recentre(halt.symbol, force: true)
                drawHiddenInterest(halt.symbol, bits: 11)
            }
        }
    }

    /// Whether `moment` lies in the step that begins at `time`, looking back.
    private func isDue(_ moment: Int64, at time: Int64) -> Bool {
        moment > time - configuration.fairStep && moment <= time
    }

    /// Actions between the close and the end of system hours, apart from the cancelling at the close.
    var afterHoursActions: Int { configuration.messages / 400 }

    /// Most orders are for the day and go after the close; what is left stays to the end of messages.
    mutating func endOfDay(_ chunks: Chunks) throws {
        for index in 0..<configuration.symbols {
            pause(bits: 22)
            for slot in stride(from: book.liveCount(index) - 1, through: 0, by: -1) where random.chance(800) {
                delete(book.liveOrder(index, slot))
            }
            flows[index].liveTarget = max(2, flows[index].liveTarget / 5)
            try flushIfNeeded(chunks)
        }
        baseline = mix
        try gather(afterHoursActions, from: clock, to: DayTime.endOfSystemHours, chunks)
        systemEvent("E", at: DayTime.endOfSystemHours)
        systemEvent("C", at: DayTime.endOfMessages)
    }
}
