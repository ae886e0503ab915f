// SPDX-License-Identifier: MIT

/// Why a text is not an exact fixed-point number.
public enum DecimalError: Error, Equatable, Sendable {
    /// Not of the form `[-]digits[.digits]`; the offset of the first character that does not fit.
    case malformed(offset: Int)
    /// More digits after the point than the type can hold exactly.
    case tooPrecise(places: Int)
    /// Outside the type's range.
    case outOfRange
}

/// Reads `[-+]digits[.digits]` exactly, scaled by 10^`places`.
///
/// Underscores between digits are allowed.
func parseDecimal(_ text: String, places: Int) throws(DecimalError) -> Int128 {
    var result: Int128 = 0
    var fraction = -1
    var digits = 0
    var negative = false
    for (offset, byte) in text.utf8.enumerated() {
        switch byte {
        case UInt8(ascii: "-") where offset == 0: negative = true
        case UInt8(ascii: "+") where offset == 0: break
        case UInt8(ascii: ".") where fraction < 0 && digits > 0: fraction = 0
        case UInt8(ascii: "_") where digits > 0: break
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            digits += 1
            if fraction >= 0 { fraction += 1 }
            if fraction > places {
                if byte != UInt8(ascii: "0") { throw .tooPrecise(places: places) }
                continue
            }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { throw .outOfRange }
            result = product + Int128(byte &- 48)
        default: throw .malformed(offset: offset)
        }
    }
    if digits == 0 || fraction == 0 { throw .malformed(offset: text.utf8.count) }
    for _ in 0..<(places - min(max(fraction, 0), places)) {
        let (product, overflow) = result.multipliedReportingOverflow(by: 10)
        if overflow { throw .outOfRange }
        result = product
    }
    return negative ? -result : result
}

/// Writes `raw` / 10^`places` with at least `minimum` and at most `places` digits after the point, exactly.
func formatDecimal(_ raw: Int128, places: Int, minimum: Int) -> String {
    var text = String(raw.magnitude)
    if text.utf8.count <= places {
        text = String(repeating: "0", count: places + 1 - text.utf8.count) + text
    }
    let whole = text.dropLast(places)
    var fraction = text.suffix(places)
    while fraction.count > minimum, fraction.last == "0" { fraction.removeLast() }
    return (raw < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
}

extension Price: CustomStringConvertible {
    /// Reads a decimal text exactly, `"10.02"`.
    public init(decimal text: String) throws(DecimalError) {
        guard let raw = Int64(exactly: try parseDecimal(text, places: 8)) else { throw .outOfRange }
        self.raw = raw
    }

    public var description: String { formatDecimal(Int128(raw), places: 8, minimum: 2) }
}

extension Quantity: CustomStringConvertible {
    /// Reads a decimal text exactly, `"0.125"`.
    public init(decimal text: String) throws(DecimalError) {
        guard let raw = Int64(exactly: try parseDecimal(text, places: 8)) else { throw .outOfRange }
        self.raw = raw
    }

    public var description: String { formatDecimal(Int128(raw), places: 8, minimum: 0) }
}

extension Money: CustomStringConvertible {
    /// Reads a decimal text exactly, `"500000.00"`.
    public init(decimal text: String) throws(DecimalError) {
        raw = try parseDecimal(text, places: 16)
    }

    public var description: String { formatDecimal(raw, places: 16, minimum: 2) }
}
