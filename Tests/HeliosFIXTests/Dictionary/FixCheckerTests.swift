// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosWire
import Testing

/// What a dictionary says about a message in words: nil, or `reason:tag`.
func verdict(
    _ dictionary: FixDictionary,
    _ text: String,
    _ options: FixCheckOptions = .default
) throws -> String? {
    var scanner = FixScanner()
    var checker = FixChecker(dictionary, options: options)
    return try withFix(text) { bytes in
        let message = try scanner.scan(bytes)
        let rejection = checker.check(message)
        // A second look at the same message says the same: nothing is left from the first.
        #expect(checker.check(message) == rejection)
        return rejection.map { "\($0.reason.rawValue):\($0.tag.map(\.description) ?? "-")" }
    }
}

/// A message of a version with a good header.
private func order(_ builtin: FixBuiltin, _ type: String, _ body: String) -> String {
    let begin = builtin == .fix42 || builtin == .fix44 ? builtin.rawValue : "FIXT.1.1"
    return fixText("35=\(type)|34=2|49=TW|52=20260102-03:04:05|56=ISLD|" + body, begin: begin)
}

@Suite("FIX dictionary checks")
struct FixCheckerTests {
    static let versions: [FixBuiltin] = [.fix42, .fix44, .fix50sp2]
    private static let dictionaries = Dictionary(
        uniqueKeysWithValues: FixBuiltin.allCases.map { ($0, FixDictionary.builtin($0)) }
    )

    private func check(
        _ builtin: FixBuiltin,
        _ body: String,
        _ options: FixCheckOptions = .default,
        type: String = "D"
    ) throws -> String? {
        try verdict(#require(Self.dictionaries[builtin]), order(builtin, type, body), options)
    }

    /// A good order but for what `change` makes of it.
    private func body(_ builtin: FixBuiltin) -> String {
        builtin == .fix42
            ? "11=ID|21=3|40=2|44=10.5|54=1|55=INTC|38=100|60=20260102-03:04:05.123|"
            : "11=ID|21=3|40=2|44=10.5|54=1|55=INTC|38=100|60=20260102-03:04:05.123|18=6 G|"
    }

    @Test("a good order passes", arguments: FixBuiltin.allCases)
    func good(_ builtin: FixBuiltin) throws {
        #expect(try check(builtin, body(builtin)) == nil)
        #expect(try check(builtin, "112=x|", type: "0") == nil)
        #expect(try check(builtin, "", type: "0") == nil)
    }

    @Test("each kind of fault has its reason", arguments: versions)
    func reasons(_ builtin: FixBuiltin) throws {
        let good = body(builtin)
        func changed(_ a: String, _ b: String) throws -> String? {
            let text = good.replacing(a, with: b)
            #expect(text != good)
            return try check(builtin, text)
        }
        // 0: a tag that no version has, user-defined too.
        #expect(try check(builtin, good + "999=x|") == (builtin == .fix50sp2 ? "2:999" : "0:999"))
        #expect(try check(builtin, good + "4999=x|") == "0:4999")
        #expect(try check(builtin, good + "5001=x|") == "0:5001")
        #expect(try check(builtin, good + "9999999=x|") == "0:9999999")
        #expect(try check(builtin, good + "0=x|") == "0:0")
        // 1: of the body and of the header.
        #expect(try changed("54=1|", "") == "1:54")
        #expect(try changed("11=ID|", "") == "1:11")
        let dictionary = try #require(Self.dictionaries[builtin])
        #expect(try verdict(dictionary, order(builtin, "D", good).resealed("56=ISLD|", "")) == "1:56")
        // 2: a field of other messages.
        #expect(try check(builtin, good + "41=x|") == "2:41")
        // 4, 5, 6.
        #expect(try changed("55=INTC|", "55=|") == "4:55")
        #expect(try changed("54=1|", "54=?|") == "5:54")
        #expect(try changed("54=1|", "54=11|") == "6:54")
        #expect(try changed("38=100|", "38=+100|") == "6:38")
        #expect(try changed("44=10.5|", "44=10,5|") == "6:44")
        #expect(try changed("60=20260102-03:04:05.123|", "60=20260102-3:04:05|") == "6:60")
        #expect(try check(builtin, good + "18=G ?|") == (builtin == .fix42 ? "5:18" : "13:18"))
        #expect(try check(builtin, good + "114=J|") == "6:114")
        #expect(try check(builtin, good + "200=202613|") == "6:200")
        // 13.
        #expect(try check(builtin, good + "11=ID|") == "13:11")
        // 14: a field of the header in the body, one of the body or the header behind the trailer.
        #expect(try check(builtin, good + "50=x|") == "14:50")
        #expect(try check(builtin, good + "93=1|89=x|58=y|") == "14:58")
        #expect(try check(builtin, good + "93=1|89=x|50=y|") == "14:50")
        // 11.
        #expect(try check(builtin, good, type: "ZZ") == "11:-")
    }

    @Test("entries of groups are counted, whatever number is claimed", arguments: versions)
    func groups(_ builtin: FixBuiltin) throws {
        let request = "262=R|263=1|264=0|265=0|"
        func verdict(_ tail: String, _ options: FixCheckOptions = .default) throws -> String? {
            try check(builtin, request + tail, options, type: "V")
        }
        #expect(try verdict("267=2|269=0|269=1|146=1|55=A|") == nil)
        #expect(try verdict("267=3|269=0|269=1|146=1|55=A|") == "16:267")
        #expect(try verdict("267=1|269=0|269=1|146=1|55=A|") == "16:267")
        #expect(try verdict("267=0|269=0|146=1|55=A|") == "16:267")
        #expect(try verdict("267=x|269=0|146=1|55=A|") == "6:267")
        #expect(try verdict("267=1|269=0|146=1|55=A|55=B|") == "16:146")
        // Another field of the entry before the one that opens it: it is an entry all the same.
        #expect(try verdict("267=1|269=0|146=2|65=WI|55=A|") == (builtin == .fix42 ? "1:55" : nil))
        #expect(try verdict("267=1|269=0|146=1|65=WI|55=A|", .asQuickFix) == (builtin == .fix42 ? "1:55" : "16:146"))
        // A member outside of its group.
        #expect(try verdict("267=1|269=0|146=1|55=A|58=x|269=0|") == "2:58")
        #expect(try verdict("269=0|267=1|269=0|146=1|55=A|") == "2:269")
        // Values in entries.
        #expect(try verdict("267=1|269=~|146=1|55=A|") == "5:269")
        #expect(try verdict("267=1|269=0|146=1|55=|") == "4:55")
        // The same counter again.
        #expect(try verdict("267=1|269=0|146=1|55=A|267=1|269=0|") == "13:267")
        // The order of members, when it is asked for.
        #expect(try verdict("267=1|269=0|146=1|55=A|48=x|65=WI|22=4|") == nil)
        #expect(
            try verdict("267=1|269=0|146=1|55=A|48=x|65=WI|22=4|", [.default, .groupOrder])
                == "15:65"
        )
    }

