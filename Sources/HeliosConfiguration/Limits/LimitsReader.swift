// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Yams

/// Where something stands in a limits file: its path for messages, and its place in the text.
struct LimitsPlace: Hashable, Sendable {
    var path: String
    var line: Int
    var column: Int
    /// The file, where it is another one than the limits file (instruments' CSV).
    var file: String?

    init(_ path: String, _ place: TextPlace, file: String? = nil) {
        (self.path, line, column, self.file) = (path, place.line, place.column, file)
    }
}

/// A group of keys as the file gives it, checked by its shape.
struct LimitsGroup {
    /// A limit with the places of its parts.
    struct Limit {
        var kind: LimitKind
        var hard: Int128
        var soft: Int128?
        var window: Nanoseconds
        var place: LimitsPlace
    }

    /// A group with the name that the file gave it.
    struct Named {
        var name: String
        var group: LimitsGroup
        /// Where the name stands.
        var place: LimitsPlace
    }

    var place: LimitsPlace
    /// What the file gives; defaults are with the keys.
    var values: [String: (value: ConfigurationValue, place: LimitsPlace)] = [:]
    var lists: [String: [(value: ConfigurationValue, place: LimitsPlace)]] = [:]
    var limits: [Limit] = []
    var groups: [String: LimitsGroup] = [:]
    var named: [String: [Named]] = [:]
    var elements: [String: [LimitsGroup]] = [:]
    /// Keys that the file chose beside the members.
    var others: [Named] = []
}

/// Walks a limits file by its schema: every value with its place, and every error at once.
///
/// No environment variable overrides a limit: what a risk officer approved is what stands in the file.
struct LimitsReader {
    let file: String
    var errors: [ConfigurationError] = []
    private var document: YAMLDocument?

    init(file: String) { self.file = file }

    /// Reads `text`; what is wrong is in `errors`.
    mutating func read(_ text: String) -> LimitsGroup {
        let start = LimitsPlace("", TextPlace(1, 1))
        do throws(YAMLProblem) {
            let document = try YAMLDocument(text)
            self.document = document
            guard let root = document.root, !root.isEmptyScalar else {
                report(start, "found nothing, expected the key 'firm' with its limits")
                return LimitsGroup(place: start)
            }
            return group(LimitsSchema.shape("file"), root, start)
        } catch {
            report(LimitsPlace("", error.place), error.message)
            return LimitsGroup(place: start)
        }
    }

    /// Reads the limits at a node of another file.
    mutating func read(_ node: Node, in document: YAMLDocument, _ place: LimitsPlace) -> LimitsGroup {
        self.document = document
        return group(LimitsSchema.shape("file"), node, place)
    }

    // MARK: Groups

    private mutating func group(_ shape: LimitsShape, _ node: Node, _ place: LimitsPlace) -> LimitsGroup {
        var group = LimitsGroup(place: place)
        if node.isEmptyScalar { return completed(group, shape) }
        guard let mapping = node.mapping, let document else {
            let names = shape.members.map(\.name).joined(separator: ", ")
            report(place, "found \(node.found), expected the keys \(names)")
            return group
        }
        for entry in unique(document.entries(mapping), place.path) {
            let at = LimitsPlace(LimitsReader.joined(place.path, entry.key), entry.place)
            if let member = shape[entry.key] {
                read(member, entry.value, at, into: &group)
            } else if let others = shape.others, others.form.accepts(entry.key) {
                let inner = self.group(LimitsSchema.shape(others.shape), entry.value, at)
                group.others.append(LimitsGroup.Named(name: entry.key, group: inner, place: at))
            } else {
                reportUnknown(entry, at, shape)
            }
        }
        return completed(group, shape)
    }

    /// `group`, with what is missing reported.
    private mutating func completed(_ group: LimitsGroup, _ shape: LimitsShape) -> LimitsGroup {
        for member in shape.members {
            guard case .value(let key) = member.form, key.isRequired, group.values[key.name] == nil else { continue }
            let isWrong = errors.contains { $0.key == LimitsReader.joined(group.place.path, key.name) }
            guard !isWrong else { continue }
            var place = group.place
            place.path = LimitsReader.joined(place.path, key.name)
            report(place, "missing, expected \(key.expectation)")
        }
        return group
    }

