// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosResearch
import HeliosVenue
import HeliosWire

/// How a session logs in at a venue.
enum OrderLogin {
    case ouch(OuchClientConfiguration)
    case fix(FixLogin)
}

/// A FIX session with the file of its numbers.
struct FixLogin {
    var configuration: FixClientConfiguration
    var file: FixStoreFile
    var memory: FixStoreMemory
    var endText: String
    /// Gives a plain descriptor; TLS puts itself in between here.
    var dial: OrderDial

    init(_ configuration: FixClientConfiguration, _ file: FixStoreFile, _ entry: FixOrderEntry) throws {
        self.configuration = configuration
        self.file = file
        memory = try file.memory()
        endText = entry.endText
        guard entry.security != nil else {
            dial = Sockets.beginConnect
            return
        }
        guard let secureDial = entry.secureDial else { throw NoSecureTransportError() }
        dial = { (endpoint) throws(SocketError) in
            do { return try secureDial(endpoint) } catch {
                throw SocketError(endpoint: endpoint, reason: "\(error)")
            }
        }
    }

    func makeLine() -> FixOrderLine {
        var line = FixOrderLine(configuration, store: FixStore(memory: memory), endText: endText)
        let file = file
        line.grow = { file.grown() }
        return line
    }
}

extension PaperSession {
    /// The files of the FIX sessions' numbers, by the venues' places.
    static func openStores(_ settings: PaperSettings, _ notify: (LiveNotice) -> Void) throws(FixStoreFileError)
        -> [Int: FixStoreFile]
    {
        var files: [Int: FixStoreFile] = [:]
        for (place, venue) in settings.venues.enumerated() {
            guard let entry = venue.fix else { continue }
            let file = try FixStoreFile(path: entry.store ?? settings.journalDirectory + "/" + entry.fileName)
            if file.hasLeapt {
                notify(
                    LiveNotice(
                        .warning,
                        "\(file.path): the machine has started anew since; the session goes on \(FixStoreFile.leap) numbers further"
                    )
                )
            }
            files[place] = file
        }
        return files
    }

    /// What the node at `core` must know of a venue that speaks FIX.
    static func login(
        _ setup: PaperSetup,
        _ settings: PaperSettings,
        at place: Int,
        _ entry: FixOrderEntry,
        _ core: PaperCore
    ) -> FixClientConfiguration {
        let venue = settings.venues[place]
        var configuration = FixClientConfiguration(
            entry.session,
            symbols: setup.directory().symbols,
            midnight: core.firstMidnight,
            venue: settings.venue(at: place)
        )
        configuration.dictionary = entry.dictionary
        configuration.epoch = core.node.epoch
        configuration.rate = venue.rate
        configuration.burst = venue.burst
        configuration.isDark = venue.isDark
        configuration.orders = min(setup.settings.orderCapacity, 1 << 22)
        configuration.account = entry.account
        configuration.capacity = entry.capacity
        configuration.handling = entry.handling
        configuration.destination = entry.destination
        configuration.liquidityTag = entry.liquidityTag
        configuration.selfMatch = entry.selfMatch
        // Dealers have the places behind the venues'.
        configuration.dealers = entry.dealers.enumerated().map { index, name in
            FixDealer(name, Venue(id: UInt16(settings.venues.count + index + 1)))
        }
        configuration.known = core.knownOrders(at: place)
        return configuration
    }
}

extension PaperCore {
    /// What the journal says may still trade at a venue.
    func knownOrders(at place: Int) -> [FixKnownOrder] {
        var known: [FixKnownOrder] = []
        var id: OrderID = 1
        while id < node.engine.nextOrderID {
            if let order = node.engine.market.orders.order(id), !order.isFinal,
                !isFloor || order.order.venue.place == place
            {
                var entry = FixKnownOrder(node.place.numbers.wire(id), order.order)
                if order.awaitsReplace { entry.original = node.place.numbers.wire(order.original) }
                known.append(entry)
            }
            id += 1
        }
        return known
    }
}
