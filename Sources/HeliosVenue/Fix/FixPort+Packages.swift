// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

/// Orders of several legs: they trade at once against the displayed books, all legs or nothing, or wait until they can.
extension FixPort {
    private static let legMax = 8
    private static let ratioMax: Int64 = 10_000
    private static let packageMax = 1_000
    /// Levels that a package looks at on each side.
    private static let depth = 64

    // MARK: NewOrderMultileg

    func enterPackage(_ message: FixMessage) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let side = try char(.side, message)
        _ = try char(.ordType, message)
        _ = try text(.orderQty, message)
        if let known = numbers[clOrdID].flatMap({ orders[$0] }) {
            return repeated(known, clOrdID, isResent: message[.possResend]?.bool == true)
        }
        var refusal: FixProblem?
        let terms = FixTerms(message, at: now, midnight: desk.midnight, refusal: &refusal)
        let symbol = message.index(of: .symbol, to: message.index(of: .noLegs) ?? .max).map { message.value($0).text }
        var order = FixOrder(
            id: desk.nextOrderNumber(),
            clOrdID: clOrdID,
            instrument: .none,
            symbol: symbol ?? "[N/A]",
            side: side,
            terms: terms
        )
        order.account = message[.account].map(\.text)
        if let problem = refusal ?? packageRefusal(order) { return refuse(order, problem) }
        var legs: [FixOrder] = []
        do throws(FixProblem) { legs = try readLegs(message, order) } catch { return refuse(order, error) }
        let limit =
            terms.type == UInt8(ascii: "1") ? nil : terms.price.map { order.bookSide == .buy ? $0.raw : -$0.raw }
        let package = FixPackage(
            legs: legs.map { leg in
                FixPackage.Leg(
                    instrument: leg.instrument,
                    ratio: leg.terms.quantity.raw / terms.quantity.raw,
                    side: leg.bookSide,
                    order: leg.id
                )
            },
            reports: message[.multiLegRptTypeReq]?.int.flatMap { FixPackage.Reports(rawValue: Int($0)) } ?? .both,
            limit: limit
        )
        accept(package, order, legs)
    }

    private func packageRefusal(_ order: FixOrder) -> FixProblem? {
        let terms = order.terms
        if order.clOrdID.utf8.count > FixPort.idMax { return FixProblem(.other, "11 is too long") }
        if packages.count >= FixPort.packageMax { return FixProblem(.exceedsLimit, "too many packages for a day") }
        guard order.side == UInt8(ascii: "1") || order.side == UInt8(ascii: "2") else {
            return FixProblem(.unsupported, "54 is 1 or 2")
        }
        guard terms.type == UInt8(ascii: "1") || terms.type == UInt8(ascii: "2") else {
            return FixProblem(.unsupported, "packages are market or limit orders")
        }
        guard terms.quantity > .zero, terms.quantity.raw % Quantity.scale == 0, terms.quantity <= Quantity(999_999)
        else {
            return FixProblem(.quantity, "38 is no number of packages")
        }
        let isPlain =
            terms.minimum == .zero && terms.display == nil && terms.instructions == nil && !terms.isForAuction
            && terms.expiry == nil
        return isPlain && !desk.isDark ? nil : FixProblem(.unsupported, "packages have no such instructions")
    }

    private func readLegs(_ message: FixMessage, _ order: FixOrder) throws(FixProblem) -> [FixOrder] {
        var legs: [FixOrder] = []
        for entry in message.group(.noLegs, opening: .legSymbol) {
            let symbol = entry[.legSymbol]?.text ?? ""
            guard let instrument = desk.instrument(symbol) else { throw FixProblem(.unknownSymbol, "unknown symbol") }
            guard legs.count < FixPort.legMax, !legs.contains(where: { $0.instrument == instrument }) else {
                throw FixProblem(.unsupported, "2 to \(FixPort.legMax) legs in different symbols")
            }
            let ratio = entry[.legRatioQty].map { $0.quantity } ?? Quantity(1)
            guard let ratio, ratio > .zero, ratio.raw % Quantity.scale == 0, ratio <= Quantity(Int(FixPort.ratioMax))
            else {
                throw FixProblem(.quantity, "623 is no number of shares")
            }
            guard let said = entry[.legSide]?.char, [0x31, 0x32, 0x35, 0x36].contains(said) else {
                throw FixProblem(.unsupported, "624 is 1, 2, 5 or 6")
            }
            // Selling the package is doing the opposite of each leg.
            let isBuy = (said == UInt8(ascii: "1")) == (order.bookSide == .buy)
            let side = isBuy ? UInt8(ascii: "1") : order.bookSide == .buy ? said : UInt8(ascii: "2")
            var terms = FixTerms()
            terms.type = UInt8(ascii: "1")
            terms.quantity = Quantity(raw: order.terms.quantity.raw * (ratio.raw / Quantity.scale))
            var leg = FixOrder(
                id: desk.nextOrderNumber(),
                clOrdID: order.clOrdID,
                instrument: instrument,
                symbol: symbol,
                side: side,
                terms: terms
            )
            leg.leg = FixLegRole(package: order.id, index: legs.count, name: entry[.legRefID]?.text)
            leg.account = order.account
            leg.leaves = terms.quantity
            legs.append(leg)
        }
        guard legs.count >= 2 else {
            throw FixProblem(.unsupported, "2 to \(FixPort.legMax) legs in different symbols")
        }
        return legs
    }

    private func accept(_ package: FixPackage, _ order: FixOrder, _ legs: [FixOrder]) {
        var order = order
        order.leaves = order.terms.quantity
        packages[order.id] = package
        keep(order)
        for leg in legs { orders[leg.id] = leg }
        say(FixReport("0"), order)
        let kill = order.terms.timeInForce == UInt8(ascii: "4")
        tryPackage(order.id, needsAll: kill)
        guard let after = orders[order.id], after.isLive else { return }
        if after.terms.isImmediate || after.terms.type == UInt8(ascii: "1") {
            return endPackage(after, .immediateOrCancel)
        }
        waitingPackages.append(order.id)
        desk.updateWatch()
    }

    // MARK: Trading

    /// Tries the packages with a leg among `touched`.
    func tryPackages(_ touched: [Instrument], at time: Timestamp) {
        now = time
        for id in waitingPackages {
            guard let package = packages[id], package.legs.contains(where: { touched.contains($0.instrument) }) else {
                continue
            }
            tryPackage(id, needsAll: false)
        }
        let before = waitingPackages.count
        waitingPackages.removeAll { orders[$0]?.isLive != true }
        if waitingPackages.count != before { desk.updateWatch() }
    }

    /// Trades as many as the books give: in several steps, when one would be more than the engine takes in an order.
    private func tryPackage(_ id: UInt64, needsAll: Bool) {
        while tradeOnce(id, needsAll: needsAll) {}
    }

    /// One step; true when there may be more because the engine's largest order was in the way.
    private func tradeOnce(_ id: UInt64, needsAll: Bool) -> Bool {
        guard let exchange = desk.exchange, var package = packages[id], let order = orders[id], order.isLive,
            package.legs.allSatisfy({ exchange.phase(of: $0.instrument) == .open })
        else { return false }
        let wanted = order.leaves.raw / Quantity.scale
        let largest = package.largest(exchange)
        let offer = package.offer(min(wanted, largest), exchange, depth: FixPort.depth)
        guard offer.packages > 0, !needsAll || offer.packages == wanted else { return false }
        let commands = commands(offer, package)
        // What the engine would refuse of one leg, no leg does.
        guard commands.allSatisfy({ exchange.refusal($0) == nil }) else { return false }
        package.spent = 0
        packages[id] = package
        let before = package.legs.map { orders[$0.order]?.cumulative ?? .zero }
        exchange.applyTogether(commands) { filled(id, before) }
        return offer.packages == largest && wanted > largest
    }

    private func commands(_ offer: FixPackageOffer, _ package: FixPackage) -> [MatchingCommand] {
        package.legs.enumerated().map { index, leg in
            var command = MatchingCommand.enter(
                leg.instrument,
                owner: owner,
                id: leg.order,
                leg.side,
                Quantity(Int(offer.packages * leg.ratio)),
                at: offer.prices[index],
                time: now
            )
            command.duration = .immediateOrCancel
            return command
        }
    }

    /// The legs have traded: the package itself is told, as many as every leg gives; `before` is what they had.
    private func filled(_ id: UInt64, _ before: [Quantity]) {
        guard var order = orders[id], let package = packages[id] else { return }
        let done = zip(package.legs, before).map { leg, before in
            ((orders[leg.order]?.cumulative.raw ?? 0) - before.raw) / Quantity.scale / leg.ratio
        }
        let quantity = Quantity(Int(done.min() ?? 0))
        guard quantity > .zero else { return }
        // Selling: what was received is the price.
        let spent = order.bookSide == .buy ? package.spent : -package.spent
        order.cumulative = Quantity(raw: order.cumulative.raw + quantity.raw)
        order.notional += spent
        order.leaves = Quantity(raw: order.leaves.raw - quantity.raw)
        orders[id] = order
        var report = FixReport("F")
        report.lastQuantity = quantity
        report.lastPrice = Price(raw: Int64(clamping: spent / Int128(quantity.raw)))
        report.liquidity = 2
        say(report, order, isSilent: package.reports == .legs)
    }

    /// Notes what a leg has cost.
    func legFilled(_ leg: FixOrder, _ quantity: Quantity, _ price: Price) {
        guard let role = leg.leg, packages[role.package] != nil else { return }
        let cost = Int128(price.raw) * Int128(quantity.raw)
        packages[role.package]?.spent += leg.bookSide == .buy ? cost : -cost
    }

    /// A leg's trade is undone: packages that it was part of are not whole any more, and do not come back.
    func legBroken(_ leg: FixOrder) {
        guard let role = leg.leg, let package = packages[role.package], var order = orders[role.package] else { return }
        let whole = package.legs.map { (orders[$0.order]?.cumulative.raw ?? 0) / $0.ratio / Quantity.scale }.min() ?? 0
        let lost = Quantity(raw: order.cumulative.raw - whole * Quantity.scale)
        guard lost > .zero else { return }
        let price = order.averagePrice
        order.undoTrade(lost, price)
        if order.cumulative == .zero { order.notional = 0 }
        orders[order.id] = order
        var report = FixReport("H")
        report.lastQuantity = lost
        report.lastPrice = price
        say(report, order, isSilent: package.reports == .legs)
    }

    /// Whether the client asked not to hear of legs.
    func isSilentLeg(_ order: FixOrder) -> Bool {
        order.leg.flatMap { packages[$0.package] }?.reports == .strategy
    }

    // MARK: The end

    func cancelPackage(_ order: FixOrder, _ clOrdID: String) {
        var order = order
        let original = order.clOrdID == clOrdID ? nil : order.clOrdID
        order.clOrdID = clOrdID
        finish(&order, UInt8(ascii: "4"))
        var report = FixReport("4")
        report.original = original
        say(report, order)
    }

    private func endPackage(_ order: FixOrder, _ reason: MatchingCancelReason) {
        var order = order
        let isExpired = reason == .closed
        finish(&order, UInt8(ascii: isExpired ? "C" : "4"))
        var report = FixReport(isExpired ? "C" : "4")
        report.text = FixPort.words(reason)
        say(report, order)
    }

    private func finish(_ order: inout FixOrder, _ status: UInt8) {
        order.end = status
        order.leaves = .zero
        keep(order)
        for leg in packages[order.id]?.legs ?? [] {
            orders[leg.order]?.end = status
            orders[leg.order]?.leaves = .zero
        }
        waitingPackages.removeAll { $0 == order.id }
        desk.updateWatch()
    }

    /// Ends all packages that wait.
    func endPackages(_ reason: MatchingCancelReason) {
        for id in waitingPackages {
            if let order = orders[id] { endPackage(order, reason) }
        }
    }

    // MARK: MultilegOrderCancelReplace

    /// A new total and a new net price; legs and sides stay.
    func replacePackage(_ message: FixMessage) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let original = try text(.origClOrdID, message)
        guard var order = changeable(message, clOrdID, original, isReplace: true) else { return }
        func reject(_ problem: FixProblem) { sayCancelReject(order, clOrdID, original, problem, isReplace: true) }
        guard packages[order.id] != nil else { return reject(FixProblem(.other, "41 is no package")) }
        guard message[.ordType]?.char == order.terms.type, let price = message[.price]?.price,
            let quantity = message[.orderQty]?.quantity, quantity.raw % Quantity.scale == 0, quantity > .zero,
            quantity <= Quantity(999_999)
        else { return reject(FixProblem(.other, "a package changes its 38 and 44 only")) }
        order.clOrdID = clOrdID
        order.isReplaced = true
        order.terms.price = price
        order.terms.quantity = max(quantity, order.cumulative)
        order.leaves = Quantity(raw: order.terms.quantity.raw - order.cumulative.raw)
        keep(order)
        packages[order.id]?.limit = order.bookSide == .buy ? price.raw : -price.raw
        for leg in packages[order.id]?.legs ?? [] {
            orders[leg.order]?.terms.quantity = Quantity(raw: order.terms.quantity.raw * leg.ratio)
            orders[leg.order]?.clOrdID = clOrdID
        }
        var report = FixReport("5")
        report.original = original
        say(report, order)
        tryPackages(packages[order.id]?.legs.map(\.instrument) ?? [], at: now)
    }
}