    private mutating func read(
        _ member: LimitsShape.Member,
        _ node: Node,
        _ at: LimitsPlace,
        into group: inout LimitsGroup
    ) {
        switch member.form {
        case .value(let key):
            let place = LimitsPlace(at.path, TextPlace(node.mark))
            if let value = value(key, node, place) { group.values[member.name] = (value, place) }
        case .values(let key): group.lists[member.name] = values(key, node, at)
        case .limit(let kind): if let limit = limit(kind, node, at) { group.limits.append(limit) }
        case .group(let name): group.groups[member.name] = self.group(LimitsSchema.shape(name), node, at)
        case .named(let form, let name):
            group.named[member.name] = named(form, LimitsSchema.shape(name), node, at)
        case .list(let name, let short): group.elements[member.name] = list(name, short, node, at)
        }
    }

    private mutating func named(
        _ form: LimitsShape.NameForm,
        _ shape: LimitsShape,
        _ node: Node,
        _ at: LimitsPlace
    ) -> [LimitsGroup.Named] {
        if node.isEmptyScalar { return [] }
        guard let mapping = node.mapping, let document else {
            report(
                LimitsPlace(at.path, TextPlace(node.mark)),
                "found \(node.found), expected names, each with its keys"
            )
            return []
        }
        var found: [LimitsGroup.Named] = []
        for entry in unique(document.entries(mapping), at.path) {
            let place = LimitsPlace(LimitsReader.joined(at.path, entry.key), entry.place)
            if form.accepts(entry.key) {
                let inner = group(shape, entry.value, place)
                found.append(LimitsGroup.Named(name: entry.key, group: inner, place: place))
            } else {
                report(place, "found \(Node.quoted(entry.key)), expected \(form.expectation)")
            }
        }
        return found
    }

    private mutating func list(
        _ name: String,
        _ short: String?,
        _ node: Node,
        _ at: LimitsPlace
    ) -> [LimitsGroup] {
        let shape = LimitsSchema.shape(name)
        if node.isEmptyScalar { return [] }
        guard let items = node.sequence else {
            report(LimitsPlace(at.path, TextPlace(node.mark)), "found \(node.found), expected a list")
            return []
        }
        return items.enumerated().map { position, item in
            let place = LimitsPlace("\(at.path)[\(position)]", TextPlace(item.mark))
            guard let short, item.scalar != nil, let member = shape[short] else { return group(shape, item, place) }
            var element = LimitsGroup(place: place)
            read(member, item, LimitsPlace("\(place.path).\(short)", TextPlace(item.mark)), into: &element)
            return element
        }
    }

    // MARK: Values

    private mutating func value(
        _ key: ConfigurationKey,
        _ node: Node,
        _ place: LimitsPlace
    ) -> ConfigurationValue? {
        if !node.isEmptyScalar, let text = node.scalar?.string, let value = key.value(of: text) {
            return key.kind == .path ? .text(TextFile.resolve(text, from: file)) : value
        }
        report(place, "found \(node.found), expected \(key.expectation)")
        return nil
    }

    private mutating func values(
        _ key: ConfigurationKey,
        _ node: Node,
        _ at: LimitsPlace
    ) -> [(value: ConfigurationValue, place: LimitsPlace)] {
        let items = node.sequence.map(Array.init) ?? [node]
        var found: [(value: ConfigurationValue, place: LimitsPlace)] = []
        for (position, item) in items.enumerated() {
            let path = node.sequence == nil ? at.path : "\(at.path)[\(position)]"
            let place = LimitsPlace(path, TextPlace(item.mark))
            guard let value = value(key, item, place) else { continue }
            if found.contains(where: { $0.value == value }) { report(place, "stands twice") }
            found.append((value, place))
        }
        return found
    }

    // MARK: Limits

    private mutating func limit(_ kind: LimitKind, _ node: Node, _ at: LimitsPlace) -> LimitsGroup.Limit? {
        var limit = LimitsGroup.Limit(kind: kind, hard: 0, soft: nil, window: kind.standardWindow, place: at)
        guard let mapping = node.mapping, let document else {
            let place = LimitsPlace(at.path, TextPlace(node.mark))
            guard let hard = number(kind, "hard", node, place) else { return nil }
            limit.hard = hard
            return limit
        }
        let names = kind.isWindowed ? ["hard", "soft", "window"] : ["hard", "soft"]
        var nodes: [String: (node: Node, place: LimitsPlace)] = [:]
        for entry in unique(document.entries(mapping), at.path) {
            let place = LimitsPlace("\(at.path).\(entry.key)", entry.place)
            if names.contains(entry.key) {
                nodes[entry.key] = (entry.value, LimitsPlace(place.path, TextPlace(entry.value.mark)))
            } else if entry.key == "window" {
                report(place, "\(kind) does not count over time; remove the window")
            } else {
                report(place, "unknown key", suggestion: NearestName.of(entry.key, among: names))
            }
        }
        return parts(nodes, of: limit)
    }

