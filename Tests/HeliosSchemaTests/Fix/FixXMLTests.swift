// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosSchema
import Testing

/// A small dictionary in QuickFIX's form.
private let small = """
    <?xml version='1.0' encoding='UTF-8'?>
    <!-- What a test needs. -->
    <fix type='FIX' major='4' minor='4' servicepack='0'>
      <header>
        <field name='BeginString' required='Y'/>
        <field name='BodyLength' required='Y'/>
        <field name='MsgType' required='Y'/>
      </header>
      <messages>
        <message name='Desk' msgtype='UD' msgcat='app'>
          <field name='Text' required='N'/>
          <component name='Desks' required='Y'/>
        </message>
      </messages>
      <trailer><field name='CheckSum' required='Y'/></trailer>
      <components>
        <component name='Desks'>
          <group name='NoDesks' required='N'>
            <field name='DeskName' required='Y'/>
            <group name='NoKinds' required='N'><field name='Kind' required='N'/></group>
          </group>
        </component>
        <component name='Empty'/>
      </components>
      <fields>
        <field number='8' name='BeginString' type='STRING'/>
        <field number='9' name='BodyLength' type='LENGTH'/>
        <field number='35' name='MsgType' type='STRING'/>
        <field number='10' name='CheckSum' type='STRING'/>
        <field number='58' name='Text' type='String'/>
        <field number='7001' name='NoDesks' type='NUMINGROUP'/>
        <field number='7002' name='DeskName' type='SHORTNAME'/>
        <field number='7003' name='NoKinds' type='NUMINGROUP'/>
        <field number='7004' name='Kind' type='CHAR'>
          <value enum='A' description='AGENCY'/>
          <value enum='&lt;' description='LESS &amp; MORE'/>
          <value enum='B'/>
        </field>
      </fields>
    </fix>
    """

/// A folder with the dictionaries of a QuickFIX installation.
private let quickfix: URL? = {
    let folder = ProcessInfo.processInfo.environment["HELIOS_QUICKFIX_XML"].map { URL(fileURLWithPath: $0) }
    return folder.flatMap {
        FileManager.default.fileExists(atPath: $0.appendingPathComponent("FIX44.xml").path) ? $0 : nil
    }
}()

@Suite("FIX dictionaries as XML")
struct FixXMLTests {
    @Test("fields, values, messages, components and groups are read")
    func read() throws {
        let specification = try FixSpecification(xml: Data(small.utf8))
        let expected = try FixSpecification(
            text: """
                dictionary FIX.4.4
                field 8 BeginString STRING
                field 9 BodyLength LENGTH
                field 10 CheckSum STRING
                field 35 MsgType STRING
                field 58 Text STRING
                field 7001 NoDesks NUMINGROUP
                field 7002 DeskName OTHER
                field 7003 NoKinds NUMINGROUP
                field 7004 Kind CHAR
                enum 7004 A AGENCY < "LESS & MORE" B B
                header
                  8! 9! 35!
                end
                trailer
                  10!
                end
                component Desks
                  group NoDesks
                    DeskName!
                    group NoKinds
                      Kind
                    end
                  end
                end
                component Empty
                end
                message UD Desk
                  Text
                  component Desks!
                end
                """
        )
        #expect(specification == expected)
        #expect(try FixDictionary(xml: Data(small.utf8)).name(of: #require(FixMsgType("UD"))) == "Desk")
    }

    /// A part of the text that is replaced, and what is said about it.
    struct Mistake: Sendable {
        var old: String
        var new: String
        var code: FixSpecificationError.Code
        var line: Int
        var nearest: String?

        init(_ old: String, _ new: String, _ code: FixSpecificationError.Code, _ line: Int, _ nearest: String? = nil) {
            (self.old, self.new, self.code, self.line, self.nearest) = (old, new, code, line, nearest)
        }
    }

