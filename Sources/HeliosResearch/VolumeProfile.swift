// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket

/// What traded in each stretch of the regular session over some recorded days, by instrument: usual volume curves (`VolumeCurves`).
public struct VolumeProfile: Sendable {
    /// The session and its stretches, after midnight, in nanoseconds.
    public static let opens: Nanoseconds = 34_200_000_000_000
    public let stretch: Nanoseconds
    /// Shares by instrument and stretch, in the order of `symbols`.
    public private(set) var volumes: [[Int64]] = []
    public private(set) var symbols: [Symbol] = []
    private let count: Int

    /// Reads market files to their ends.
    ///
    /// - Parameters:
    ///   - files: at least one, in the order of their days.
    ///   - minutes: of a stretch, 1 to 390.
    ///   - capacity: room for the books.
    ///   - progress: called now and then with the share that was read.
    /// - Throws: `StoreError`, `DataFileError`, `BookCapacityError`.
    public init(
        _ files: [DataFile],
        minutes: Int = 30,
        capacity: BookCapacity = BookCapacity(),
        progress: (Double) -> Void = { _ in }
    ) throws {
        let length = VolumeCurves.close - VolumeProfile.opens
        stretch = Nanoseconds(min(max(minutes, 1), 390)) * 60_000_000_000
        count = Int((length + stretch - 1) / stretch)
        let source = try MarketDataSource(files)
        var books = try BookSet(capacity: capacity)
        let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: 4_096)
        defer { buffer.deallocate() }
        while case let read = try source.fill(buffer), read > 0 {
            for event in buffer[..<read] where books.apply(event).contains(.trade) { add(event, source.midnight) }
            progress(source.progress)
        }
        symbols = source.directory.symbols
    }

    private mutating func add(_ event: Event, _ midnight: Timestamp) {
        let time = event.eventTime - midnight
        guard time >= VolumeProfile.opens, time < VolumeCurves.close, event.quantity.raw > 0 else { return }
        while volumes.count <= event.instrument.index { volumes.append(Array(repeating: 0, count: count)) }
        volumes[event.instrument.index][Int((time - VolumeProfile.opens) / stretch)] +=
            event.quantity.raw / Quantity.scale
    }

    /// The volumes as a file for `execution.curveFile`: `*` for all together, then each instrument that has traded, by name.
    ///
    /// - Parameter only: these symbols alone; nil for all.
    /// - Returns: lines `symbol,time,volume`.
    public func csv(only: [Symbol]? = nil) -> String {
        var lines = ["symbol,time,volume"]
        let total = (0..<count).map { place in volumes.reduce(0) { $0 + $1[place] } }
        if only == nil { add("*", total, to: &lines) }
        let places = symbols.indices.sorted { symbols[$0].description < symbols[$1].description }
        for place in places where volumes.indices.contains(place) {
            guard only?.contains(symbols[place]) ?? true, volumes[place].contains(where: { $0 > 0 }) else { continue }
            add(symbols[place].description, volumes[place], to: &lines)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func add(_ name: String, _ volumes: [Int64], to lines: inout [String]) {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        for (place, volume) in volumes.enumerated() {
            let minutes = (VolumeProfile.opens + Int64(place) * stretch) / 60_000_000_000
            lines.append("\(name),\(two(minutes / 60)):\(two(minutes % 60)),\(volume)")
        }
    }
}
