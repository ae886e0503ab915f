// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX

/// Which fields belong to which repeating group, so that a message can be put into the order of its fields' numbers.
struct FixTrialGroups: Sendable {
    /// By the field that counts: what may stand in an entry, and in the groups within it.
    private var members: [FixTag: Set<FixTag>] = [:]
    private let header: Set<FixTag>

    init(_ dictionary: FixDictionary?) {
        let standard: Set<FixTag> = [
            8, 9, 35, 34, 43, 49, 50, 52, 56, 57, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 369, 1_128,
        ]
        guard let dictionary else {
            header = standard
            return
        }
        let specification = dictionary.specification
        header = Set(specification.fields.map(\.tag).filter { dictionary.isHeader($0) }).union(standard)
        let components = Dictionary(
            specification.components.map { ($0.name, $0.members) },
            uniquingKeysWith: { first, _ in first }
        )
        for message in specification.messages { _ = take(message.members, components, depth: 0) }
    }

    /// All fields of `list`; groups in it are remembered.
    private mutating func take(
        _ list: [FixSpecification.Member],
        _ components: [String: [FixSpecification.Member]],
        depth: Int
    ) -> Set<FixTag> {
        var tags: Set<FixTag> = []
        guard depth < 32 else { return tags }
        for member in list {
            switch member {
            case .field(let tag, _): tags.insert(tag)
            case .component(let name, _): tags.formUnion(take(components[name] ?? [], components, depth: depth + 1))
            case .group(let counter, _, let entry):
                let inside = take(entry, components, depth: depth + 1)
                members[counter, default: []].formUnion(inside)
                tags.formUnion(inside)
                tags.insert(counter)
            }
        }
        return tags
    }

    /// The body of a message: fields alone and whole groups, by the numbers of their first fields.
    func parts(_ message: FixMessage) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var index = 0
        while index < message.count {
            let start = index
            index += 1
            guard !header.contains(message.tag(start)) else { continue }
            if let inside = members[message.tag(start)] {
                while index < message.count, inside.contains(message.tag(index)) { index += 1 }
            }
            parts.append(start..<index)
        }
        return parts.sorted {
            (message.tag($0.lowerBound), $0.lowerBound) < (message.tag($1.lowerBound), $1.lowerBound)
        }
    }
}
#endif
