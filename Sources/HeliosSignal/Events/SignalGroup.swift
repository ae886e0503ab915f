// SPDX-License-Identifier: MIT

/// Instruments whose events together are one stream: a sector, an issuer, the listings of one share.
///
/// A field of a group is that of the member to which something happened last. A group is halted while any of its members is.
public struct SignalGroup: Hashable, Sendable {
    /// What it is a group by, as `sector`.
    public let key: String
    public let name: String
    /// Its instruments, each once.
    public let members: [String]

    /// A group of instruments, at least one; of one that is named twice the first counts.
    public init(key: String, name: String, members: [String]) {
        self.key = key
        self.name = name
        var seen: Set<String> = []
        self.members = members.filter { seen.insert($0).inserted }
    }
}

/// What a field is of.
enum SignalSubject: Hashable, Sendable {
    case symbol(String)
    case group(SignalGroup)

    func series(_ field: SignalField) -> Series {
        switch self {
        case .symbol(let symbol): Series(field, of: symbol)
        case .group(let group): Series(field, of: group)
        }
    }

    /// Of an instrument its symbol, of a group its name.
    var name: String {
        switch self {
        case .symbol(let symbol): symbol
        case .group(let group): group.name
        }
    }
}

extension Series {
    /// A field of the member of `group` to which something happened last; updated by the events of all of them.
    public init(_ field: SignalField, of group: SignalGroup) { self.init(.groupField(field, group)) }
}

/// Volume-weighted average price of the trades of all members of `group`.
public func vwap(_ group: SignalGroup, over window: SignalWindow) -> Series {
    aggregate(.weightedMean, Series(.price, of: group), Series(.size, of: group), over: window)
}

/// Whether a member of `group` is halted.
public func halted(_ group: SignalGroup) -> Condition { Series(.halted, of: group) > 0 }

/// True for one moment when a member of `group` trades, where `condition` holds.
public func traded(_ group: SignalGroup, where condition: Condition? = nil) -> Condition {
    event(Series(.price, of: group), condition)
}

/// True for one moment when a member of `group` is quoted, where `condition` holds.
public func quoted(_ group: SignalGroup, where condition: Condition? = nil) -> Condition {
    event(Series(.bid, of: group), condition)
}
