// SPDX-License-Identifier: MIT

extension SbeSwiftGenerator {
    func enumeration(_ type: SbeEnumType, _ out: inout SwiftText) {
        let name = typeNames[type.name] ?? ""
        let raw = Self.integerName(type.primitive)
        let access = out.access
        out.blank()
        out.braces("extension \(space)") { out in
            out.document(type.note.isEmpty ? "The codes of \(type.name)" : type.note)
            if isPublic { out.line("@frozen") }
            out.braces("\(access)struct \(name): RawRepresentable, Hashable, Sendable, BitwiseCopyable") { out in
                out.document("The code on the wire, also one that the schema does not list")
                out.line("\(access)var rawValue: \(raw)")
                out.blank()
                out.inlinable()
                out.line("\(access)init(rawValue: \(raw)) { self.rawValue = rawValue }")
                out.blank()
                for value in type.values {
                    out.document(value.note.isEmpty ? value.name : value.note, since(value.sinceVersion))
                    let code = SwiftNames.literal(value.value)
                    out.property(SwiftNames.member(value.name), name, isStatic: true, "\(name)(rawValue: \(code))")
                }
            }
        }
        out.blank()
        out.braces("extension \(space).\(name): CustomStringConvertible") { out in
            out.document("The name in the schema, or the code when it has none")
            out.braces("\(access)var description: String") { out in
                out.line("switch rawValue {")
                for value in type.values {
                    out.line("case \(SwiftNames.literal(value.value)): \(SwiftNames.quoted(value.name))")
                }
                out.line("default: \"\\(rawValue)\"")
                out.line("}")
            }
        }
    }

    func set(_ type: SbeSetType, _ out: inout SwiftText) {
        let name = typeNames[type.name] ?? ""
        let raw = Self.integerName(type.primitive)
        let access = out.access
        out.blank()
        out.braces("extension \(space)") { out in
            out.document(type.note.isEmpty ? "The flags of \(type.name)" : type.note)
            if isPublic { out.line("@frozen") }
            out.braces("\(access)struct \(name): OptionSet, Hashable, Sendable, BitwiseCopyable") { out in
                out.line("\(access)var rawValue: \(raw)")
                out.blank()
                out.inlinable()
                out.line("\(access)init(rawValue: \(raw)) { self.rawValue = rawValue }")
                out.blank()
                for choice in type.choices {
                    out.document(choice.note.isEmpty ? choice.name : choice.note, since(choice.sinceVersion))
                    let value = "\(name)(rawValue: 1 << \(choice.bit))"
                    out.property(SwiftNames.member(choice.name), name, isStatic: true, value)
                }
            }
        }
    }

    func composite(_ type: SbeCompositeType, _ out: inout SwiftText) {
        let name = typeNames[type.name] ?? ""
        let access = out.access
        let members = type.members.filter { $0.type.presence != .constant }
        out.blank()
        out.braces("extension \(space)") { out in
            out.document(type.note.isEmpty ? "The members of \(type.name)" : type.note, "\(type.size) bytes.")
            if isPublic { out.line("@frozen") }
            out.braces("\(access)struct \(name): BitwiseCopyable") { out in
                for member in members {
                    out.document(member.note.isEmpty ? member.name : member.note)
                    out.line("\(access)var \(SwiftNames.member(member.name)): \(swiftType(of: member))")
                }
                for member in type.members { constant(member, &out) }
                out.blank()
                let parameters = members.map { parameter(SwiftNames.member($0.name), swiftType(of: $0)) }
                out.inlinable()
                out.function("init", parameters, "") { out in
                    for member in members {
                        let name = SwiftNames.member(member.name)
                        out.line("self.\(plain(name)) = \(name)")
                    }
                }
                out.blank()
                out.document("Reads the members of the composite at `offset`")
                out.inlinable()
                out.braces("\(access)init(_ block: SbeBlock, at offset: Int)") { out in
                    for member in members {
                        let place = member.offset == 0 ? "offset" : "offset + \(member.offset)"
                        let value = read(member.type, member.type.presence, at: place)
                        let guarded =
                            member.sinceVersion > 0
                            ? "block.version >= \(member.sinceVersion) ? \(value) : nil" : value
                        out.line("\(SwiftNames.member(member.name)) = \(guarded)")
                    }
                    if members.isEmpty { out.line("_ = (block, offset)") }
                }
                out.blank()
                out.document(
                    "Puts the members at `offset`",
                    "- Throws: `SbeError` when one of them can't be said on the wire."
                )
                out.inlinable()
                out.braces("\(access)func put(into draft: SbeDraft, at offset: Int) throws(SbeError)") { out in
                    for member in members {
                        let place = member.offset == 0 ? "offset" : "offset + \(member.offset)"
                        let isOptional = swiftType(of: member).hasSuffix("?")
                        for text in write(member.type, SwiftNames.member(member.name), isOptional, at: place) {
                            out.line(text)
                        }
                    }
                }
            }
        }
    }

    private func constant(_ member: SbeCompositeType.Member, _ out: inout SwiftText) {
        guard case .scalar(let type) = member.type, let value = type.constant else { return }
        out.document(member.note.isEmpty ? member.name : member.note, "The same in every message.")
        constantProperty(SwiftNames.member(member.name), value, type, &out)
    }

    /// A static property with the value of a constant.
    func constantProperty(_ name: String, _ value: SbeConstant, _ type: SbeScalarType?, _ out: inout SwiftText) {
        switch value {
        case .integer(let value):
            let swift = type.map { Self.integerName($0.primitive) } ?? "Int"
            out.property(name, swift, isStatic: true, SwiftNames.literal(value))
        case .float(let value):
            out.property(name, type?.primitive == .float ? "Float" : "Double", isStatic: true, "\(value)")
        case .text(let text): out.property(name, "String", isStatic: true, SwiftNames.quoted(text))
        }
    }

    private func swiftType(of member: SbeCompositeType.Member) -> String {
        let type = swiftType(member.type, member.type.presence)
        return member.sinceVersion > 0 && !type.hasSuffix("?") ? type + "?" : type
    }

    func since(_ version: Int) -> String { version > 0 ? "Since version \(version)." : "" }

    /// A name without the marks that make a keyword usable.
    func plain(_ name: String) -> String { name.filter { $0 != "`" } }

    /// A parameter, left out by default when it may be none.
    func parameter(_ name: String, _ type: String) -> String {
        type.hasSuffix("?") ? "\(name): \(type) = nil" : "\(name): \(type)"
    }
}
