// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosVenue
import Testing

@Suite("Latency models")
struct LatencyModelTests {
    private func arrivals(_ model: LatencyModel, seed: UInt64, every step: Nanoseconds, _ count: Int) -> [Nanoseconds] {
        var line = LatencyLine(model, seed: seed)
        return (0..<count).map { index in
            let time = Timestamp(nanoseconds: Int64(index) * step)
            return line.arrival(of: time) - time
        }
    }

    @Test func `a constant line takes equally long, and never less than nothing`() {
        #expect(arrivals(.constant(70), seed: 1, every: 5, 3) == [70, 70, 70])
        #expect(arrivals(.constant(-70), seed: 1, every: 5, 2) == [0, 0])
    }

    @Test func `a log-normal line has its median and its ninety-ninth percentile`() {
        let drawn = arrivals(.logNormal(median: 30_000, p99: 300_000), seed: 7, every: 1_000_000_000, 100_000).sorted()
        // Standard errors of the two quantiles: about 0.4 % and 1.7 %.
        #expect(abs(Double(drawn[50_000]) / 30_000 - 1) < 0.016)
        #expect(abs(Double(drawn[99_000]) / 300_000 - 1) < 0.07)
        #expect(drawn[99_990] > 900_000, "the tail goes on")
    }

    @Test func `a seed gives the same latencies, another seed and another line give others`() {
        let model = LatencyModel.logNormal(median: 30_000, p99: 300_000)
        let once = arrivals(model, seed: 7, every: 1_000, 1_000)
        #expect(once == arrivals(model, seed: 7, every: 1_000, 1_000))
        #expect(once != arrivals(model, seed: 8, every: 1_000, 1_000))
        var models = SimulationModels()
        models.feed = model
        models.order = model
        var feed = models.line(.feed)
        var order = models.line(.order)
        #expect(feed.arrival(of: .zero) != order.arrival(of: .zero))
    }

    @Test(arguments: 1...20)
    func `what is sent later never arrives earlier`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var line = LatencyLine(.logNormal(median: 30_000, p99: 3_000_000), seed: seed)
        var time = Timestamp.zero
        var last = Timestamp.zero
        var held = 0
        for _ in 0..<2_000 {
            time = time + Int64(random.next() % 20_000)
            let arrival = line.arrival(of: time, plus: Int64(random.next() % 100_000))
            #expect(arrival >= last && arrival >= time)
            if arrival == last { held += 1 }
            last = arrival
        }
        #expect(held > 100, "the draws must overtake for the test to mean anything")
    }

    @Test func `measured latencies are interpolated by the time of sending`() throws {
        let text = "time,latency\n\n34200000000000,100000\n34200000001000,200000\r\n 34200000003000 , 50000\n"
        let table = try LatencyTable(csv: text, name: "measured.csv")
        #expect(table.isByTimeOfDay && table.median == 100_000 && table.rows.count == 3)
        let midnight = Timestamp(nanoseconds: 1_767_589_200_000_000_000)
        func latency(_ offset: Int64) -> Nanoseconds {
            table.latency(at: midnight + (34_200_000_000_000 + offset), midnight: midnight)
        }
        #expect(
            [-5, 0, 1, 250, 1_000, 2_000, 3_000, 9_000].map(latency) == [
                100_000, 100_000, 100_100, 125_000, 200_000, 125_000, 50_000, 50_000,
            ]
        )
        var line = LatencyLine(.empirical(table))
        line.midnight = midnight
        let sent = midnight + 34_200_000_001_000
        #expect(line.arrival(of: sent) - sent == 200_000)
        // It takes 50 µs now, but does not overtake.
        #expect(line.arrival(of: sent + 9_000) - sent == 200_000)
        let absolute = try LatencyTable([.init(time: midnight.nanoseconds, latency: 7)])
        #expect(!absolute.isByTimeOfDay && absolute.latency(at: .zero, midnight: midnight) == 7)
    }

    @Test(arguments: [
        ("", 0, "no measurement"), ("time,latency\n", 0, "no measurement"), ("1,2\n1,3", 2, "after the one before"),
        ("time,latency\n1,2\n0,3", 3, "after the one before"), ("1,2,3", 1, "time,latency"), ("1;2", 1, "time,latency"),
        ("1,x", 1, "time,latency"), ("1,2\ntime,latency", 2, "time,latency"), ("1,-2", 1, "between 0 and an hour"),
        ("1,2\n\n5,3600000000001", 3, "between 0 and an hour"), ("-1,2", 1, "time,latency"),
        ("1,2\n2", 2, "time,latency"),
        ("99999999999999999999,1", 1, "time,latency"),
    ])
    func `a malformed table is refused by its line`(_ text: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: LatencyTableError.self) { _ = try LatencyTable(csv: text, name: "x") }
        #expect(error?.line == line && error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func `a burst of a hundred messages holds an order up for those not done`() {
        var backlog = VenueBacklog(service: 1_000)
        let start = Timestamp(nanoseconds: 5_000_000)
        #expect(backlog.waiting(at: start) == 0)
        for index in 0..<100 { backlog.message(at: start + Int64(index) * 10) }
        // Sent over 990 ns, done 100 µs after the first.
        #expect(backlog.waiting(at: start + 1_000) == 99_000)
        #expect(backlog.waiting(at: start + 100_000) == 0)
        backlog.message(at: start + 500_000)
        #expect(backlog.waiting(at: start + 500_000) == 1_000)
        var off = VenueBacklog(service: 0)
        off.message(at: start)
        #expect(off.waiting(at: start) == 0)
    }
}
