// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

@Suite("Ouch50 from client to venue: every field of every message comes back")
struct Ouch50InboundRoundTripTests {
    @Test func `Ouch50.EnterOrder`() throws {
        try Trip.run(Ouch50.EnterOrder.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let quantity: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt64 = random.next()
            let timeInForce: OuchCode<OuchTimeInForce> = OuchCode(rawValue: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.EnterOrder.write(
                userRefNum: userRefNum,
                side: side,
                quantity: quantity,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                display: display,
                capacity: capacity,
                sweep: sweep,
                cross: cross,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.userRefNum == userRefNum && view.side == side && view.quantity == quantity && view.symbol == symbol
                    && view.price == price && view.timeInForce == timeInForce && view.display == display
                    && view.capacity == capacity && view.sweep == sweep && view.cross == cross
                    && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.ReplaceOrder`() throws {
        try Trip.run(Ouch50.ReplaceOrder.self) { random, options, output throws(OuchError) in
            let originalUserRefNum: UInt32 = random.next()
            let userRefNum: UInt32 = random.next()
            let quantity: UInt32 = random.next()
            let price: UInt64 = random.next()
            let timeInForce: OuchCode<OuchTimeInForce> = OuchCode(rawValue: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.ReplaceOrder.write(
                originalUserRefNum: originalUserRefNum,
                userRefNum: userRefNum,
                quantity: quantity,
                price: price,
                timeInForce: timeInForce,
                display: display,
                sweep: sweep,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.originalUserRefNum == originalUserRefNum && view.userRefNum == userRefNum
                    && view.quantity == quantity && view.price == price && view.timeInForce == timeInForce
                    && view.display == display && view.sweep == sweep && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.CancelOrder`() throws {
        try Trip.run(Ouch50.CancelOrder.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let quantity: UInt32 = random.next()
            try Ouch50.CancelOrder.write(userRefNum: userRefNum, quantity: quantity, options: options, to: &output)
            return { view in
                view.userRefNum == userRefNum && view.quantity == quantity
            }
        }
    }

    @Test func `Ouch50.ModifyOrder`() throws {
        try Trip.run(Ouch50.ModifyOrder.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let quantity: UInt32 = random.next()
            try Ouch50.ModifyOrder.write(
                userRefNum: userRefNum,
                side: side,
                quantity: quantity,
                options: options,
                to: &output
            )
            return { view in
                view.userRefNum == userRefNum && view.side == side && view.quantity == quantity
            }
        }
    }

    @Test func `Ouch50.MassCancel`() throws {
        try Trip.run(Ouch50.MassCancel.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            let symbol: Symbol = Symbol(packed: random.next())
            try Ouch50.MassCancel.write(
                userRefNum: userRefNum,
                firm: firm,
                symbol: symbol,
                options: options,
                to: &output
            )
            return { view in
                view.userRefNum == userRefNum && view.firm == firm && view.symbol == symbol
            }
        }
    }

    @Test func `Ouch50.DisableOrderEntry`() throws {
        try Trip.run(Ouch50.DisableOrderEntry.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            try Ouch50.DisableOrderEntry.write(userRefNum: userRefNum, firm: firm, options: options, to: &output)
            return { view in
                view.userRefNum == userRefNum && view.firm == firm
            }
        }
    }

    @Test func `Ouch50.EnableOrderEntry`() throws {
        try Trip.run(Ouch50.EnableOrderEntry.self) { random, options, output throws(OuchError) in
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            try Ouch50.EnableOrderEntry.write(userRefNum: userRefNum, firm: firm, options: options, to: &output)
            return { view in
                view.userRefNum == userRefNum && view.firm == firm
            }
        }
    }

    @Test func `Ouch50.AccountQuery`() throws {
        try Trip.run(Ouch50.AccountQuery.self) { random, options, output throws(OuchError) in
            try Ouch50.AccountQuery.write(options: options, to: &output)
            return { view in
                true
            }
        }
    }
}

@Suite("Ouch50 from venue to client: every field of every message comes back")
struct Ouch50OutboundRoundTripTests {
    @Test func `Ouch50.SystemEvent`() throws {
        try Trip.run(Ouch50.SystemEvent.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let code: OuchCode<OuchSystemCode> = OuchCode(rawValue: random.next())
            try Ouch50.SystemEvent.write(timestamp: timestamp, code: code, to: &output)
            return { view in
                view.timestamp == timestamp && view.code == code
            }
        }
    }

    @Test func `Ouch50.OrderAccepted`() throws {
        try Trip.run(Ouch50.OrderAccepted.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let quantity: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt64 = random.next()
            let timeInForce: OuchCode<OuchTimeInForce> = OuchCode(rawValue: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let state: OuchCode<OuchOrderState> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.OrderAccepted.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                side: side,
                quantity: quantity,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                display: display,
                orderReference: orderReference,
                capacity: capacity,
                sweep: sweep,
                cross: cross,
                state: state,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.side == side
                    && view.quantity == quantity && view.symbol == symbol && view.price == price
                    && view.timeInForce == timeInForce && view.display == display
                    && view.orderReference == orderReference && view.capacity == capacity && view.sweep == sweep
                    && view.cross == cross && view.state == state && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.OrderReplaced`() throws {
        try Trip.run(Ouch50.OrderReplaced.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let originalUserRefNum: UInt32 = random.next()
            let userRefNum: UInt32 = random.next()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let quantity: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt64 = random.next()
            let timeInForce: OuchCode<OuchTimeInForce> = OuchCode(rawValue: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let state: OuchCode<OuchOrderState> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.OrderReplaced.write(
                timestamp: timestamp,
                originalUserRefNum: originalUserRefNum,
                userRefNum: userRefNum,
                side: side,
                quantity: quantity,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                display: display,
                orderReference: orderReference,
                capacity: capacity,
                sweep: sweep,
                cross: cross,
                state: state,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.originalUserRefNum == originalUserRefNum
                    && view.userRefNum == userRefNum && view.side == side && view.quantity == quantity
                    && view.symbol == symbol && view.price == price && view.timeInForce == timeInForce
                    && view.display == display && view.orderReference == orderReference && view.capacity == capacity
                    && view.sweep == sweep && view.cross == cross && view.state == state
                    && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.OrderCancelled`() throws {
        try Trip.run(Ouch50.OrderCancelled.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let decrement: UInt32 = random.next()
            let reason: OuchCode<OuchCancelReason> = OuchCode(rawValue: random.next())
            try Ouch50.OrderCancelled.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                decrement: decrement,
                reason: reason,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.decrement == decrement
                    && view.reason == reason
            }
        }
    }

    @Test func `Ouch50.SelfMatchCancelled`() throws {
        try Trip.run(Ouch50.SelfMatchCancelled.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let decrement: UInt32 = random.next()
            let reason: OuchCode<OuchCancelReason> = OuchCode(rawValue: random.next())
            let prevented: UInt32 = random.next()
            let price: UInt64 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let strategy: OuchCode<OuchSelfMatch> = OuchCode(rawValue: random.next())
            try Ouch50.SelfMatchCancelled.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                decrement: decrement,
                reason: reason,
                prevented: prevented,
                price: price,
                liquidity: liquidity,
                strategy: strategy,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.decrement == decrement
                    && view.reason == reason && view.prevented == prevented && view.price == price
                    && view.liquidity == liquidity && view.strategy == strategy
            }
        }
    }

    @Test func `Ouch50.OrderExecuted`() throws {
        try Trip.run(Ouch50.OrderExecuted.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let quantity: UInt32 = random.next()
            let price: UInt64 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let matchNumber: UInt64 = random.next()
            try Ouch50.OrderExecuted.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                quantity: quantity,
                price: price,
                liquidity: liquidity,
                matchNumber: matchNumber,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.quantity == quantity
                    && view.price == price && view.liquidity == liquidity && view.matchNumber == matchNumber
            }
        }
    }

    @Test func `Ouch50.BrokenTrade`() throws {
        try Trip.run(Ouch50.BrokenTrade.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let matchNumber: UInt64 = random.next()
            let reason: OuchCode<OuchBreakReason> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.BrokenTrade.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                matchNumber: matchNumber,
                reason: reason,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.matchNumber == matchNumber
                    && view.reason == reason && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.TradeCorrection`() throws {
        try Trip.run(Ouch50.TradeCorrection.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let quantity: UInt32 = random.next()
            let price: UInt64 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let matchNumber: UInt64 = random.next()
            let reason: UInt8 = random.next()
            let clientOrderID: OuchToken = random.token()
            try Ouch50.TradeCorrection.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                quantity: quantity,
                price: price,
                liquidity: liquidity,
                matchNumber: matchNumber,
                reason: reason,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.quantity == quantity
                    && view.price == price && view.liquidity == liquidity && view.matchNumber == matchNumber
                    && view.reason == reason && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.OrderRejected`() throws {
        try Trip.run(Ouch50.OrderRejected.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let reason: OuchCode<OuchRejectCode> = OuchCode(rawValue: random.next())
            let clientOrderID: OuchToken = random.token()
            try Ouch50.OrderRejected.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                reason: reason,
                clientOrderID: clientOrderID,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.reason == reason
                    && view.clientOrderID == clientOrderID
            }
        }
    }

    @Test func `Ouch50.CancelPending`() throws {
        try Trip.run(Ouch50.CancelPending.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            try Ouch50.CancelPending.write(timestamp: timestamp, userRefNum: userRefNum, options: options, to: &output)
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum
            }
        }
    }

    @Test func `Ouch50.CancelRejected`() throws {
        try Trip.run(Ouch50.CancelRejected.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            try Ouch50.CancelRejected.write(timestamp: timestamp, userRefNum: userRefNum, options: options, to: &output)
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum
            }
        }
    }

    @Test func `Ouch50.PriorityUpdate`() throws {
        try Trip.run(Ouch50.PriorityUpdate.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let price: UInt64 = random.next()
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            try Ouch50.PriorityUpdate.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                price: price,
                display: display,
                orderReference: orderReference,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.price == price
                    && view.display == display && view.orderReference == orderReference
            }
        }
    }

    @Test func `Ouch50.OrderModified`() throws {
        try Trip.run(Ouch50.OrderModified.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let quantity: UInt32 = random.next()
            try Ouch50.OrderModified.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                side: side,
                quantity: quantity,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.side == side
                    && view.quantity == quantity
            }
        }
    }

    @Test func `Ouch50.OrderRestated`() throws {
        try Trip.run(Ouch50.OrderRestated.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let reason: OuchCode<OuchRestatement> = OuchCode(rawValue: random.next())
            try Ouch50.OrderRestated.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                reason: reason,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.reason == reason
            }
        }
    }