    @Test("groups in groups, and in the header")
    func nested() throws {
        let fix44 = try #require(Self.dictionaries[.fix44])
        let good = body(.fix44)
        #expect(try check(.fix44, good + "453=2|448=A|447=D|452=1|802=2|523=x|803=1|523=y|448=B|") == nil)
        #expect(try check(.fix44, good + "453=2|448=A|447=D|452=1|802=1|523=x|803=1|523=y|448=B|") == "16:802")
        #expect(try check(.fix44, good + "453=1|448=A|802=1|523=x|448=B|802=0|") == "16:453")
        #expect(try check(.fix44, good + "453=1|448=A|448=B|802=7|") == "16:453")
        let header = "35=0|34=2|49=TW|52=20260102-03:04:05|56=ISLD|627=2|628=A|629=20260102-03:04:05|628=B|"
        #expect(try verdict(fix44, fixText(header)) == nil)
        #expect(try verdict(fix44, fixText(header.replacing("627=2", with: "627=1"))) == "16:627")
        #expect(try verdict(fix44, fixText(header.replacing("629=2026", with: "629=x026"))) == "6:629")
    }

    @Test("of several faults the one is told that QuickFIX tells")
    func precedence() throws {
        let good = body(.fix44)
        // Order before all.
        #expect(try check(.fix44, "11=|58=|58=|50=x|7777=x|") == "14:50")
        // Required before what is wrong with fields, the smallest tag first.
        #expect(try check(.fix44, "54=?|7777=x|") == "1:11")
        // The header's fields before the body's.
        #expect(try check(.fix44, good.replacing("54=1", with: "54=?") + "43=z|", []) == "6:43")
        // The smallest tag first.
        #expect(try check(.fix44, good.replacing("44=10.5", with: "44=") + "11=ID|") == "13:11")
        #expect(try check(.fix44, good.replacing("44=10.5", with: "44=").replacing("54=1", with: "54=?")) == "4:44")
        // Of one field: twice, no value, format, value, number, message.
        #expect(try check(.fix44, good + "54=?|") == "13:54")
        #expect(try check(.fix44, good + "41=|") == "4:41")
        #expect(try check(.fix44, good + "7=x|") == "6:7")
    }

