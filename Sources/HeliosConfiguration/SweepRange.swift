// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Values between two bounds, exact decimals with a unit, such as `100ms` to `500ms`.
///
/// They have as many digits after the point as the most precise of the texts that describe the range.
public struct SweepRange: Sendable, Equatable {
    /// In units of 1e-8.
    let low: Int64
    let high: Int64
    let step: Int64?
    let count: Int?
    /// Drawn, or spaced, evenly in the logarithm.
    let isLogarithmic: Bool
    let unit: String
    /// Digits after the point.
    let places: Int

    /// A number with the unit behind it, as a range is described.
    struct Bound: Equatable {
        var raw: Int64
        var unit: String
        var places: Int

        /// Reads `2`, `0.25`, `100ms`, `3%`; nil for anything else.
        init?(_ text: String) {
            let digits = text.prefix { "-0123456789._".unicodeScalars.contains($0.unicodeScalars.first ?? "x") }
            // The distance of two bounds fits then too.
            guard let value = try? Quantity(decimal: String(digits)), value.raw.magnitude < 1 << 62 else { return nil }
            raw = value.raw
            unit = String(text.dropFirst(digits.count))
            guard unit.allSatisfy({ $0.isLetter || $0 == "%" || $0 == "µ" }) else { return nil }
            places = digits.split(separator: ".").dropFirst().first.map { $0.count { $0 != "_" } } ?? 0
        }
    }

    /// Puts a range together.
    ///
    /// - Returns: the range, or in words what is wrong with it.
    static func make(
        from low: Bound,
        to high: Bound,
        step: Bound?,
        count: Int?,
        isLogarithmic: Bool
    ) -> Result<SweepRange, SweepRangeProblem> {
        let units = Set([low.unit, high.unit] + (step.map { [$0.unit] } ?? []))
        guard units.count == 1 else {
            return .failure(.init("the bounds have different units: write all in one, such as 100ms and 500ms"))
        }
        guard low.raw < high.raw else { return .failure(.init("expected 'from' below 'to'")) }
        if let step {
            guard count == nil else { return .failure(.init("expected either 'step' or 'count', not both")) }
            guard !isLogarithmic else { return .failure(.init("a logarithmic range has a 'count', not a 'step'")) }
            guard step.raw > 0 else { return .failure(.init("expected a step above 0")) }
            guard (high.raw - low.raw) / step.raw < Int64(SweepConfiguration.mostTrials) else {
                return .failure(.init("the step gives more than \(SweepConfiguration.mostTrials) values"))
            }
        }
        if let count, !(2...SweepConfiguration.mostTrials).contains(count) {
            return .failure(.init("expected a count from 2 to \(SweepConfiguration.mostTrials)"))
        }
        if isLogarithmic, low.raw <= 0 { return .failure(.init("a logarithmic range begins above 0")) }
        let range = SweepRange(
            low: low.raw,
            high: high.raw,
            step: step?.raw,
            count: count,
            isLogarithmic: isLogarithmic,
            unit: low.unit,
            places: min(8, max(low.places, max(high.places, step?.places ?? 0)))
        )
        if let grid = range.grid, Set(grid).count < grid.count {
            return .failure(
                .init("the count gives a value twice: write the bounds with more digits, or a smaller count")
            )
        }
        return .success(range)
    }

    /// The values of a grid; nil without step and count.
    var grid: [String]? {
        gridCount.map { count in (0..<count).map(gridValue) }
    }

    /// How many values a grid has.
    private var gridCount: Int? {
        if let step { return Int((high - low) / step) + 1 }
        return count
    }

    /// A grid's value, counted from 0.
    private func gridValue(_ index: Int) -> String {
        if let step { return text(low + Int64(index) * step) }
        guard let count else { return text(low) }
        return text(value(at: Double(index) / Double(count - 1)))
    }

    /// The value that a uniform number from 0 to 1 draws: one of the grid, or any between the bounds.
    public func draw(_ uniform: Double) -> String {
        if let count = gridCount { return gridValue(min(Int(uniform * Double(count)), count - 1)) }
        return text(value(at: uniform))
    }

    /// Between the bounds, in the range's own scale, rounded to its digits.
    private func value(at share: Double) -> Int64 {
        let (low, high) = (Double(low), Double(high))
        let exact =
            isLogarithmic
            ? low * DeterministicMath.exp(share * DeterministicMath.log(high / low)) : low + share * (high - low)
        var unit: Int64 = 1
        for _ in places..<8 { unit *= 10 }
        let rounded = Int64((exact / Double(unit)).rounded()) * unit
        return min(max(rounded, self.low), self.high)
    }

    /// With the digits that count, and the unit.
    private func text(_ raw: Int64) -> String { "\(Quantity(raw: raw))\(unit)" }

    /// The bounds as values, for checks.
    var bounds: [String] { [text(low), text(high)] }
}

/// What is wrong with a range, in words.
struct SweepRangeProblem: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
