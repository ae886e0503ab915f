// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import Testing

@Suite("SBE: schemas that are refused")
struct SbeSchemaErrorTests {
    private static let header = """
        <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/>\
        <type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/>\
        <type name="version" primitiveType="uint16"/></composite>\
        <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/>\
        <type name="numInGroup" primitiveType="uint8"/></composite>
        """

    /// A schema of version 2 with these types on line 4 and this content of a message on line 7.
    private static func schema(types: String = "", message: String = "", attributes: String = "") -> String {
        """
        <?xml version="1.0"?>
        <m:messageSchema xmlns:m="http://fixprotocol.io/2016/sbe" package="t" id="1" version="2"><types>
        \(header)
        \(types)
        </types>
        <m:message name="M" id="1" \(attributes)>
        \(message)
        </m:message>
        </m:messageSchema>
        """
    }

    private func errors(_ xml: String, load: ((String) throws -> Data)? = nil) -> [SbeSchemaError] {
        do throws(SbeSchemaErrors) {
            _ = try SbeModel(xml: Data(xml.utf8), load: load)
            return []
        } catch {
            return error.errors
        }
    }

    @Test("the schema that the faults are put into has none")
    func sound() {
        #expect(errors(Self.schema()) == [])
        #expect(errors(Self.schema(message: "<field name=\"a\" id=\"1\" type=\"int8\"/>")) == [])
    }