    @Test("what is looked at can be chosen", arguments: versions)
    func options(_ builtin: FixBuiltin) throws {
        let good = body(builtin)
        let all = FixCheckOptions.default
        #expect(try check(builtin, good + "5001=x|", all.subtracting(.userFields)) == nil)
        #expect(try check(builtin, good + "4999=x|", all.subtracting(.userFields)) == "0:4999")
        #expect(try check(builtin, good + "4999=x|41=y|", all.subtracting(.fields)) == nil)
        #expect(try check(builtin, good + "50=x|", all.subtracting(.order)) == nil)
        #expect(try check(builtin, "58=x|", all.subtracting(.required)) == nil)
        #expect(try check(builtin, good + "58=|", all.subtracting(.values)) == nil)
        #expect(try check(builtin, good.replacing("54=1", with: "54=?"), all.subtracting(.enumerations)) == nil)
        #expect(try check(builtin, good + "200=x|", .asQuickFix) == nil)
        #expect(try check(builtin, good.replacing("54=1", with: "54=??"), all.subtracting(.enumerations)) == "6:54")
    }

    @Test("required members of an optional group's entries are asked for, unless it is done as QuickFIX does")
    func requiredMembers() throws {
        // NoSecurityAltID and others have none; 4.2's list of quote sets has.
        let text = "117=Q|296=1|302=S|304=1|295=1|299=E|"
        #expect(try check(.fix42, text, type: "i") == "1:311")
        let small = try FixDictionary(text: smallDictionary.replacing("component Desks!", with: "component Desks"))
        let message = fixText("35=UD|34=2|49=A|52=20260102-03:04:05|56=B|58=x|70003=1|70002=A|")
        #expect(try verdict(small, message) == "1:70001")
        #expect(try verdict(small, message, .asQuickFix) == nil)
        let strict = try FixDictionary(text: smallDictionary)
        #expect(try verdict(strict, message, .asQuickFix) == "1:70001")
    }

    @Test("a dictionary of one's own: far tags, long values, lists of values")
    func own() throws {
        let dictionary = try FixDictionary(text: smallDictionary)
        func check(_ tail: String) throws -> String? {
            try verdict(dictionary, fixText("35=UD|34=2|49=A|52=20260102-03:04:05|56=B|58=x|" + tail))
        }
        #expect(try check("70003=1|70001=a|70002=#|") == nil)
        #expect(try check("70003=1|70001=a|70002=X|") == "5:70002")
        #expect(try check("70003=1|70001=a|70004=2|70005=ONE|70005=ONE TWO|") == nil)
        #expect(try check("70003=1|70001=a|70004=1|70005=ONE TWO ONE|") == nil)
        #expect(try check("70003=1|70001=a|70004=1|70005=ONE  TWO|") == "5:70005")
        #expect(try check("70003=1|70001=a|70004=1|70005=THREE|") == "5:70005")
        #expect(try check("70003=1|70001=a|70004=1|70005=THREE-AND-MORE|") == "5:70005")
        #expect(try check("70006=1|") == "1:70003")
        #expect(try check("70003=0|70006=1|") == "0:70006")
        #expect(dictionary.label(70_005, "ONE TWO") == "one two")
    }
}

extension String {
    /// The message with a part replaced, and its length and sum put right.
    func resealed(_ old: String, _ new: String) -> String {
        let changed = replacing(old, with: new)
        let parts = changed.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return fixText(parts[2..<(parts.count - 2)].joined(separator: "|") + "|", begin: String(parts[0].dropFirst(2)))
    }
}
