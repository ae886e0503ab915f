// SPDX-License-Identifier: MIT
import HeliosMarket

/// The feeds of a session, one for each venue that has market data, served in turn by one thread.
///
/// An instrument has one number whichever venue names it: a name that one of the feeds tells first is told to the others before they
/// read on.
final class FeedSide: @unchecked Sendable {
    private let lines: UnsafeMutablePointer<ItchLine>
    private let count: Int
    /// The venue of each line, by place.
    private let places: [Int]
    /// Names that every line has.
    private var named: Int

    /// Opens the sockets of every feed.
    ///
    /// - Throws: `SocketError` of the first that could not be had.
    init(_ settings: PaperSettings, directory: InstrumentDirectory, places known: [FeedPlace]) throws(SocketError) {
        var places: [Int] = []
        lines = .allocate(capacity: settings.venues.count)
        for (place, venue) in settings.venues.enumerated() {
            guard let feed = venue.feed else { continue }
            do throws(SocketError) {
                (lines + places.count).initialize(
                    to: try ItchLine(
                        feed,
                        snapshots: venue.snapshots,
                        midnight: settings.midnight,
                        venue: settings.venue(at: place),
                        directory: directory,
                        place: known[place]
                    )
                )
            } catch {
                lines.deinitialize(count: places.count)
                lines.deallocate()
                throw error
            }
            places.append(place)
        }
        self.places = places
        count = places.count
        named = directory.count
    }

    deinit {
        lines.deinitialize(count: count)
        lines.deallocate()
    }

    /// Takes what is there, at most a batch of each line of each feed; how many messages that were.
    @inline(__always)
    func poll<Watch: LatencyWatch>(at now: Nanoseconds, watch: Watch, _ deliver: (Event) -> Void) -> Int {
        // Of one feed nothing is told to others.
        if count == 1 { return lines[0].poll(at: now, watch: watch, deliver) }
        var taken = 0
        for number in 0..<count {
            taken += lines[number].poll(at: now, watch: watch, deliver)
            if lines[number].directory.count > named { share(number) }
        }
        return taken
    }

    /// Tells the other feeds the names that one of them has told.
    private func share(_ teller: Int) {
        for index in named..<lines[teller].directory.count {
            let symbol = lines[teller].directory.symbols[index]
            for number in 0..<count where number != teller { lines[number].learn(symbol) }
        }
        named = lines[teller].directory.count
    }

    /// The sockets to wait for.
    var descriptors: [Int32] {
        (0..<count).flatMap { number in lines[number].receiver.receivers.map(\.descriptor) }
    }

    /// Waits until something comes in or is to be asked for, at most `timeout` nanoseconds.
    func wait(at now: Nanoseconds, timeout: Nanoseconds) {
        if count == 1 { return lines[0].wait(at: now, timeout: timeout) }
        var left = timeout
        for number in 0..<count { left = min(left, lines[number].receiver.patience(at: now)) }
        Sockets.wait(
            (0..<count).flatMap { lines[$0].receiver.descriptors.map { Sockets.Interest($0) } },
            timeout: left
        )
    }

    /// Tells those who watch.
    func show(on board: SessionBoard) {
        for number in 0..<count { board.show(FeedStatus(lines[number]), of: places[number]) }
    }
}

extension PaperSettings {
    /// The venue's number in records: its place from 1.
    func venue(at place: Int) -> Venue { Venue(id: UInt16(place + 1)) }
}
