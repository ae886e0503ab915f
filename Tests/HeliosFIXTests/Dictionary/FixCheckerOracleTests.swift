// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosWire
import Testing

/// The same checks written plainly over the specification: slow, with sets and strings.
private struct PlainChecker {
    private struct List {
        var fields: [FixTag] = []
        var required: Set<FixTag> = []
        var groups: [FixTag: [FixSpecification.Member]] = [:]
    }

    private let specification: FixSpecification
    private let fields: [FixTag: FixSpecification.Field]
    private let header: List
    private let trailer: List
    private var found: [(key: [Int], rejection: FixRejection)] = []

    init(_ specification: FixSpecification) {
        self.specification = specification
        fields = Dictionary(uniqueKeysWithValues: specification.fields.map { ($0.tag, $0) })
        header = PlainChecker.list(specification, specification.header)
        trailer = PlainChecker.list(specification, specification.trailer)
    }

    private static func list(_ specification: FixSpecification, _ members: [FixSpecification.Member]) -> List {
        var list = List()
        for member in members {
            switch member {
            case .field(let tag, let isRequired):
                if !list.fields.contains(tag) {
                    list.fields.append(tag)
                    if isRequired { list.required.insert(tag) }
                }
            case .group(let tag, let isRequired, let members):
                list.fields.append(tag)
                list.groups[tag] = members
                if isRequired { list.required.insert(tag) }
            case .component(let name, let isRequired):
                let component = specification.components.first { $0.name == name }
                let inner = PlainChecker.list(specification, component?.members ?? [])
                for tag in inner.fields where !list.fields.contains(tag) {
                    list.fields.append(tag)
                    if isRequired, inner.required.contains(tag) { list.required.insert(tag) }
                    list.groups[tag] = inner.groups[tag]
                }
            }
        }
        return list
    }

    mutating func check(_ message: [(tag: FixTag, value: String)]) -> FixRejection? {
        found = []
        guard let type = FixMsgType(message[2].value),
            let body = specification.messages.first(where: { $0.type == type })
        else { return FixRejection(.invalidMsgType) }
        let list = PlainChecker.list(specification, body.members)
        var seen: Set<FixTag> = []
        var part = 1
        var isOrdered = true
        var at = 0
        while at < message.count {
            let (tag, value) = message[at]
            let isHeader = header.fields.contains(tag)
            let isTrailer = trailer.fields.contains(tag)
            let section = isHeader ? 1 : isTrailer ? 2 : 3
            let its = isHeader ? header : isTrailer ? trailer : list
            let order = isHeader ? 1 : isTrailer ? 3 : 2
            if order < part, isOrdered {
                note(0, 0, tag, 0, .tagOutOfOrder)
                isOrdered = false
            }
            part = max(part, order)
            checkValue(tag, value, section)
            at += 1
            guard its.fields.contains(tag) else {
                let reason: FixRejectReason = fields[tag] == nil ? .invalidTagNumber : .tagNotDefinedForType
                note(2, section, tag, fields[tag] == nil ? 4 : 5, reason)
                continue
            }
            if !seen.insert(tag).inserted { note(2, section, tag, 0, .tagAppearsTwice) }
            if let members = its.groups[tag] { at = checkGroup(message, at, tag, value, members) }
        }
        for (section, its) in [(1, header), (2, trailer), (3, list)] {
            for tag in its.required where !seen.contains(tag) && tag != .checkSum {
                note(1, section, tag, 0, .requiredTagMissing)
            }
        }
        return found.min { $0.key.lexicographicallyPrecedes($1.key) }?.rejection
    }

    private mutating func checkGroup(
        _ message: [(tag: FixTag, value: String)],
        _ start: Int,
        _ counter: FixTag,
        _ claimed: String,
        _ members: [FixSpecification.Member]
    ) -> Int {
        let list = PlainChecker.list(specification, members)
        var entries: [Set<FixTag>] = []
        var at = start
        while at < message.count, list.fields.contains(message[at].tag) {
            let (tag, value) = message[at]
            let isNew = entries.isEmpty || tag == list.fields[0] || entries[entries.count - 1].contains(tag)
            if isNew { entries.append([]) }
            entries[entries.count - 1].insert(tag)
            checkValue(tag, value, 3)
            at += 1
            if let inner = list.groups[tag] { at = checkGroup(message, at, tag, value, inner) }
        }
        for entry in entries {
            for tag in list.required where !entry.contains(tag) { note(1, 3, tag, 0, .requiredTagMissing) }
        }
        if let number = Int(claimed), !claimed.hasPrefix("+"), number != entries.count {
            note(2, 3, counter, 6, .incorrectNumInGroup)
        }
        return at
    }

