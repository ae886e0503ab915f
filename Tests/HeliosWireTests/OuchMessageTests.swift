// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

@Suite("OUCH messages that were captured or stated")
struct OuchKnownAnswerTests {
    private let enter = """
        4F 00000071 54 000000E1 43564C5420202020 0000000000099DB8 30 59 41 4E 4E 4838465542384956202020202020 0006 05 02 \
        4C494D45
        """
    private let accepted = """
        41 0000289B4D64AF87 00753A8D 42 00000028 4144424520202020 000000000048E748 35 59 000000000F56B4F5 41 4E 4E 4C \
        3736383237303120202020202020 0009 05024D4C524F 021230
        """

    @Test func `an enter order says what was captured, and is written to the byte`() throws {
        let bytes = hexBytes(enter)
        var output = WireOutput(capacity: 128)
        var fields = OuchOptionsWriter()
        let firm = try #require(Alpha4("LIME"))
        must(fields.set(.firm, firm))
        must(!fields.set(.firm, firm) && !fields.set(.group, UInt32(1)))
        try withWire(bytes) { message in
            guard case .enterOrder(let order) = try Ouch50.Inbound(message) else {
                Issue.record("another message")
                return
            }
            must(order.userRefNum == 113 && order.side.meaning == .sellShort && order.quantity == 225)
            must(order.symbol == Symbol("CVLT") && order.price == 630_200)
            must(order.timeInForce.meaning == .day && order.display.meaning == .visible)
            must(order.capacity.meaning == .agency && order.sweep.meaning == .no)
            must(order.cross.meaning == OuchCross.none)
            must(order.clientOrderID == OuchToken("H8FUB8IV") && order.clientOrderID.description == "H8FUB8IV")
            must(order.options.text(.firm) == firm && order.hasOnlyAllowedOptions)
            must(order.options.number(.group, as: UInt16.self) == nil)
        }
        try Ouch50.EnterOrder.write(
            userRefNum: 113,
            side: OuchCode(.sellShort),
            quantity: 225,
            symbol: try #require(Symbol("CVLT")),
            price: 630_200,
            timeInForce: OuchCode(.day),
            display: OuchCode(.visible),
            capacity: OuchCode(.agency),
            sweep: OuchCode(.no),
            cross: OuchCode(.none),
            clientOrderID: try #require(OuchToken("H8FUB8IV")),
            options: fields.options,
            to: &output
        )
        must(copied(output.bytes) == bytes)
    }

