// SPDX-License-Identifier: MIT

/// NASDAQ OUCH 5.0: every message of both directions as a view that reads in place and a function that writes.
///
/// Client to venue in SoupBinTCP's unsequenced packets, venue to client in sequenced ones, one message a packet. A letter means
/// different messages in the two directions: decode with `Inbound` at the venue, with `Outbound` at the client.
///
/// ```swift
/// switch try Ouch50.Outbound(message) {
/// case .orderExecuted(let fill): position += Int(fill.quantity)
/// default: break
/// }
/// ```
public enum Ouch50 {
    /// The price that means "at any price"; for crosses only.
    public static let marketPrice: UInt64 = 0x7FFF_FFFF
    /// The largest limit price, 199,999.9900 dollars in 1e-4.
    public static let largestPrice: UInt64 = 1_999_999_900
    /// The largest order in shares.
    public static let largestQuantity: UInt32 = 999_999
}

/// NASDAQ OUCH 4.2: every message of both directions as a view that reads in place and a function that writes.
///
/// Orders are known by their tokens. An Enter with a token used before is ignored, so that it may be sent again after a
/// reconnect.
public enum Ouch42 {
    /// The price that means "at any price"; for crosses only.
    public static let marketPrice: UInt32 = 0x7FFF_FFFF
    /// The largest limit price, 199,999.9900 dollars in 1e-4.
    public static let largestPrice: UInt32 = 1_999_999_900
    /// The largest order in shares.
    public static let largestQuantity: UInt32 = 999_999
    /// The time in force of an order that takes what is there.
    public static let immediateOrCancel: UInt32 = 0
    /// The time in force that ends with the regular session.
    public static let marketHours: UInt32 = 99_998
    /// The time in force that ends with the system's day.
    public static let systemHours: UInt32 = 99_999
}