    private mutating func checkValue(_ tag: FixTag, _ value: String, _ section: Int) {
        if value.isEmpty { return note(2, section, tag, 1, .tagWithoutValue) }
        guard let field = fields[tag] else { return }
        let values = Set(field.values.map(\.text))
        let parts = field.type.isMultiple ? value.split(separator: " ", omittingEmptySubsequences: false) : [value[...]]
        if !values.isEmpty, parts.allSatisfy({ values.contains(String($0)) }) { return }
        let isRight = Array(value.utf8).withUnsafeBytes { field.type.format.accepts(FixValue(WireBytes($0))) }
        if !isRight {
            note(2, section, tag, 2, .incorrectDataFormat)
        } else if !values.isEmpty {
            note(2, section, tag, 3, .valueOutOfRange)
        }
    }

    private mutating func note(_ phase: Int, _ section: Int, _ tag: FixTag, _ step: Int, _ reason: FixRejectReason) {
        found.append(([phase, section, phase == 0 ? 0 : Int(tag.rawValue), step], FixRejection(reason, tag)))
    }
}

@Suite("FIX dictionary checks against the plain ones")
struct FixCheckerOracleTests {
    private struct Random {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    private static let seeds: [(FixBuiltin, [String])] = [
        (
            .fix42,
            [
                "35=D|34=2|49=TW|52=20260102-03:04:05|56=ISLD|11=ID|21=3|40=2|44=1|54=1|55=IN|60=20260102-03:04:05|",
                "35=V|34=2|49=A|52=20260102-03:04:05|56=B|262=R|263=1|264=0|265=0|267=2|269=0|269=1|146=1|55=A|93=1|89=x|",
                "35=i|34=2|49=A|52=20260102-03:04:05|56=B|117=Q|296=1|302=S|311=U|304=1|295=2|299=E|55=x|299=F|",
            ]
        ),
        (
            .fix44,
            [
                "35=D|34=2|49=A|52=20260102-03:04:05|56=B|11=x|453=2|448=P|447=D|802=1|523=s|803=1|448=Q|54=1|38=5|40=1|"
                    + "60=20260102-03:04:05|18=6 G|55=A|93=1|89=x|",
                "35=0|34=2|49=A|52=20260102-03:04:05|56=B|627=1|628=H|112=x|",
                "35=8|34=2|49=A|52=20260102-03:04:05|56=B|37=1|17=2|150=F|39=1|54=1|151=1|14=1|6=1|55=A|555=1|600=x|"
                    + "539=1|524=p|525=D|538=1|",
            ]
        ),
    ]

    @Test("changed messages get the same verdict", arguments: [0, 1], [1 as UInt64, 2, 3, 4])
    func agrees(_ version: Int, _ seed: UInt64) throws {
        let (builtin, texts) = Self.seeds[version]
        let dictionary = FixDictionary.builtin(builtin)
        var plain = PlainChecker(dictionary.specification)
        var checker = FixChecker(dictionary)
        var scanner = FixScanner()
        var random = Random(state: seed)
        let tags = dictionary.specification.fields.map(\.tag)
        let values = ["", "1", "A", "x", "N", "-1", "0", "20260102-03:04:05", "G 6", "1.5", "2", "202601"]
        var verdicts: [String: Int] = [:]
        for round in 0..<300 {
            let start = texts[random.below(texts.count)]
            var fields = start.split(separator: "|").map { part in
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (tag: FixTag(rawValue: UInt32(pair[0])!), value: String(pair[1]))
            }
            for _ in 0..<random.below(4) {
                let place = 1 + random.below(fields.count - 1)
                switch random.below(6) {
                case 0: fields.remove(at: place)
                case 1: fields.swapAt(place, 1 + random.below(fields.count - 1))
                case 2: fields[place].value = values[random.below(values.count)]
                case 3: fields.insert((tags[random.below(tags.count)], values[random.below(values.count)]), at: place)
                case 4: fields.insert((fields[1 + random.below(fields.count - 1)]), at: place)
                default: fields.insert((FixTag(rawValue: UInt32(random.below(7_000))), "x"), at: place)
                }
            }
            // What the scanner would not take as a message at all: a length without its data.
            guard !fields.contains(where: { [8, 9, 10].contains($0.tag) }) else { continue }
            let text = fixText(fields.map { "\($0.tag)=\($0.value)|" }.joined(), begin: builtin.rawValue)
            let whole = [(tag: 8 as FixTag, value: builtin.rawValue), (tag: 9 as FixTag, value: "1")] + fields
            let expected = plain.check(whole)
            withFix(text) { bytes in
                guard let message = try? scanner.scan(bytes) else { return }
                let verdict = checker.check(message)
                #expect(verdict == expected, "round \(round), seed \(seed): \(text)")
                verdicts[verdict.map { "\($0.reason)" } ?? "good", default: 0] += 1
            }
        }
        // The good ones, and most kinds of fault, are among them.
        #expect(verdicts.count >= 8 && verdicts["good", default: 0] > 10, "\(verdicts)")
    }
}