    @Test func `Ouch50.MassCancelResponse`() throws {
        try Trip.run(Ouch50.MassCancelResponse.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            let symbol: Symbol = Symbol(packed: random.next())
            try Ouch50.MassCancelResponse.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                firm: firm,
                symbol: symbol,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.firm == firm
                    && view.symbol == symbol
            }
        }
    }

    @Test func `Ouch50.DisableResponse`() throws {
        try Trip.run(Ouch50.DisableResponse.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            try Ouch50.DisableResponse.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                firm: firm,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.firm == firm
            }
        }
    }

    @Test func `Ouch50.EnableResponse`() throws {
        try Trip.run(Ouch50.EnableResponse.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let userRefNum: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            try Ouch50.EnableResponse.write(
                timestamp: timestamp,
                userRefNum: userRefNum,
                firm: firm,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.userRefNum == userRefNum && view.firm == firm
            }
        }
    }

    @Test func `Ouch50.AccountQueryResponse`() throws {
        try Trip.run(Ouch50.AccountQueryResponse.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let nextUserRefNum: UInt32 = random.next()
            try Ouch50.AccountQueryResponse.write(
                timestamp: timestamp,
                nextUserRefNum: nextUserRefNum,
                options: options,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.nextUserRefNum == nextUserRefNum
            }
        }
    }
}

