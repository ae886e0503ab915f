// SPDX-License-Identifier: MIT

/// The type of a field's value, under the names that dictionary files use.
public enum FixType: String, Sendable, CaseIterable {
    case int = "INT"
    case length = "LENGTH"
    case seqNum = "SEQNUM"
    case numInGroup = "NUMINGROUP"
    case tagNum = "TAGNUM"
    case dayOfMonth = "DAYOFMONTH"
    case float = "FLOAT"
    case price = "PRICE"
    case qty = "QTY"
    case quantity = "QUANTITY"
    case amt = "AMT"
    case priceOffset = "PRICEOFFSET"
    case percentage = "PERCENTAGE"
    case char = "CHAR"
    case boolean = "BOOLEAN"
    case string = "STRING"
    case multipleCharValue = "MULTIPLECHARVALUE"
    case multipleStringValue = "MULTIPLESTRINGVALUE"
    case multipleValueString = "MULTIPLEVALUESTRING"
    case country = "COUNTRY"
    case currency = "CURRENCY"
    case exchange = "EXCHANGE"
    case language = "LANGUAGE"
    case xid = "XID"
    case xidRef = "XIDREF"
    case monthYear = "MONTHYEAR"
    case utcTimestamp = "UTCTIMESTAMP"
    case time = "TIME"
    case utcDate = "UTCDATE"
    case utcDateOnly = "UTCDATEONLY"
    case date = "DATE"
    case utcTimeOnly = "UTCTIMEONLY"
    case localMktDate = "LOCALMKTDATE"
    case localMktTime = "LOCALMKTTIME"
    case tzTimeOnly = "TZTIMEONLY"
    case tzTimestamp = "TZTIMESTAMP"
    case data = "DATA"
    case xmlData = "XMLDATA"
    /// A type that is not known here: its values are not looked at.
    case other = "OTHER"

    /// What its values look like.
    public var format: FixFormat {
        switch self {
        case .int, .length, .numInGroup, .tagNum: .int
        case .seqNum: .unsigned
        case .dayOfMonth: .dayOfMonth
        case .float, .price, .qty, .quantity, .amt, .priceOffset, .percentage: .decimal
        case .char: .char
        case .boolean: .boolean
        case .multipleCharValue: .characters
        case .monthYear: .monthYear
        case .utcTimestamp, .time: .timestamp
        case .utcDate, .utcDateOnly, .date: .date
        case .localMktDate: .localDate
        case .utcTimeOnly: .timeOfDay
        case .localMktTime: .localTime
        case .tzTimeOnly: .zonedTime
        case .tzTimestamp: .zonedTimestamp
        case .string, .multipleStringValue, .multipleValueString, .country, .currency, .exchange, .language, .xid,
            .xidRef, .data, .xmlData, .other:
            .any
        }
    }

    /// Whether a value is a list, with one space between its members.
    public var isMultiple: Bool {
        switch self {
        case .multipleCharValue, .multipleStringValue, .multipleValueString: true
        default: false
        }
    }

    /// Whether any byte may stand in a value.
    public var isData: Bool { self == .data || self == .xmlData }
}