    @Test func `an acceptance says what was captured, and is written to the byte`() throws {
        let bytes = hexBytes(accepted)
        var output = WireOutput(capacity: 128)
        var fields = OuchOptionsWriter()
        try must(fields.set(.firm, #require(Alpha4("MLRO"))))
        must(fields.set(.weight, OuchCode<OuchWeight>(.within0_2Percent)))
        try withWire(bytes) { message in
            guard case .orderAccepted(let view) = try Ouch50.Outbound(message) else {
                Issue.record("another message")
                return
            }
            must(view.timestamp == 0x289B_4D64_AF87 && view.userRefNum == 0x753A8D && view.side.meaning == .buy)
            must(view.quantity == 40 && view.symbol == Symbol("ADBE") && view.price == 4_777_800)
            must(view.timeInForce.meaning == .extendedHours && view.orderReference == 0xF56B4F5)
            must(view.state.meaning == .live && view.clientOrderID == OuchToken("7682701"))
            must(view.options.text(.firm) == Alpha4("MLRO"))
            must(view.options.number(.weight, as: UInt8.self) == 0x30 && view.hasOnlyAllowedOptions)
            try Ouch50.OrderAccepted.write(
                timestamp: view.timestamp,
                userRefNum: view.userRefNum,
                side: view.side,
                quantity: view.quantity,
                symbol: view.symbol,
                price: view.price,
                timeInForce: view.timeInForce,
                display: view.display,
                orderReference: view.orderReference,
                capacity: view.capacity,
                sweep: view.sweep,
                cross: view.cross,
                state: view.state,
                clientOrderID: view.clientOrderID,
                options: fields.options,
                to: &output
            )
        }
        must(copied(output.bytes) == bytes)
    }

    @Test func `a cancel and its answer`() throws {
        var output = WireOutput(capacity: 64)
        try Ouch50.CancelOrder.write(userRefNum: 0x752E71, quantity: 0, to: &output)
        must(copied(output.bytes) == hexBytes("58 00752E71 00000000"))
        output.removeAll()
        try Ouch50.OrderCancelled.write(
            timestamp: 0x289B_4D68_1317,
            userRefNum: 0x753A8D,
            decrement: 40,
            reason: OuchCode(.user),
            to: &output
        )
        must(copied(output.bytes) == hexBytes("43 0000289B4D681317 00753A8D 00000028 55"))
    }

    @Test(.enabled(if: CapturedOuch.exists(), "the captured packets are not here"))
    func `the captured packets, through the packet reader`() throws {
        let stated: [(String, UInt8, String)] = [
            ("EnterOrderMessage", SoupType.unsequenced, enter), ("OrderAcceptedMessage", SoupType.sequenced, accepted),
            ("CancelOrderMessage", SoupType.unsequenced, "58 00752E71 00000000"),
            ("CanceledMessage", SoupType.sequenced, "43 0000289B4D681317 00753A8D 00000028 55"),
            ("ClientHeartbeatPacket", SoupType.clientHeartbeat, ""),
            ("ServerHeartbeatPacket", SoupType.serverHeartbeat, ""),
        ]
        for (name, type, hex) in stated {
            var framer = SoupFramer()
            let payload = try CapturedOuch.payload("omi_nasdaq_ouch50/\(name).pcap")
            try withWire(payload) { bytes in
                var chunk = bytes
                let packet = try #require(try framer.next(&chunk))
                must(packet.type == type && copied(packet.payload) == hexBytes(hex), "\(name)")
                must(chunk.count == 0)
            }
            var output = WireOutput(capacity: 128)
            let isWritten = withWire(hexBytes(hex)) { output.appendSoup(type, $0) }
            must(isWritten && copied(output.bytes) == payload, "\(name)")
        }
    }

    @Test func `the older revision of a self-match cancel has no strategy`() throws {
        var output = WireOutput(capacity: 64)
        try Ouch50.SelfMatchCancelled.write(
            timestamp: 1,
            userRefNum: 2,
            decrement: 3,
            reason: OuchCode(.selfMatch),
            prevented: 4,
            price: 5,
            liquidity: OuchCode(.added),
            strategy: OuchCode(.cancelNewest),
            to: &output
        )
        let bytes = copied(output.bytes)
        try withWire(bytes) { try must(Ouch50.SelfMatchCancelled($0).strategy.meaning == .cancelNewest) }
        try withWire(Array(bytes.dropLast())) {
            let view = try Ouch50.SelfMatchCancelled($0)
            must(view.strategy.rawValue == 0x20 && view.liquidity.meaning == .added && view.options.isEmpty)
        }
    }

    @Test func `broken optional fields are named by their place`() {
        func fault(_ fields: String) -> OuchFault? {
            let bytes = hexBytes(fields)
            return withWire(hexBytes("45 00000001 4C494D45") + [0, UInt8(bytes.count)] + bytes) { message in
                do throws(OuchFault) {
                    _ = try Ouch50.EnableOrderEntry(message)
                    return nil
                } catch { return error }
            }
        }
        must(fault("02 1C 05") == nil)
        must(fault("01 C8") == nil)
        must(fault("00 1C 05") == .field(offset: 11))
        must(fault("02 1C 05 09 02 4C") == .field(offset: 14))
        must(fault("03 1C 05 06") == .fieldLength(tag: 28, offset: 11))
        must(fault("02 1C 05 02 1C 05") == .duplicate(tag: 28, offset: 14))
        must(fault("01 C8 01 C8") == .duplicate(tag: 200, offset: 13))
        withWire(hexBytes("45 00000001 4C494D45 0004 021C05")) { message in
            _ = #expect(throws: OuchFault.appendage(offset: 9)) { try Ouch50.EnableOrderEntry(message) }
        }
        #expect(throws: OuchFault.empty) { try withWire([]) { _ = try Ouch50.Inbound($0) } }
        #expect(throws: OuchFault.unknownType(0x7A)) { try withWire([0x7A]) { _ = try Ouch42.Outbound($0) } }
        for (tag, length) in optionLengths {
            let good = [UInt8(length + 1), tag] + [UInt8](repeating: 0, count: length)
            let bad = [UInt8(length + 2), tag] + [UInt8](repeating: 0, count: length + 1)
            must(withWire(good) { (try? OuchOptions($0)) != nil })
            must(withWire(bad) { (try? OuchOptions($0)) == nil })
        }
    }

    @Test func `an order number comes back from its token, and only from its own`() throws {
        must(OuchToken(order: 0).description == "H0000000000000")
        must(OuchToken(order: .max).description == "HFVVVVVVVVVVVV")
        must(OuchToken(order: 1 << 40 | 31).description == "H000010000000V")
        var random = TestRandom(5)
        for _ in 0..<10_000 {
            let order = random.bits() >> UInt64(random.below(64))
            let token = OuchToken(order: order)
            must(token.order == order && OuchToken(token.description) == token)
        }
        for text in ["", "H8FUB8IV", "G0000000000000", "H000000000000W", "H00000000000 0", "HG000000000000"] {
            try must(#require(OuchToken(text)).order == nil, "\(text)")
        }
    }
}

@Suite("OUCH and SoupBinTCP readers given anything")
struct OuchAnythingTests {
    @Test func `a million random messages are read or refused`() throws {
        var random = TestRandom(11)
        var read = 0
        let letters = Array("OUXMCDEQSABJPITRGKNF".utf8)
        for round in 0..<250_000 {
            var bytes = random.bytes(random.below(100))
            if !bytes.isEmpty, round % 4 != 0 { bytes[0] = letters[random.below(letters.count)] }
            withWire(bytes) { message in
                if let any = try? Ouch50.Inbound(message), case .enterOrder(let view) = any {
                    read += Int(view.options.tags & 1)
                }
                if let any = try? Ouch50.Outbound(message), case .orderAccepted(let view) = any {
                    read += Int(view.options.tags & 1)
                }
                read += (try? Ouch42.Inbound(message)) == nil ? 0 : 1
                read += (try? Ouch42.Outbound(message)) == nil ? 0 : 1
            }
        }
        must(read > 0)
    }

    @Test func `the packet reader bounds what it keeps`() {
        var random = TestRandom(3)
        for _ in 0..<50_000 {
            var framer = SoupFramer(limit: 40)
            var isBroken = false
            for _ in 0..<random.below(6) where !isBroken {
                withWire(random.below(2) == 0 ? random.bytes(random.below(60)) : [0, UInt8(random.below(44))]) {
                    bytes in
                    var chunk = bytes
                    do throws(SoupFault) {
                        while let packet = try framer.next(&chunk) { must(packet.payload.count < 40) }
                        must(framer.pending <= 42 && chunk.count == 0)
                    } catch { isBroken = true }
                }
            }
        }
    }
}
