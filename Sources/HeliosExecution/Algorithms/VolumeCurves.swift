// SPDX-License-Identifier: MIT
import HeliosMarket

/// The usual volume curves of instruments: one for all that have none of their own.
public struct VolumeCurves: Sendable, Equatable {
    public var other = VolumeCurve.usual
    public var own: [Symbol: VolumeCurve] = [:]

    public init() {}

    /// Where the regular session ends, after midnight, and with it the last stretch of a curve.
    public static let close: Nanoseconds = 57_600_000_000_000

    /// The curve of an instrument.
    public subscript(symbol: Symbol) -> VolumeCurve { own[symbol] ?? other }

    /// Curves from lines `symbol,time,volume`: the volume of the stretch from a time of day (`09:30` or `09:30:00`) to the next of the
    /// same symbol, the last until the close; without the first column, or with the symbol `*`, for all others.
    ///
    /// A first line of words is passed over, and so are empty ones.
    ///
    /// - Throws: `VolumeCurveError` with the line that is wrong.
    public init(csv text: String) throws(VolumeCurveError) {
        var stretches: [String: [(from: Nanoseconds, volume: Int64)]] = [:]
        var names: [(name: String, line: Int)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { field in
                String(field.filter { $0 != " " && $0 != "\t" })
            }
            if fields == [""] || names.isEmpty && fields.last == "volume" { continue }
            guard fields.count == 2 || fields.count == 3, let from = VolumeCurves.time(fields[fields.count - 2]),
                let volume = Int64(fields[fields.count - 1]), volume >= 0
            else { throw VolumeCurveError(index + 1, "expected 'symbol,time,volume' such as AAPL,09:30,133000") }
            let name = fields.count == 3 ? fields[0] : "*"
            guard name == "*" || Symbol(name) != nil else {
                throw VolumeCurveError(index + 1, "\"\(name)\" is no symbol of one to eight characters")
            }
            if let last = stretches[name]?.last, last.from >= from {
                throw VolumeCurveError(index + 1, "expected a time after the one before")
            }
            guard from < VolumeCurves.close else { throw VolumeCurveError(index + 1, "expected a time before 16:00") }
            guard stretches[name]?.count ?? 0 < VolumeCurve.maximumStretches else {
                throw VolumeCurveError(index + 1, "expected at most \(VolumeCurve.maximumStretches) stretches")
            }
            if stretches[name] == nil { names.append((name, index + 1)) }
            stretches[name, default: []].append((from, volume))
        }
        guard !names.isEmpty else { throw VolumeCurveError(0, "it has no line 'symbol,time,volume'") }
        for (name, line) in names {
            guard let curve = VolumeCurve(stretches[name] ?? [], until: VolumeCurves.close) else {
                throw VolumeCurveError(line, "\(name) has no volume in any stretch")
            }
            if name == "*" { other = curve } else if let symbol = Symbol(name) { own[symbol] = curve }
        }
    }

    /// Nanoseconds since midnight of `09:30` or `09:30:00`.
    private static func time(_ text: String) -> Nanoseconds? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let bounds: [UInt8] = [24, 60, 60]
        guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        var seconds: Int64 = 0
        for (place, bound) in bounds.enumerated() {
            let part = place < parts.count ? UInt8(parts[place]) : 0
            guard let part, part < bound else { return nil }
            seconds = seconds * 60 + Int64(part)
        }
        return seconds * 1_000_000_000
    }
}

/// Why a file holds no volume curves.
public struct VolumeCurveError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; 0 for the file as a whole.
    public let line: Int
    public let reason: String

    init(_ line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    public var description: String { line > 0 ? "line \(line): \(reason)" : reason }
}