    /// Fills `limit` from the mapping that describes it.
    private mutating func parts(
        _ nodes: [String: (node: Node, place: LimitsPlace)],
        of limit: LimitsGroup.Limit
    ) -> LimitsGroup.Limit? {
        var limit = limit
        if let (node, place) = nodes["window"] {
            guard case .parameter(.duration(let length))? = value(LimitsSchema.windowKey, node, place) else {
                return nil
            }
            limit.window = length
        }
        guard let (node, place) = nodes["hard"] else {
            var place = limit.place
            place.path += ".hard"
            let what = nodes["soft"] == nil ? "" : "a soft limit needs a hard one behind it; "
            report(place, what + "missing, expected \(LimitsSchema.valueKey(limit.kind, "hard").expectation)")
            return nil
        }
        guard let hard = number(limit.kind, "hard", node, place) else { return nil }
        limit.hard = hard
        guard let (soft, there) = nodes["soft"] else { return limit }
        guard let value = softNumber(limit, soft, there) else { return nil }
        limit.soft = value
        guard value > hard else { return limit }
        let texts = (limit.kind.measure.text(value), limit.kind.measure.text(hard))
        report(there, "found \(texts.0), expected at most the hard limit \(texts.1)")
        return nil
    }

    /// A soft limit: in the units of the hard one, or a share of it.
    private mutating func softNumber(_ limit: LimitsGroup.Limit, _ node: Node, _ place: LimitsPlace) -> Int128? {
        let isShare = limit.kind.measure == .basisPoints
        if !isShare, case .share(let points)? = node.scalar.flatMap({ ConfigurationKind.share.parse($0.string) }) {
            guard (0...10_000).contains(points) else {
                report(place, "found \(node.found), expected a share of the hard limit from 0% to 100%")
                return nil
            }
            return limit.hard / 10_000 * Int128(points) + limit.hard % 10_000 * Int128(points) / 10_000
        }
        return number(limit.kind, "soft", node, place)
    }

    private mutating func number(_ kind: LimitKind, _ name: String, _ node: Node, _ place: LimitsPlace) -> Int128? {
        switch value(LimitsSchema.valueKey(kind, name), node, place) {
        case .parameter(.quantity(let quantity))?: Int128(quantity.raw)
        case .parameter(.money(let money))?: money.raw
        case .parameter(.integer(let number))?: Int128(number)
        case .share(let points)?: Int128(points)
        default: nil
        }
    }

    // MARK: Reporting

    static func joined(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : prefix + "." + name }

    /// Entries without duplicates, which are reported; the first counts.
    private mutating func unique(_ entries: [YAMLDocument.Entry], _ path: String) -> [YAMLDocument.Entry] {
        var first: [String: Int] = [:]
        return entries.filter { entry in
            guard let line = first[entry.key] else {
                first[entry.key] = entry.place.line
                return true
            }
            let place = LimitsPlace(LimitsReader.joined(path, entry.key), entry.place)
            report(place, "stands twice, first in line \(line)")
            return false
        }
    }

    private mutating func reportUnknown(_ entry: YAMLDocument.Entry, _ at: LimitsPlace, _ shape: LimitsShape) {
        let nearest = NearestName.of(entry.key, among: shape.members.map(\.name))
        if entry.key.isEmpty { return report(at, "a key that is not a word") }
        let hint = nearest == nil ? shape.others.map { ", expected \($0.form.expectation)" } ?? "" : ""
        // A limit that stands beside its group is the commonest slip.
        let isLimit = nearest == nil && shape["limits"] != nil && LimitKind.allCases.contains { "\($0)" == entry.key }
        report(at, "unknown key" + hint, suggestion: isLimit ? "limits.\(entry.key)" : nearest)
    }

    mutating func report(_ place: LimitsPlace, _ message: String, suggestion: String? = nil) {
        errors.append(LimitsReader.error(place, message, in: file, suggestion: suggestion))
    }

    static func error(
        _ place: LimitsPlace,
        _ message: String,
        in file: String,
        suggestion: String? = nil
    ) -> ConfigurationError {
        ConfigurationError(
            file: place.file ?? file,
            line: place.line,
            column: place.column,
            key: place.path,
            message: message,
            suggestion: suggestion
        )
    }
}