@Suite("Ouch42 from client to venue: every field of every message comes back")
struct Ouch42InboundRoundTripTests {
    @Test func `Ouch42.EnterOrder`() throws {
        try Trip.run(Ouch42.EnterOrder.self) { random, options, output throws(OuchError) in
            let token: OuchToken = random.token()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let shares: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt32 = random.next()
            let timeInForce: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let minimumQuantity: UInt32 = random.next()
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let customer: OuchCode<OuchCustomer> = OuchCode(rawValue: random.next())
            try Ouch42.EnterOrder.write(
                token: token,
                side: side,
                shares: shares,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                firm: firm,
                display: display,
                capacity: capacity,
                sweep: sweep,
                minimumQuantity: minimumQuantity,
                cross: cross,
                customer: customer,
                to: &output
            )
            return { view in
                view.token == token && view.side == side && view.shares == shares && view.symbol == symbol
                    && view.price == price && view.timeInForce == timeInForce && view.firm == firm
                    && view.display == display && view.capacity == capacity && view.sweep == sweep
                    && view.minimumQuantity == minimumQuantity && view.cross == cross && view.customer == customer
            }
        }
    }

    @Test func `Ouch42.ReplaceOrder`() throws {
        try Trip.run(Ouch42.ReplaceOrder.self) { random, options, output throws(OuchError) in
            let token: OuchToken = random.token()
            let replacement: OuchToken = random.token()
            let shares: UInt32 = random.next()
            let price: UInt32 = random.next()
            let timeInForce: UInt32 = random.next()
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let minimumQuantity: UInt32 = random.next()
            try Ouch42.ReplaceOrder.write(
                token: token,
                replacement: replacement,
                shares: shares,
                price: price,
                timeInForce: timeInForce,
                display: display,
                sweep: sweep,
                minimumQuantity: minimumQuantity,
                to: &output
            )
            return { view in
                view.token == token && view.replacement == replacement && view.shares == shares && view.price == price
                    && view.timeInForce == timeInForce && view.display == display && view.sweep == sweep
                    && view.minimumQuantity == minimumQuantity
            }
        }
    }

