// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("Venue by FIX: sessions that are kept")
struct FixStoreTests {
    private func door(
        _ memory: FixStoreMemory,
        storeMax: Int = 1 << 22,
        isDoubtful: Bool = false,
        mayGrow: @escaping () -> Bool = { true }
    ) -> FixDoor {
        let store = FixLineStore(memory: memory, isDoubtful: isDoubtful) {
            mayGrow() ? FixStoreMemory(bytes: memory.count * 8) : nil
        }
        return FixDoor(
            .fix44,
            compID: "ALFA",
            users: [FixDoorUser("U0", compID: "ME")],
            storeMax: storeMax,
            stores: ["U0": store]
        )
    }

    /// What a process that was killed at this moment leaves, taken up by the next.
    private func survivor(_ memory: FixStoreMemory) -> FixStoreMemory {
        let other = FixStoreMemory(bytes: memory.count)
        other.restore(memory.copy())
        return other
    }

    private func floor(_ first: UInt64) throws -> FixFloor {
        try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false) { $0.firstNumber = first }
    }

    private func order(_ id: String) -> String {
        "11=\(id)|21=1|38=10|40=2|44=10.00|54=1|55=ACME|60=20260105-10:00:00"
    }

    @Test("numbers go on after the venue was killed, and what it had said while the user was away comes then")
    func restart() throws {
        let floor = try floor(1_000)
        let memory = FixStoreMemory(bytes: 1 << 16)
        let door = door(memory)
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        user.tell(.newOrderSingle, order("A"))
        #expect(user.takeSaid().count == 1)
        user.cut()
        // A fill while nobody is there: the owner of the door keeps it before anybody else hears of it.
        floor.send(1, floor.limit("S", 2, 10, "10.00"))
        door.keep(at: user.now)
        let (nextOut, nextIn) = (user.nextOut, user.nextIn)
        let after = survivor(memory)

        let second = try self.floor(2_000)
        let later = FixDoorHand(second.exchange, self.door(after), compID: "ME", market: second.now)
        // The same user: its own numbers are what they were.
        user.adopt(later)
        user.join()
        // A Logon, and the question for what has a number already.
        #expect(user.isLoggedOn && user.nextOut == nextOut + 2)
        let said = user.takeSaid()
        #expect(said.map(FixFloor.row) == ["F/2 10,10,0,10"] && user.nextIn > nextIn)
        // The book is not restored.
        user.tell(.orderStatusRequest, "11=A|54=1|55=ACME")
        user.tell(.newOrderSingle, order("B"))
        let answers = user.takeSaid()
        #expect(answers.map(FixFloor.row) == ["I/8 0,0,0", "0/0 10,0,10"])
        #expect(FixFloor.value(37, answers[0]) == "NONE")
        let numbers = (said + answers).compactMap { FixFloor.value(17, $0).flatMap { Int($0) } }
        #expect(numbers[0] < 2_000 && numbers[1] > 2_000 && numbers[2] > 2_000)
    }

    @Test("reports that were sent before the restart are sent again when they are asked for")
    func resend() throws {
        let floor = try floor(1_000)
        let memory = FixStoreMemory(bytes: 1 << 16)
        let user = FixDoorHand(floor.exchange, door(memory), compID: "ME", market: floor.now)
        user.join()
        for id in ["A", "B", "C"] { user.tell(.newOrderSingle, order(id)) }
        #expect(user.takeSaid().count == 3)
        user.cut()

        let second = try self.floor(2_000)
        // A client that has lost what it was told begins with 1 on its side of what it expects.
        let door = self.door(survivor(memory))
        let forgetful = FixDoorHand(second.exchange, door, compID: "ME", market: second.now, sent: user.nextOut)
        forgetful.join()
        let said = forgetful.takeSaid()
        #expect(said.map { FixFloor.value(11, $0) } == ["A", "B", "C"])
        #expect(said.allSatisfy { FixFloor.value(43, $0) == "Y" })
    }

    @Test("a message is taken before it is carried out: after a crash in the middle it does not come again")
    func takenOnce() throws {
        let floor = try floor(1_000)
        let memory = FixStoreMemory(bytes: 1 << 16)
        let user = FixDoorHand(floor.exchange, door(memory), compID: "ME", market: floor.now)
        user.join()
        var inTheMiddle: FixStoreMemory?
        user.beforeExchange = { inTheMiddle = self.survivor(memory) }
        user.tell(.newOrderSingle, order("A"))
        let store = FixStore(memory: try #require(inTheMiddle))
        #expect(store.nextIn == user.nextOut)
    }

    @Test("orders that come again after the machine went down are not carried out; cancels and later orders are")
    func doubtful() throws {
        let floor = try floor(1_000)
        let memory = FixStoreMemory(bytes: 1 << 16)
        let user = FixDoorHand(floor.exchange, door(memory), compID: "ME", market: floor.now)
        user.join()
        user.tell(.newOrderSingle, order("A"))
        // What was on the disk when the power failed; the numbers go on far behind it.
        let old = survivor(memory)
        user.tell(.newOrderSingle, order("B"))
        user.tell(.orderStatusRequest, "11=B|54=1|55=ACME")
        user.cut()
        do {
            var store = FixStore(memory: old)
            store.setNextOut(10_000)
        }
        _ = user.takeSaid()

        let second = try self.floor(2_000)
        let later = FixDoorHand(
            second.exchange,
            self.door(old, isDoubtful: true),
            compID: "ME",
            market: second.now
        )
        user.adopt(later)
        user.join()
        let said = user.takeSaid()
        #expect(user.isLoggedOn && said.map { FixFloor.value(35, $0) } == ["j", "8"])
        #expect(said.first.map { FixFloor.value(372, $0) } == "D" && said.first.map { FixFloor.value(379, $0) } == "B")
        #expect(said.last.map(FixFloor.row) == "I/8 0,0,0")
        // What is sent from now on is not in doubt, also when the line loses it and it comes again.
        user.lose(.newOrderSingle, order("C"))
        user.cut()
        user.join()
        #expect(user.takeSaid().map(FixFloor.row) == ["0/0 10,0,10"])
    }

    @Test("on a full disk more room is asked for now and then only, and the operator hears of it")
    func fullDisk() throws {
        let floor = try floor(1_000)
        var (asked, isFree) = (0, false)
        let door = door(FixStoreMemory(bytes: 1 << 17)) {
            asked += 1
            return isFree
        }
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        var number = 0
        func trade(_ count: Int) {
            for _ in 0..<count {
                number += 1
                user.tell(.newOrderSingle, order("A\(number)"))
            }
        }
        while asked == 0, number < 1_000 { trade(1) }
        trade(30)
        let warnings = door.takeWarnings()
        #expect(asked == 1 && warnings.map(\.kind) == [.short] && door.takeWarnings().isEmpty)
        #expect(warnings.first?.text.contains("is the disk full?") == true)
        isFree = true
        trade(400)
        // In between it was asked for when the pause was over.
        #expect(asked == 2 && user.isLoggedOn && door.takeWarnings().isEmpty)
        #expect(user.takeSaid().count == number)
    }

    @Test("without room for a user who is away what waits is kept before it is lost")
    func crowded() throws {
        let floor = try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false) { $0.ports[0].outboxBytes = 8_192 }
        let door = FixDoor(.fix44, compID: "ALFA", users: [FixDoorUser("U0", compID: "ME")])
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        user.tell(.newOrderSingle, "11=A|21=1|38=1000|40=2|44=10.00|54=1|55=ACME|60=20260105-10:00:00")
        user.cut()
        for number in 0..<200 {
            floor.send(1, floor.limit("S\(number)", 2, 1, "10.00"))
            _ = floor.take(1)
            door.keep(at: user.now)
        }
        #expect(!floor.port(0).hasLost)
        user.join()
        user.exchange(rounds: 1_000)
        let fills = user.takeSaid().filter { FixFloor.value(150, $0) == "F" }
        #expect(fills.count == 200 && Set(fills.map { FixFloor.value(17, $0) }).count == 200)
    }

    @Test("a user who does not read market data gets the reports that stand behind it, and rejects")
    func slow() throws {
        let floor = try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false) { $0.ports[0].outboxBytes = 1 << 19 }
        let door = FixDoor(.fix44, compID: "ALFA", users: [FixDoorUser("U0", compID: "ME")])
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        user.tell(.marketDataRequest, "262=M|263=1|264=0|265=1|267=3|269=0|269=1|269=2|146=1|55=ACME")
        _ = user.takeSaid()
        for number in 0..<5_000 {
            floor.send(1, floor.limit("S\(number)", 2, 1, "\(10 + number % 7).00"))
            _ = floor.take(1)
            if number % 10 == 0 { floor.send(0, floor.limit("X", 1, 1, "1.00")) }
            user.exchange(rounds: 1, reads: false)
        }
        #expect(!floor.port(0).hasLost)
        user.exchange(rounds: 10_000)
        let said = user.takeSaid()
        // The first is taken, all others have a ClOrdID that was used.
        #expect(said.count { FixFloor.value(150, $0) == "8" } == 499 && user.isLoggedOn)
        #expect(said.contains { FixFloor.value(35, $0) == "X" })
    }
}

