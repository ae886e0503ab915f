// SPDX-License-Identifier: MIT

import HeliosMarket

extension TradingDay {
    /// The day that a market file's name tells, or nil when it tells none.
    ///
    /// Known forms, anywhere in the name: `MMDDYYYY` and `YYYYMMDD` as eight digits by themselves, and `YYYY-MM-DD`. The two
    /// compact forms can't be confused: no month is above 12, no year here before 1970.
    ///
    /// - Parameter name: A file name, with or without folders.
    /// - Returns: The first date in the name's last part.
    public static func inferred(fromFileName name: String) -> TradingDay? {
        let characters = Array(name.split(separator: "/").last.map { Array($0.utf8) } ?? [])
        var start = 0
        while start < characters.count {
            guard isDigit(characters[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < characters.count, isDigit(characters[end]) { end += 1 }
            if let day = compact(characters[start..<end]) ?? dashed(characters[start...].prefix(10), runs: end - start)
            {
                return day
            }
            start = end
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int {
        digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func compact(_ digits: ArraySlice<UInt8>) -> TradingDay? {
        guard digits.count == 8 else { return nil }
        let first = digits.startIndex
        let yearFirst = TradingDay(
            year: number(digits[first..<first + 4]),
            month: number(digits[first + 4..<first + 6]),
            day: number(digits[first + 6..<first + 8])
        )
        if let yearFirst { return yearFirst }
        return TradingDay(
            year: number(digits[first + 4..<first + 8]),
            month: number(digits[first..<first + 2]),
            day: number(digits[first + 2..<first + 4])
        )
    }

    private static func dashed(_ text: ArraySlice<UInt8>, runs count: Int) -> TradingDay? {
        count == 4 && text.count == 10 ? TradingDay(String(decoding: text, as: UTF8.self)) : nil
    }
}