    @Test func `Ouch42.CancelOrder`() throws {
        try Trip.run(Ouch42.CancelOrder.self) { random, options, output throws(OuchError) in
            let token: OuchToken = random.token()
            let shares: UInt32 = random.next()
            try Ouch42.CancelOrder.write(token: token, shares: shares, to: &output)
            return { view in
                view.token == token && view.shares == shares
            }
        }
    }

    @Test func `Ouch42.ModifyOrder`() throws {
        try Trip.run(Ouch42.ModifyOrder.self) { random, options, output throws(OuchError) in
            let token: OuchToken = random.token()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let shares: UInt32 = random.next()
            try Ouch42.ModifyOrder.write(token: token, side: side, shares: shares, to: &output)
            return { view in
                view.token == token && view.side == side && view.shares == shares
            }
        }
    }

    @Test func `Ouch42.TradeNow`() throws {
        try Trip.run(Ouch42.TradeNow.self) { random, options, output throws(OuchError) in
            let token: OuchToken = random.token()
            try Ouch42.TradeNow.write(token: token, to: &output)
            return { view in
                view.token == token
            }
        }
    }
}

@Suite("Ouch42 from venue to client: every field of every message comes back")
struct Ouch42OutboundRoundTripTests {
    @Test func `Ouch42.SystemEvent`() throws {
        try Trip.run(Ouch42.SystemEvent.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let code: OuchCode<OuchSystemCode> = OuchCode(rawValue: random.next())
            try Ouch42.SystemEvent.write(timestamp: timestamp, code: code, to: &output)
            return { view in
                view.timestamp == timestamp && view.code == code
            }
        }
    }

    @Test func `Ouch42.OrderAccepted`() throws {
        try Trip.run(Ouch42.OrderAccepted.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let shares: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt32 = random.next()
            let timeInForce: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let minimumQuantity: UInt32 = random.next()
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let state: OuchCode<OuchOrderState> = OuchCode(rawValue: random.next())
            let weight: OuchCode<OuchWeight> = OuchCode(rawValue: random.next())
            try Ouch42.OrderAccepted.write(
                timestamp: timestamp,
                token: token,
                side: side,
                shares: shares,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                firm: firm,
                display: display,
                orderReference: orderReference,
                capacity: capacity,
                sweep: sweep,
                minimumQuantity: minimumQuantity,
                cross: cross,
                state: state,
                weight: weight,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.side == side && view.shares == shares
                    && view.symbol == symbol && view.price == price && view.timeInForce == timeInForce
                    && view.firm == firm && view.display == display && view.orderReference == orderReference
                    && view.capacity == capacity && view.sweep == sweep && view.minimumQuantity == minimumQuantity
                    && view.cross == cross && view.state == state && view.weight == weight
            }
        }
    }

