// SPDX-License-Identifier: MIT

/// The dictionaries that are built in.
public enum FixBuiltin: String, Sendable, CaseIterable {
    case fix42 = "FIX.4.2"
    case fix44 = "FIX.4.4"
    /// 5.0 over FIXT.1.1: orders, quotes, market data.
    case fix50 = "FIX.5.0"
    /// 5.0 SP2 over FIXT.1.1: orders, quotes, market data.
    case fix50sp2 = "FIX.5.0SP2"
}

/// Which messages there are, of which fields: what a session checks incoming messages against.
///
/// ```swift
/// let dictionary = FixDictionary.builtin(.fix44)
/// var checker = FixChecker(dictionary)
/// if let rejection = checker.check(message) { … rejection.reason.text … }
/// ```
/// Made once, never changed: threads may share it, each with a `FixChecker` of its own.
public final class FixDictionary: Sendable {
    /// What it was made of.
    public let specification: FixSpecification
    let tables: FixTables
    private let messageNames: [FixMsgType: String]
    private let fieldPlaces: [FixTag: Int]

    /// Makes tables of `specification`.
    ///
    /// - Throws: `FixSpecificationError` when it names what is not there, or too much.
    public init(_ specification: FixSpecification) throws(FixSpecificationError) {
        self.specification = specification
        tables = FixTables(try FixTableDraft(specification))
        messageNames = Dictionary(specification.messages.map { ($0.type, $0.name) }) { first, _ in first }
        fieldPlaces = Dictionary(specification.fields.enumerated().map { ($1.tag, $0) }) { first, _ in first }
    }

    deinit { tables.free() }

    /// Reads a dictionary from its text form.
    public convenience init(text: String) throws(FixSpecificationError) {
        try self.init(FixSpecification(text: text))
    }

    /// A dictionary that is built in; each call makes it anew, which takes some milliseconds.
    public static func builtin(_ builtin: FixBuiltin) -> FixDictionary {
        do {
            return try FixDictionary(FixSpecification.builtin(builtin))
        } catch {
            preconditionFailure("the built-in dictionary \(builtin.rawValue): \(error)")
        }
    }

    /// Whether there is a message of that type.
    public func knows(_ type: FixMsgType) -> Bool { tables.context(of: type) != nil }

    /// Whether there is a field with that tag.
    public func knows(_ tag: FixTag) -> Bool { section(tag) != FixFieldInfo.Section.unknown }

    /// Whether the field stands in every message's header.
    public func isHeader(_ tag: FixTag) -> Bool { section(tag) == FixFieldInfo.Section.header }

    /// Whether the field stands in every message's trailer.
    public func isTrailer(_ tag: FixTag) -> Bool { section(tag) == FixFieldInfo.Section.trailer }

    private func section(_ tag: FixTag) -> UInt8 { tables.info(of: tag.rawValue).section }

    /// What is wrong with `message`, or nil: once, with memory of its own; a session keeps a `FixChecker`.
    public func check(_ message: FixMessage, options: FixCheckOptions = .default) -> FixRejection? {
        var checker = FixChecker(self, options: options)
        return checker.check(message)
    }

    /// What is known of a field.
    public func field(_ tag: FixTag) -> FixSpecification.Field? { fieldPlaces[tag].map { specification.fields[$0] } }

    /// The name of a field.
    public func name(of tag: FixTag) -> String? { field(tag)?.name }

    /// The name of a message.
    public func name(of type: FixMsgType) -> String? { messageNames[type] }

    /// What a value of a field with an enumeration means; of a list of values, what each means.
    public func label(_ tag: FixTag, _ value: String) -> String? {
        if tag == .msgType { return FixMsgType(value).flatMap { name(of: $0) } }
        guard let field = field(tag), !field.values.isEmpty else { return nil }
        if let exact = field.values.first(where: { $0.text == value }) { return exact.label }
        guard field.type.isMultiple else { return nil }
        let labels = value.split(separator: " ").compactMap { part in
            field.values.first { $0.text == part }?.label
        }
        return labels.isEmpty ? nil : labels.joined(separator: " ")
    }

    /// Which fields hold data whose length another tells: the standard's, and those of this dictionary.
    public var dataPairs: FixDataPairs {
        var pairs = FixDataPairs()
        let lists =
            [specification.header, specification.trailer] + specification.components.map(\.members)
            + specification.messages.map(\.members)
        for list in lists { add(list, to: &pairs) }
        return pairs
    }

    private func add(_ members: [FixSpecification.Member], to pairs: inout FixDataPairs) {
        var before: FixTag?
        for member in members {
            switch member {
            case .field(let tag, _):
                if let before, field(tag)?.type.isData == true, field(before)?.type == .length {
                    pairs.add(length: before, data: tag)
                }
                before = tag
            case .component: before = nil
            case .group(_, _, let members):
                add(members, to: &pairs)
                before = nil
            }
        }
    }
}

extension FixSpecification {
    /// What a built-in dictionary is made of.
    public static func builtin(_ builtin: FixBuiltin) throws(FixSpecificationError) -> FixSpecification {
        switch builtin {
        case .fix42: try FixSpecification(text: FixBuiltinText.fix42)
        case .fix44: try FixSpecification(text: FixBuiltinText.fix44)
        case .fix50: try overFixt(FixBuiltinText.fix50)
        case .fix50sp2: try overFixt(FixBuiltinText.fix50sp2)
        }
    }

    private static func overFixt(_ text: String) throws(FixSpecificationError) -> FixSpecification {
        .combined(session: try fixt11(), application: try FixSpecification(text: text))
    }

    /// FIXT.1.1: the session below 5.0 and later, by itself without messages of an application.
    public static func fixt11() throws(FixSpecificationError) -> FixSpecification {
        try FixSpecification(text: FixBuiltinText.fixt11)
    }
}
