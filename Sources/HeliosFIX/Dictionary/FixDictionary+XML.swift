// SPDX-License-Identifier: MIT

extension FixDictionary {
    /// The dictionary in the XML form that QuickFIX and its relatives read.
    ///
    /// Components are written where they stand: the form is larger, and says the same. A dictionary over FIXT.1.1 is written with the
    /// messages of the session; such peers want the two apart.
    public func xml() -> String { FixXML(specification).text }
}

/// Writes a specification as XML.
private struct FixXML {
    fileprivate var text = ""
    fileprivate let specification: FixSpecification
    fileprivate let names: [FixTag: String]
    fileprivate let components: [String: [FixSpecification.Member]]

    init(_ specification: FixSpecification) {
        self.specification = specification
        names = Dictionary(specification.fields.map { ($0.tag, $0.name) }, uniquingKeysWith: { first, _ in first })
        components = Dictionary(
            specification.components.map { ($0.name, $0.members) },
            uniquingKeysWith: { first, _ in first }
        )
        write()
    }

    fileprivate mutating func write() {
        let digits = specification.name.split(whereSeparator: { !$0.isNumber })
        let major = digits.first ?? "0"
        let minor = digits.dropFirst().first ?? "0"
        let pack = digits.dropFirst(2).first ?? "0"
        let type = specification.name.hasPrefix("FIXT") ? "FIXT" : "FIX"
        text += "<fix type='\(type)' major='\(major)' minor='\(minor)' servicepack='\(pack)'>\n <header>\n"
        write(specification.header, depth: 2)
        text += " </header>\n <messages>\n"
        for message in specification.messages {
            let kind = message.type.isSession ? "admin" : "app"
            text +=
                "  <message name=\(quoted(message.name)) msgtype=\(quoted(message.type.description)) msgcat='\(kind)'>\n"
            write(message.members, depth: 3)
            text += "  </message>\n"
        }
        text += " </messages>\n <trailer>\n"
        write(specification.trailer, depth: 2)
        text += " </trailer>\n <components/>\n <fields>\n"
        for field in specification.fields { write(field) }
        text += " </fields>\n</fix>\n"
    }
}

extension FixXML {
    fileprivate mutating func write(_ members: [FixSpecification.Member], depth: Int) {
        // A component within itself is refused when a dictionary is made; this is the bound nevertheless.
        guard depth < 32 else { return }
        let indent = String(repeating: " ", count: min(depth, 12))
        for member in members {
            switch member {
            case .field(let tag, let isRequired):
                text += "\(indent)<field name=\(quoted(name(tag))) required='\(isRequired ? "Y" : "N")'/>\n"
            case .component(let name, _): write(components[name] ?? [], depth: depth)
            case .group(let tag, let isRequired, let members):
                text += "\(indent)<group name=\(quoted(name(tag))) required='\(isRequired ? "Y" : "N")'>\n"
                write(members, depth: depth + 1)
                text += "\(indent)</group>\n"
            }
        }
    }

    fileprivate mutating func write(_ field: FixSpecification.Field) {
        let opening = "  <field number='\(field.tag)' name=\(quoted(field.name)) type='\(field.type.rawValue)'"
        guard !field.values.isEmpty else {
            text += opening + "/>\n"
            return
        }
        text += opening + ">\n"
        for value in field.values {
            text += "   <value enum=\(quoted(value.text)) description=\(quoted(value.label))/>\n"
        }
        text += "  </field>\n"
    }

    private func name(_ tag: FixTag) -> String { names[tag] ?? tag.description }

    private func quoted(_ text: String) -> String {
        var result = "'"
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case "'": result += "&apos;"
            default: result.append(character)
            }
        }
        return result + "'"
    }
}