    @Test(
        "a mistake is told with its line and the nearest name",
        arguments: [
            Mistake("</fix>", "", .syntax, 39),
            Mistake("<fix ", "<fux ", .syntax, 40),
            Mistake(" major='4'", "", .syntax, 3),
            Mistake("<header>", "<headr>", .syntax, 40),
            Mistake("<field name='Text'", "<field name='Txt'", .unknown, 11, "Text"),
            Mistake("<component name='Desks' r", "<component name='Desk' r", .unknown, 12, "Desks"),
            Mistake("<field name='Text' r", "<feld name='Text' r", .syntax, 11, "field"),
            Mistake("msgtype='UD' ", "", .syntax, 10),
            Mistake("msgtype='UD' ", "msgtype='123456789' ", .value, 10),
            Mistake("number='58'", "number='0'", .value, 30),
            Mistake("number='58'", "", .syntax, 30),
            Mistake("name='Kind' type", "name='Text' type", .duplicate, 34),
            Mistake("<messages>", "<massages></massages><messages>", .syntax, 9, "messages"),
        ]
    )
    func mistakes(_ mistake: Mistake) throws {
        let text = small.replacing(mistake.old, with: mistake.new)
        #expect(text != small)
        let error = try #require(throws: FixSpecificationError.self) { _ = try FixSpecification(xml: Data(text.utf8)) }
        #expect(error.code == mistake.code && error.nearest == mistake.nearest, "\(error)")
        #expect(error.line == mistake.line && error.column > 0, "\(error)")
    }

    @Test("what is no XML is refused, at every length of a good file")
    func cut() throws {
        let bytes = Array(small.utf8)
        for count in stride(from: 0, to: bytes.count - 8, by: 7) {
            #expect(throws: FixSpecificationError.self) { _ = try FixSpecification(xml: Data(bytes[..<count])) }
        }
        let deep = String(repeating: "<fix>", count: 200)
        #expect(throws: FixSpecificationError.self) { _ = try FixSpecification(xml: Data(deep.utf8)) }
    }

    @Test("a dictionary without header is put over FIXT.1.1")
    func application() throws {
        var text = small.replacing("type='FIX' major='4' minor='4'", with: "type='FIX' major='5' minor='0'")
        let header = try #require(text.range(of: "<header>")).lowerBound..<text.range(of: "</header>")!.upperBound
        text.removeSubrange(header)
        let dictionary = try FixDictionary(xml: Data(text.utf8))
        #expect(dictionary.specification.version == .fixt11 && dictionary.specification.name == "FIX.5.0")
        #expect(dictionary.knows(.logon) && dictionary.isHeader(.msgSeqNum))
    }

    @Test(
        "every dictionary of QuickFIX is read",
        .enabled(if: quickfix != nil, "HELIOS_QUICKFIX_XML names no folder with FIX44.xml")
    )
    func installed() throws {
        let folder = try #require(quickfix)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "xml" }
        #expect(files.count > 4)
        let session = try Data(contentsOf: folder.appendingPathComponent("FIXT11.xml"))
        for file in files {
            let dictionary = try FixDictionary(xml: Data(contentsOf: file), session: session)
            #expect(dictionary.knows(.logon), "\(file.lastPathComponent)")
            let text = dictionary.specification.text()
            #expect(try FixSpecification(text: text) == dictionary.specification)
        }
    }

    @Test(
        "the built-in dictionaries are those of QuickFIX but for what is known",
        .enabled(if: quickfix != nil, "HELIOS_QUICKFIX_XML names no folder with FIX44.xml"),
        arguments: [(FixBuiltin.fix42, "FIX42.xml"), (.fix44, "FIX44.xml")]
    )
    func compared(_ builtin: FixBuiltin, _ file: String) throws {
        let url = try #require(quickfix).appendingPathComponent(file)
        let theirs = try FixDictionary(xml: Data(contentsOf: url))
        let ours = FixDictionary.builtin(builtin)
        var shared = 0
        for message in theirs.specification.messages {
            let flatten = { (dictionary: FixDictionary) -> [FixTag: Bool] in
                dictionary.specification.messages.first { $0.type == message.type }.map {
                    dictionary.flat($0.members)
                } ?? [:]
            }
            let (a, b) = (flatten(theirs), flatten(ours))
            guard !b.isEmpty else { continue }
            shared += 1
            #expect(a == b, "\(message.name)")
        }
        #expect(shared > 40)
    }
}

extension FixDictionary {
    /// Every field of members, in components and groups too, and whether it is required.
    fileprivate func flat(_ members: [FixSpecification.Member]) -> [FixTag: Bool] {
        var result: [FixTag: Bool] = [:]
        for member in members {
            switch member {
            case .field(let tag, let isRequired): result[tag] = isRequired
            case .component(let name, let isRequired):
                guard let component = specification.components.first(where: { $0.name == name }) else { continue }
                for (tag, required) in flat(component.members) { result[tag] = required && isRequired }
            case .group(let tag, let isRequired, let members):
                result[tag] = isRequired
                for (tag, required) in flat(members) { result[tag] = required }
            }
        }
        return result
    }
}
