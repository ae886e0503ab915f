// SPDX-License-Identifier: MIT
import HeliosMarket

extension FixTag {
    /// Whether the field belongs to the standard header.
    @inlinable
    public var isHeader: Bool {
        switch rawValue {
        case 8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142...145, 212, 213, 347, 369,
            370, 627...630, 1_128, 1_129, 1_156:
            true
        default: false
        }
    }
}

/// What the session layer reads of a header, found in one pass.
struct FixHeader: BitwiseCopyable {
    /// MsgSeqNum; nil when it is missing or no number.
    var sequence: UInt64?
    var isPossDup = false
    var isPossResend = false
    var sender: FixValue?
    var target: FixValue?
    var sendingTime: FixValue?
    var origSendingTime: FixValue?
    var application: FixValue?

    init(_ message: FixMessage) {
        var index = 3
        while index < message.count {
            let tag = message.tag(index)
            guard tag.isHeader else { break }
            take(tag, message.value(index))
            index += 1
        }
        guard sequence == nil || sender == nil || target == nil || sendingTime == nil else { return }
        // A field of the header that stands further behind is still the header's.
        while index < message.count {
            switch message.tag(index) {
            case .msgSeqNum, .senderCompID, .targetCompID, .sendingTime, .possDupFlag, .origSendingTime:
                take(message.tag(index), message.value(index))
            default: break
            }
            index += 1
        }
    }

    private mutating func take(_ tag: FixTag, _ value: FixValue) {
        switch tag {
        case .msgSeqNum:
            // The largest number is kept free, so that the next is one too.
            if sequence == nil, let number = value.unsigned, number < .max / 2 { sequence = number }
        case .possDupFlag: isPossDup = value.bool ?? false
        case .possResend: isPossResend = value.bool ?? false
        case .senderCompID: sender = value
        case .targetCompID: target = value
        case .sendingTime: sendingTime = value
        case .origSendingTime: origSendingTime = value
        case .applVerID: application = value
        default: break
        }
    }
}

/// What belongs to SessionRejectReason (373) and BusinessRejectReason (380).
enum FixReason {
    /// The largest reason that a version has; what is beyond is left out.
    static func largest(_ version: FixVersion) -> Int {
        switch version {
        case .fix40, .fix41: -1
        case .fix42: 11
        case .fix43, .fix44: 17
        case .fixt11: 18
        }
    }

    static func business(_ reason: Int) -> StaticString {
        switch reason {
        case 1: "Unknown ID"
        case 2: "Unknown Security"
        case 3: "Unsupported Message Type"
        case 4: "Application Not Available"
        case 5: "Conditionally Required Field Missing"
        case 6: "Not Authorized"
        case 7: "DeliverTo Firm Not Available"
        default: "Other"
        }
    }
}