@Suite("Venue by FIX: long messages")
struct FixLongMessageTests {
    @Test("a request with more fields than most is answered")
    func manyFields() throws {
        let floor = try FixFloor([.fix44])
        let door = FixDoor(.fix44, compID: "ALFA", users: [FixDoorUser("U0", compID: "ME")])
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        let symbols = String(repeating: "|55=ACME", count: 9_000)
        user.tell(.marketDataRequest, "262=M|263=0|264=1|267=1|269=0|146=9000\(symbols)")
        #expect(user.takeSaid().map { String($0.prefix { $0 != "|" }) } == ["35=W"])
        user.tell(.marketDataRequest, "262=N|263=0|264=1|267=1|269=0|146=9001\(symbols)|55=NONE")
        #expect(user.takeSaid().map { FixFloor.value(281, $0) } == ["0"])
    }

    @Test("more fields than fit are refused with words")
    func tooManyFields() throws {
        let floor = try FixFloor([.fix44])
        let said = floor.ask(0, "35=V|262=M|263=0|264=1" + String(repeating: "|1=2", count: 50_000))
        #expect(said.map { FixFloor.value(372, $0) } == ["V"] && floor.port(0).ignored == 1)
        #expect(FixFloor.value(58, said[0])?.hasPrefix("more than ") == true)
    }

    @Test("data whose pair only the dictionary knows may have separators")
    func data() throws {
        let floor = try FixFloor([.fix50sp2])
        let door = FixDoor(.fix50sp2, compID: "ALFA", users: [FixDoorUser("U0", compID: "ME")])
        let user = FixDoorHand(floor.exchange, door, compID: "ME", market: floor.now)
        user.join()
        let order = "11=A|38=10|40=2|44=10.00|54=1|55=ACME|60=20260105-10:00:00|2351=5|2352=a|44b"
        user.tell(.newOrderSingle, order)
        #expect(user.takeSaid().map(FixFloor.row) == ["0/0 10,0,10"])
    }
}
