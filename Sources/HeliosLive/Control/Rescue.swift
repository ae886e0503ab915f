// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosVenue
import HeliosWire
import Synchronization

/// Where a second login goes.
struct RescuePlace: Sendable {
    /// The venue's name, of several.
    var name = ""
    var endpoint: Endpoint
    var configuration: OuchClientConfiguration
}

/// What a second login has found and done.
struct RescueReport: Sendable {
    /// The venue's stream is read to its head: what is open is known.
    var isReady = false
    var open: [OpenOrder] = []
    var cancels: UInt64 = 0
    var firstCancel: Nanoseconds = 0
    var time: Nanoseconds = 0
    /// Why it could not, as it last was.
    var trouble = ""
}

/// Logs in at the venue in the name of a session whose own thread hangs, and cancels every order that the venue's stream shows.
///
/// It watches them end, and sends no orders.
final class Rescue: Sendable {
    private let place: RescuePlace
    private let limit: Nanoseconds
    private let state = Mutex(RescueReport())

    init(_ place: RescuePlace, limit: Nanoseconds) {
        self.place = place
        self.limit = limit
    }

    var report: RescueReport { state.withLock { $0 } }

    /// Works until nothing is open, or for `limit`.
    func run() {
        let end = Sockets.now + limit
        var client = OuchClient(place.configuration)
        while Sockets.now < end {
            do throws(SocketError) {
                let descriptor = try Sockets.connect(place.endpoint, patience: 1_000_000_000)
                defer { Sockets.shut(descriptor) }
                if serve(&client, descriptor, until: end) { return }
            } catch {
                note("\(error)")
            }
            Sockets.wait([], timeout: 20_000_000)
        }
    }

    private func note(_ trouble: String) { state.withLock { $0.trouble = trouble } }

    /// One connection; true when nothing is open any more.
    private func serve(_ client: inout OuchClient, _ descriptor: Int32, until end: Nanoseconds) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { buffer.deallocate() }
        var output = WireOutput(capacity: 1 << 18)
        var isReady = false
        var nextCancels: Nanoseconds = 0
        client.connected(at: Timestamp(nanoseconds: Sockets.now), into: &output)
        while Sockets.now < end {
            let now = Timestamp(nanoseconds: Sockets.now)
            let count = Sockets.receive(descriptor, buffer)
            if count == 0 || count < 0 && !Sockets.wouldWait { break }
            var chunk = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<max(count, 0)]))
            while let event = client.next(&chunk, at: now, into: &output) {
                switch event {
                case .ready: isReady = true
                case .reconnect: return leave(&client)
                case .closed(let why):
                    note("\(why)")
                    return leave(&client)
                case .ended: return leave(&client)
                default: break
                }
            }
            _ = client.tick(at: now, into: &output)
            if isReady {
                if now.nanoseconds >= nextCancels {
                    nextCancels = now.nanoseconds + 250_000_000
                    client.cancelAll(at: now, into: &output)
                }
                if tell(&client) {
                    client.logout(at: now, into: &output)
                    send(&output, descriptor)
                    return true
                }
            }
            send(&output, descriptor)
            if count <= 0 { Sockets.wait([Sockets.Interest(descriptor)], timeout: 1_000_000) }
        }
        return leave(&client)
    }

    private func leave(_ client: inout OuchClient) -> Bool {
        _ = client.disconnected()
        return false
    }

    /// Says what is open; true when nothing is.
    private func tell(_ client: inout OuchClient) -> Bool {
        var orders: [OpenOrder] = []
        let open = client.forEachOpen {
            orders.append(OpenOrder($0, symbols: place.configuration.symbols, venue: place.name))
        }
        let cancels = client.counters.cancels
        state.withLock { report in
            report.isReady = true
            report.open = orders
            report.time = Sockets.now
            if cancels > 0, report.firstCancel == 0 { report.firstCancel = report.time }
            report.cancels = cancels
        }
        return open == 0
    }

    private func send(_ output: inout WireOutput, _ descriptor: Int32) {
        while output.count > 0 {
            let count = Sockets.send(descriptor, output.bytes.unsafeBuffer)
            guard count > 0 else { return }
            output.drop(count)
        }
    }
}

/// Second logins at every venue of a session, each on a thread of its own: none waits for another.
final class RescueParty: Sendable {
    private let rescues: [Rescue]
    /// Venues at which nobody can log in a second time: there the connection was cut, and more is not known.
    private let unreached: [String]

    init(_ places: [RescuePlace], unreached: [String] = [], limit: Nanoseconds) {
        rescues = places.map { Rescue($0, limit: limit) }
        self.unreached = unreached
    }

    /// Works until nothing is open anywhere, or for the limit; then calls `done`, on a thread of its own.
    func begin(_ done: @escaping @Sendable () -> Void) {
        let group = DispatchGroup()
        for rescue in rescues {
            group.enter()
            Thread {
                rescue.run()
                group.leave()
            }.start()
        }
        Thread {
            group.wait()
            done()
        }.start()
    }

    /// What all have found and done; what is open is known when it is at every venue.
    var report: RescueReport {
        let reports = rescues.map(\.report)
        var whole = RescueReport()
        whole.isReady = unreached.isEmpty && reports.allSatisfy(\.isReady)
        whole.open = reports.flatMap(\.open)
        whole.cancels = reports.reduce(0) { $0 + $1.cancels }
        whole.firstCancel = reports.map(\.firstCancel).filter { $0 > 0 }.min() ?? 0
        whole.time = reports.map(\.time).max() ?? 0
        whole.trouble = reports.map(\.trouble).first { !$0.isEmpty } ?? ""
        if whole.trouble.isEmpty, !unreached.isEmpty {
            whole.trouble = "\(unreached.joined(separator: ", ")): a FIX session has one login, its connection was cut"
        }
        return whole
    }
}
