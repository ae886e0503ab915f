// SPDX-License-Identifier: MIT
import HeliosRisk

/// Values of limits as people write them, read exactly.
enum LimitAmount {
    /// `text` in the smallest unit of `measure`; nil when it is no value of it, or finer than it.
    static func parse(_ text: String, _ measure: RiskMeasure) -> Int128? {
        let digits = text.filter { $0 != "_" && $0 != "," }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 20, whole.allSatisfy(\.isNumber),
            let value = Int128(whole)
        else { return nil }
        let places = LimitAmount.places(measure)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        guard fraction.count <= places, fraction.allSatisfy(\.isNumber) else { return nil }
        let padded = fraction + String(repeating: "0", count: places - fraction.count)
        guard let rest = padded.isEmpty ? 0 : Int128(padded) else { return nil }
        var scale: Int128 = 1
        for _ in 0..<places { scale *= 10 }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        return overflow ? nil : product + rest
    }

    private static func places(_ measure: RiskMeasure) -> Int {
        switch measure {
        case .quantity, .price: 8
        case .money: 16
        case .number, .time, .basisPoints: 0
        }
    }

    /// What is expected, for people.
    static func form(_ measure: RiskMeasure) -> String {
        switch measure {
        case .quantity: "shares such as 10_000"
        case .price, .money: "an amount such as 2_500_000.00"
        case .basisPoints: "basis points such as 250"
        case .number: "a count such as 200"
        case .time: "nanoseconds"
        }
    }
}
