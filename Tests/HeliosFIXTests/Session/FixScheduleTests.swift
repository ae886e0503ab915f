// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

@Suite("FIX schedules")
struct FixScheduleTests {
    static func time(_ text: String) -> Timestamp {
        Array(text.utf8).withUnsafeBytes { FixValue(WireBytes($0)).timestamp } ?? .zero
    }

    static func shown(_ time: Timestamp?) -> String {
        guard let time else { return "none" }
        var writer = FixWriter(capacity: 64)
        writer.begin(.heartbeat)
        writer.put(.sendingTime, time, digits: 0)
        let bytes = writer.finish(.fix44)
        return bytes?.shown.fieldsOfWire.first { $0.tag == "52" }?.value ?? ""
    }

    @Test(
        "clocks are put forward and back on the right second",
        arguments: [
            ("America/New_York", "20260308-06:59:59", -5), ("America/New_York", "20260308-07:00:00", -4),
            ("America/New_York", "20261101-05:59:59", -4), ("America/New_York", "20261101-06:00:00", -5),
            ("America/Chicago", "20260308-07:59:59", -6), ("America/Chicago", "20260308-08:00:00", -5),
            ("Europe/London", "20260329-00:59:59", 0), ("Europe/London", "20260329-01:00:00", 1),
            ("Europe/London", "20261025-00:59:59", 1), ("Europe/London", "20261025-01:00:00", 0),
            ("Europe/Berlin", "20270701-00:00:00", 2), ("Asia/Tokyo", "20270701-00:00:00", 9),
            ("UTC", "20270701-00:00:00", 0),
        ]
    )
    func offsets(_ name: String, _ at: String, _ hours: Int) throws {
        let zone = try #require(FixZone(name))
        #expect(zone.offset(at: Self.time(at)) == hours * 3_600)
    }

    @Test("a place that is not known is none")
    func unknown() { #expect(FixZone("Mars/Olympus") == nil) }

    @Test("a day's period within the day")
    func day() {
        let schedule = FixSchedule(daily: 8 * 3_600, to: 17 * 3_600, on: 1...5)
        // 2026-01-02 is a Friday.
        #expect(!schedule.isOpen(at: Self.time("20260102-07:59:59")))
        #expect(schedule.isOpen(at: Self.time("20260102-08:00:00")))
        #expect(schedule.isOpen(at: Self.time("20260102-16:59:59.999")))
        #expect(!schedule.isOpen(at: Self.time("20260102-17:00:00")))
        #expect(!schedule.isOpen(at: Self.time("20260103-12:00:00")))
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260102-07:00:00"))) == "20260102-08:00:00")
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260102-08:00:00"))) == "20260102-17:00:00")
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260102-17:00:00"))) == "20260105-08:00:00")
    }

    @Test("a period over midnight, by a clock that is put forward")
    func overnight() {
        let schedule = FixSchedule(daily: 18 * 3_600, to: 17 * 3_600, on: 0...4, in: .newYork)
        // Saturday and Sunday before 18:00 are closed.
        #expect(Self.shown(schedule.sessionStart(containing: Self.time("20260306-21:59:59"))) == "20260305-23:00:00")
        #expect(!schedule.isOpen(at: Self.time("20260306-22:00:00")))
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260306-22:00:00"))) == "20260308-22:00:00")
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260308-22:00:00"))) == "20260309-21:00:00")
    }

    @Test("a week's period")
    func week() {
        let schedule = FixSchedule(weekly: (0, 17 * 3_600), to: (5, 16 * 3_600), in: .chicago)
        #expect(Self.shown(schedule.sessionStart(containing: Self.time("20260107-12:00:00"))) == "20260104-23:00:00")
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260107-12:00:00"))) == "20260109-22:00:00")
        #expect(!schedule.isOpen(at: Self.time("20260110-12:00:00")))
        #expect(Self.shown(schedule.nextChange(after: Self.time("20260110-12:00:00"))) == "20260111-23:00:00")
        let whole = FixSchedule(weekly: (6, 0), to: (6, 0))
        #expect(Self.shown(whole.sessionStart(containing: Self.time("20260109-23:59:59"))) == "20260103-00:00:00")
        #expect(Self.shown(whole.sessionStart(containing: Self.time("20260110-00:00:00"))) == "20260110-00:00:00")
    }

    @Test("around the clock, every day begins a period")
    func around() {
        let schedule = FixSchedule(daily: 0, to: 0)
        for hour in 0..<500 {
            let now = Self.time("20260102-00:00:00") + Int64(hour) * 3_600_000_000_000
            let day = now.nanoseconds / 86_400_000_000_000 * 86_400_000_000_000
            #expect(schedule.sessionStart(containing: now)?.nanoseconds == day)
        }
    }

    @Test("no days, no period")
    func never() {
        let schedule = FixSchedule(daily: 0, to: 0, on: [])
        #expect(!schedule.isOpen(at: Self.time("20260102-00:00:00")))
        #expect(schedule.nextChange(after: Self.time("20260102-00:00:00")) == .never)
    }
}

@Suite("FIX logon peek")
struct FixLogonPeekTests {
    @Test("the caller is named as we would name it, and nothing before the message is whole")
    func names() throws {
        let text = fixText("35=A|34=1|49=TW|50=DESK|56=ISLD|57=ME|142=L|98=0|108=30|")
        for count in 0...text.utf8.count {
            let result = withFix(String(text.prefix(count))) { FixLogonPeek.read($0) }
            switch result {
            case .needsMore: #expect(count < text.utf8.count)
            case .refuse: Issue.record("refused at \(count)")
            case .message(let peek):
                #expect(count == text.utf8.count && peek.isLogon)
                #expect(peek.id.version == .fix44 && peek.id.sender == "ISLD" && peek.id.target == "TW")
                #expect(peek.id.senderSub == "ME" && peek.id.targetSub == "DESK" && peek.id.targetLocation == "L")
            }
        }
    }

    @Test(
        "what can't be a first message is refused",
        arguments: [
            "GET / HTTP/1.1", "8=FIX.4.4|9=5|35=A|10=000|", "8=FIX.9.9|9=5|35=A|10=000|", "8=FIX.4.4|9=9999999|35=A|",
            fixText("35=A|34=1|49=TW|"),
        ]
    )
    func refused(_ text: String) {
        let result = withFix(text) { FixLogonPeek.read($0) }
        if case .refuse = result {} else { Issue.record("not refused") }
    }

    @Test("a message that is no logon is told")
    func other() {
        let result = withFix(fixText("35=D|34=1|49=TW|56=ISLD|")) { FixLogonPeek.read($0) }
        if case .message(let peek) = result { #expect(!peek.isLogon) } else { Issue.record("no message") }
    }
}