    @Test(
        "a fault in a type is named with its element, attribute and line",
        arguments: [
            (#"<type name="a" primitiveType="int9"/>"#, .unknown, "type 'a'", "primitiveType"),
            (#"<type name="a"/>"#, .missing, "type 'a'", "primitiveType"),
            (#"<type primitiveType="int8"/>"#, .missing, "type", "name"),
            (#"<type name="1a" primitiveType="int8"/>"#, .malformed, "type '1a'", "name"),
            (#"<type name="a" primitiveType="int8" length="x"/>"#, .malformed, "type 'a'", "length"),
            (#"<type name="a" primitiveType="int8" presence="maybe"/>"#, .malformed, "type 'a'", "presence"),
            (#"<type name="a" primitiveType="int8" nullValue="200"/>"#, .range, "type 'a'", "nullValue"),
            (#"<type name="a" primitiveType="int8" minValue="5" maxValue="4"/>"#, .range, "type 'a'", "minValue"),
            (#"<type name="a" primitiveType="int8" presence="constant"/>"#, .missing, "type 'a'", nil),
            (#"<type name="a" primitiveType="int8" presence="constant">300</type>"#, .range, "type 'a'", nil),
            (
                #"<type name="a" primitiveType="int8"/>"#
                    + #"<type name="a" primitiveType="int8"/>"#,
                .duplicate, "type 'a'", "name"
            ),
            (#"<enum name="e"/>"#, .missing, "enum 'e'", "encodingType"),
            (#"<enum name="e" encodingType="float"/>"#, .malformed, "enum 'e'", "encodingType"),
            (#"<enum name="e" encodingType="e"/>"#, .cycle, "enum 'e'", "encodingType"),
            (
                #"<enum name="e" encodingType="uint8"><validValue name="v">256</validValue>"#
                    + #"</enum>"#,
                .range, "validValue 'v'", nil
            ),
            (
                #"<enum name="e" encodingType="uint8"><validValue name="v">255</validValue>"#
                    + #"</enum>"#,
                .range, "validValue 'v'", nil
            ),
            (
                #"<enum name="e" encodingType="char"><validValue name="v">ab</validValue>"#
                    + #"</enum>"#,
                .range, "validValue 'v'", nil
            ),
            (
                #"<enum name="e" encodingType="uint8"><validValue name="v">1</validValue>"#
                    + #"<validValue name="w">1</validValue></enum>"#,
                .duplicate, "validValue 'w'", nil
            ),
            (#"<set name="s" encodingType="uint8"><choice name="c">8</choice></set>"#, .range, "choice 'c'", nil),
            (#"<set name="s" encodingType="int8"/>"#, .malformed, "set 's'", "encodingType"),
            (
                #"<set name="s" encodingType="uint8"><choice name="c">1</choice><choice name="d">1</choice></set>"#,
                .duplicate, "choice 'd'", nil
            ),
            (#"<composite name="c"/>"#, .missing, "composite 'c'", nil),
            (#"<composite name="c"><ref name="r" type="c"/></composite>"#, .cycle, "ref 'r'", "type"),
            (
                #"<composite name="c"><ref name="r" type="d"/></composite><composite name="d">"#
                    + #"<ref name="q" type="c"/></composite>"#,
                .cycle, "ref 'q'", "type"
            ),
            (#"<composite name="c"><ref name="r" type="nothing"/></composite>"#, .unknown, "ref 'r'", "type"),
            (
                #"<composite name="c"><type name="a" primitiveType="int32"/>"#
                    + #"<type name="b" primitiveType="int8" offset="3"/></composite>"#,
                .overlap, "type 'b'", "offset"
            ),
            (
                #"<composite name="c"><type name="a" primitiveType="int32"/>"#
                    + #"<type name="a" primitiveType="int8"/></composite>"#,
                .duplicate, "type 'a'", "name"
            ),
            (#"<type name="a" primitiveType="int8"/><colour name="b"/>"#, .order, "colour 'b'", nil),
        ] as [(String, SbeSchemaError.Code, String, String?)]
    )
    func types(_ xml: String, _ code: SbeSchemaError.Code, _ element: String, _ attribute: String?) throws {
        let errors = errors(Self.schema(types: xml))
        let first = try #require(errors.first)
        #expect(first.code == code && first.element == element && first.attribute == attribute, "\(errors)")
        #expect(first.line == 4 && first.column > 0)
    }

    @Test(
        "a fault in a message is named with its element, attribute and line",
        arguments: [
            (#"<field name="a" id="1" type="none"/>"#, .unknown, "field 'a'", "type"),
            (#"<field name="a" id="1"/>"#, .missing, "field 'a'", "type"),
            (#"<field name="a" type="int8"/>"#, .missing, "field 'a'", "id"),
            (
                #"<field name="a" id="1" type="int8"/>"#
                    + #"<field name="b" id="1" type="int8"/>"#,
                .duplicate, "field 'b'", "id"
            ),
            (
                #"<field name="a" id="1" type="int8"/>"#
                    + #"<field name="a" id="2" type="int8"/>"#,
                .duplicate, "field 'a'", "name"
            ),
            (
                #"<field name="a" id="1" type="int32" offset="4"/><field name="b" id="2" type="int8" offset="7"/>"#,
                .overlap, "field 'b'", "offset"
            ),
            (#"<field name="a" id="1" type="int8" sinceVersion="3"/>"#, .version, "field 'a'", "sinceVersion"),
            (
                #"<field name="a" id="1" type="int8" sinceVersion="2"/>"#
                    + #"<field name="b" id="2" type="int8" sinceVersion="1"/>"#,
                .version, "field 'b'", "sinceVersion"
            ),
            (
                #""#
                    + #"<field name="a" id="1" type="int8" presence="constant" valueRef="E.v"/>"#,
                .unknown, "field 'a'", "valueRef"
            ),
            (#"<field name="a" id="1" type="int8" presence="constant"/>"#, .missing, "field 'a'", "valueRef"),
            (
                #"<group name="g" id="1"/><field name="a" id="2" type="int8"/>"#,
                .order, "field 'a'", nil
            ),
            (#"<group name="g" id="1" dimensionType="none"/>"#, .unknown, "group 'g'", "dimensionType"),
            (
                #"<group name="g" id="1" blockLength="1"><field name="a" id="2" type="int16"/></group>"#,
                .blockLength, "group 'g'", "blockLength"
            ),
            (#"<data name="d" id="1" type="groupSizeEncoding"/>"#, .malformed, "data 'd'", "type"),
            (#"<thing name="d"/>"#, .order, "thing 'd'", nil),
        ] as [(String, SbeSchemaError.Code, String, String?)]
    )
    func messages(_ xml: String, _ code: SbeSchemaError.Code, _ element: String, _ attribute: String?) throws {
        let errors = errors(Self.schema(message: xml))
        let first = try #require(errors.first)
        #expect(first.code == code && first.element == element && first.attribute == attribute, "\(errors)")
        #expect(first.line == 7 && first.column > 0)
    }

    @Test("a block length below the end of the fields is refused, one above leaves room")
    func blockLength() throws {
        let field = #"<field name="a" id="1" type="int32"/>"#
        let first = try #require(errors(Self.schema(message: field, attributes: "blockLength=\"3\"")).first)
        #expect(first.code == .blockLength && first.element == "message 'M'" && first.line == 6)
        let xml = Self.schema(message: field, attributes: "blockLength=\"16\"")
        #expect(try SbeModel(xml: Data(xml.utf8)).messages[0].block.length == 16)
    }

    @Test("two messages with one template id, and a schema without its header, are refused")
    func schemaFaults() {
        let twice = Self.schema().replacingOccurrences(
            of: "</m:messageSchema>",
            with: "<m:message name=\"N\" id=\"1\"/></m:messageSchema>"
        )
        #expect(errors(twice).map(\.code) == [.duplicate])
        #expect(errors("<messageSchema id=\"1\"/>").map(\.code) == [.unknown])
        #expect(errors("<messageSchema/>").map(\.attribute) == ["id", "headerType"])
        #expect(errors("<other/>").map(\.code) == [.unknown])
        #expect(errors("<messageSchema id=\"1\"").map(\.code) == [.xml])
        #expect(errors("").map(\.code) == [.xml])
    }

    @Test("a document type declaration, and elements without end within each other, are refused")
    func bombs() {
        let entities = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]>"
        let bomb = entities + "<messageSchema id=\"1\">&c;</messageSchema>"
        #expect(errors(bomb).map(\.code) == [.xml])
        #expect(errors(String(repeating: "<types>", count: 1_000)).map(\.code) == [.limit])
        // Each composite holds the one before twice.
        var types = #"<composite name="c0"><type name="a" primitiveType="int8"/></composite>"#
        for level in 1...40 {
            let inner = "<ref name=\"x\" type=\"c\(level - 1)\"/><ref name=\"y\" type=\"c\(level - 1)\"/>"
            types += "<composite name=\"c\(level)\">\(inner)</composite>"
        }
        #expect(errors(Self.schema(types: types)).first?.code == .limit)
    }

    @Test("every fault is reported, not only the first")
    func all() {
        let errors = errors(
            Self.schema(types: #"<type name="a"/>"#, message: #"<field name="b" id="x" type="int8"/><thing/>"#)
        )
        #expect(errors.map(\.code) == [.missing, .order, .malformed])
    }

    // MARK: Includes

    @Test("types come from a file that the schema includes")
    func include() throws {
        let xml = """
            <messageSchema id="1"><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="types.xml"/>
            <message name="M" id="1"><field name="a" id="1" type="Code"/></message></messageSchema>
            """
        let types = "<types>\(Self.header)<type name=\"Code\" primitiveType=\"char\" length=\"3\"/></types>"
        let model = try SbeModel(xml: Data(xml.utf8)) { href in
            #expect(href == "types.xml")
            return Data(types.utf8)
        }
        #expect(model.messages[0].block.length == 3)
        #expect(errors(xml).map(\.code) == [.include])
        let failing = errors(xml) { _ in throw CocoaError(.fileNoSuchFile) }
        #expect(failing.map(\.code) == [.include] && failing.first?.attribute == "href")
    }

    @Test("a file that includes itself is refused")
    func includeCycle() {
        let xml = "<messageSchema id=\"1\"><include href=\"a\"/></messageSchema>"
        #expect(errors(xml) { _ in Data(xml.utf8) }.map(\.code) == [.limit])
    }

    @Test("damaged schemas are refused or read, and never more", arguments: [1, 2, 3, 4] as [UInt64])
    func noise(_ seed: UInt64) throws {
        let whole = [UInt8](try Data(contentsOf: Repository.file("Schemas/examples/garage.xml")))
        var random = SchemaRandom(seed)
        var refused = 0
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = UInt8(0x20 + random.below(0x5F))
                case 1: bytes.remove(at: place)
                default: bytes.removeSubrange(place..<min(place + random.below(80), bytes.count))
                }
            }
            do throws(SbeSchemaErrors) {
                let model = try SbeModel(xml: Data(bytes))
                _ = SbeSwiftGenerator(model).text()
            } catch {
                refused += error.errors.isEmpty ? 0 : 1
            }
        }
        #expect(refused > 30, "seed \(seed)")
    }
}