    @Test func `Ouch42.OrderReplaced`() throws {
        try Trip.run(Ouch42.OrderReplaced.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let shares: UInt32 = random.next()
            let symbol: Symbol = Symbol(packed: random.next())
            let price: UInt32 = random.next()
            let timeInForce: UInt32 = random.next()
            let firm: Alpha4 = Alpha4(packed: random.next())
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            let capacity: OuchCode<OuchCapacity> = OuchCode(rawValue: random.next())
            let sweep: OuchCode<OuchSweep> = OuchCode(rawValue: random.next())
            let minimumQuantity: UInt32 = random.next()
            let cross: OuchCode<OuchCross> = OuchCode(rawValue: random.next())
            let state: OuchCode<OuchOrderState> = OuchCode(rawValue: random.next())
            let previous: OuchToken = random.token()
            let weight: OuchCode<OuchWeight> = OuchCode(rawValue: random.next())
            try Ouch42.OrderReplaced.write(
                timestamp: timestamp,
                token: token,
                side: side,
                shares: shares,
                symbol: symbol,
                price: price,
                timeInForce: timeInForce,
                firm: firm,
                display: display,
                orderReference: orderReference,
                capacity: capacity,
                sweep: sweep,
                minimumQuantity: minimumQuantity,
                cross: cross,
                state: state,
                previous: previous,
                weight: weight,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.side == side && view.shares == shares
                    && view.symbol == symbol && view.price == price && view.timeInForce == timeInForce
                    && view.firm == firm && view.display == display && view.orderReference == orderReference
                    && view.capacity == capacity && view.sweep == sweep && view.minimumQuantity == minimumQuantity
                    && view.cross == cross && view.state == state && view.previous == previous && view.weight == weight
            }
        }
    }

    @Test func `Ouch42.OrderCancelled`() throws {
        try Trip.run(Ouch42.OrderCancelled.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let decrement: UInt32 = random.next()
            let reason: OuchCode<OuchCancelReason> = OuchCode(rawValue: random.next())
            try Ouch42.OrderCancelled.write(
                timestamp: timestamp,
                token: token,
                decrement: decrement,
                reason: reason,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.decrement == decrement
                    && view.reason == reason
            }
        }
    }

    @Test func `Ouch42.SelfMatchCancelled`() throws {
        try Trip.run(Ouch42.SelfMatchCancelled.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let decrement: UInt32 = random.next()
            let reason: OuchCode<OuchCancelReason> = OuchCode(rawValue: random.next())
            let prevented: UInt32 = random.next()
            let price: UInt32 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let strategy: OuchCode<OuchSelfMatch> = OuchCode(rawValue: random.next())
            try Ouch42.SelfMatchCancelled.write(
                timestamp: timestamp,
                token: token,
                decrement: decrement,
                reason: reason,
                prevented: prevented,
                price: price,
                liquidity: liquidity,
                strategy: strategy,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.decrement == decrement
                    && view.reason == reason && view.prevented == prevented && view.price == price
                    && view.liquidity == liquidity && view.strategy == strategy
            }
        }
    }

    @Test func `Ouch42.OrderExecuted`() throws {
        try Trip.run(Ouch42.OrderExecuted.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let shares: UInt32 = random.next()
            let price: UInt32 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let matchNumber: UInt64 = random.next()
            try Ouch42.OrderExecuted.write(
                timestamp: timestamp,
                token: token,
                shares: shares,
                price: price,
                liquidity: liquidity,
                matchNumber: matchNumber,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.shares == shares && view.price == price
                    && view.liquidity == liquidity && view.matchNumber == matchNumber
            }
        }
    }

