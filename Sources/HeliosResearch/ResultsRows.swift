// SPDX-License-Identifier: MIT
import HeliosMarket

/// Rows of a CSV file as bytes, written without a string per cell: a day has millions of them.
struct ResultsRows {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true
    private var day = Int64.min
    private var date: [UInt8] = []

    /// Forgets what was handed on.
    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    mutating func endRow() {
        bytes.append(0x0A)
        isFirst = true
    }

    /// Quoted as RFC 4180 demands when it holds a comma, a quote or a line end.
    mutating func text(_ text: String) {
        separate()
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        let isSpecial = bytes[start...].contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        guard isSpecial else { return }
        let plain = Array(bytes[start...])
        bytes.removeSubrange(start...)
        bytes.append(0x22)
        for byte in plain {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }

    mutating func integer(_ value: some BinaryInteger) {
        separate()
        decimal(Int128(value), places: 0, minimum: 0)
    }

    mutating func price(_ value: Price) {
        separate()
        decimal(Int128(value.raw), places: 8, minimum: 2)
    }

    /// Empty when zero, which stands for "not known".
    mutating func known(_ value: Price) {
        if value == .zero { separate() } else { price(value) }
    }

    mutating func quantity(_ value: Quantity) {
        separate()
        decimal(Int128(value.raw), places: 8, minimum: 0)
    }

    mutating func money(_ value: Money) {
        separate()
        decimal(value.raw, places: 16, minimum: 2)
    }

    /// ISO 8601, and nanoseconds since 1970 in the next cell.
    mutating func time(_ time: Timestamp) {
        separate()
        let length: Int64 = 86_400_000_000_000
        let ofDay = TimeText.floorMod(time.nanoseconds, length)
        let number = (time.nanoseconds - ofDay) / length
        if number != day {
            day = number
            date = Array(TimeText.date(number).utf8)
        }
        bytes.append(contentsOf: date)
        let seconds = ofDay / 1_000_000_000
        digits(UInt64(seconds / 3600), width: 2, after: 0x54)
        digits(UInt64(seconds / 60 % 60), width: 2, after: 0x3A)
        digits(UInt64(seconds % 60), width: 2, after: 0x3A)
        digits(UInt64(ofDay % 1_000_000_000), width: 9, after: 0x2E)
        bytes.append(0x5A)
        integer(time.nanoseconds)
    }

    private mutating func separate() {
        if !isFirst { bytes.append(0x2C) }
        isFirst = false
    }

    private mutating func digits(_ value: UInt64, width: Int, after mark: UInt8) {
        bytes.append(mark)
        let start = bytes.count
        var rest = value
        for _ in 0..<width {
            bytes.append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// `raw` / 10^`places` with `minimum` to `places` digits after the point, from the last digit to the first.
    private mutating func decimal(_ raw: Int128, places: Int, minimum: Int) {
        let start = bytes.count
        var unit: UInt64 = 1
        for _ in 0..<places { unit *= 10 }
        let (quotient, remainder) = raw.magnitude.quotientAndRemainder(dividingBy: UInt128(unit))
        var fraction = UInt64(truncatingIfNeeded: remainder)
        var isKept = false
        for place in 0..<places {
            let digit = fraction % 10
            fraction /= 10
            isKept = isKept || digit != 0 || place >= places - minimum
            if isKept { bytes.append(UInt8(truncatingIfNeeded: digit) + 0x30) }
        }
        if isKept { bytes.append(0x2E) }
        if var whole = UInt64(exactly: quotient) {
            repeat {
                bytes.append(UInt8(truncatingIfNeeded: whole % 10) + 0x30)
                whole /= 10
            } while whole > 0
        } else {
            bytes.append(contentsOf: String(quotient).utf8.reversed())
        }
        if raw < 0 { bytes.append(0x2D) }
        bytes[start...].reverse()
    }
}