    @Test func `Ouch42.OrderExecutedAtReference`() throws {
        try Trip.run(Ouch42.OrderExecutedAtReference.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let shares: UInt32 = random.next()
            let price: UInt32 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let matchNumber: UInt64 = random.next()
            let referencePrice: UInt32 = random.next()
            let referencePriceType: UInt8 = random.next()
            try Ouch42.OrderExecutedAtReference.write(
                timestamp: timestamp,
                token: token,
                shares: shares,
                price: price,
                liquidity: liquidity,
                matchNumber: matchNumber,
                referencePrice: referencePrice,
                referencePriceType: referencePriceType,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.shares == shares && view.price == price
                    && view.liquidity == liquidity && view.matchNumber == matchNumber
                    && view.referencePrice == referencePrice && view.referencePriceType == referencePriceType
            }
        }
    }

    @Test func `Ouch42.BrokenTrade`() throws {
        try Trip.run(Ouch42.BrokenTrade.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let matchNumber: UInt64 = random.next()
            let reason: OuchCode<OuchBreakReason> = OuchCode(rawValue: random.next())
            try Ouch42.BrokenTrade.write(
                timestamp: timestamp,
                token: token,
                matchNumber: matchNumber,
                reason: reason,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.matchNumber == matchNumber
                    && view.reason == reason
            }
        }
    }

    @Test func `Ouch42.TradeCorrection`() throws {
        try Trip.run(Ouch42.TradeCorrection.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let shares: UInt32 = random.next()
            let price: UInt32 = random.next()
            let liquidity: OuchCode<OuchLiquidity> = OuchCode(rawValue: random.next())
            let matchNumber: UInt64 = random.next()
            let reason: UInt8 = random.next()
            try Ouch42.TradeCorrection.write(
                timestamp: timestamp,
                token: token,
                shares: shares,
                price: price,
                liquidity: liquidity,
                matchNumber: matchNumber,
                reason: reason,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.shares == shares && view.price == price
                    && view.liquidity == liquidity && view.matchNumber == matchNumber && view.reason == reason
            }
        }
    }

    @Test func `Ouch42.OrderRejected`() throws {
        try Trip.run(Ouch42.OrderRejected.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let reason: OuchCode<OuchRejectLetter> = OuchCode(rawValue: random.next())
            try Ouch42.OrderRejected.write(timestamp: timestamp, token: token, reason: reason, to: &output)
            return { view in
                view.timestamp == timestamp && view.token == token && view.reason == reason
            }
        }
    }

    @Test func `Ouch42.CancelPending`() throws {
        try Trip.run(Ouch42.CancelPending.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            try Ouch42.CancelPending.write(timestamp: timestamp, token: token, to: &output)
            return { view in
                view.timestamp == timestamp && view.token == token
            }
        }
    }

    @Test func `Ouch42.CancelRejected`() throws {
        try Trip.run(Ouch42.CancelRejected.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            try Ouch42.CancelRejected.write(timestamp: timestamp, token: token, to: &output)
            return { view in
                view.timestamp == timestamp && view.token == token
            }
        }
    }

    @Test func `Ouch42.PriorityUpdate`() throws {
        try Trip.run(Ouch42.PriorityUpdate.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let price: UInt32 = random.next()
            let display: OuchCode<OuchDisplay> = OuchCode(rawValue: random.next())
            let orderReference: UInt64 = random.next()
            try Ouch42.PriorityUpdate.write(
                timestamp: timestamp,
                token: token,
                price: price,
                display: display,
                orderReference: orderReference,
                to: &output
            )
            return { view in
                view.timestamp == timestamp && view.token == token && view.price == price && view.display == display
                    && view.orderReference == orderReference
            }
        }
    }

    @Test func `Ouch42.OrderModified`() throws {
        try Trip.run(Ouch42.OrderModified.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            let side: OuchCode<OuchSide> = OuchCode(rawValue: random.next())
            let shares: UInt32 = random.next()
            try Ouch42.OrderModified.write(timestamp: timestamp, token: token, side: side, shares: shares, to: &output)
            return { view in
                view.timestamp == timestamp && view.token == token && view.side == side && view.shares == shares
            }
        }
    }

    @Test func `Ouch42.TradeNowReply`() throws {
        try Trip.run(Ouch42.TradeNowReply.self) { random, options, output throws(OuchError) in
            let timestamp: UInt64 = random.next()
            let token: OuchToken = random.token()
            try Ouch42.TradeNowReply.write(timestamp: timestamp, token: token, to: &output)
            return { view in
                view.timestamp == timestamp && view.token == token
            }
        }
    }
}
