// SPDX-License-Identifier: MIT
import HeliosFIX
import Testing

/// A small dictionary in the text form.
let smallDictionary = """
    # What a test needs.
    dictionary FIX.4.4
    field 8 BeginString STRING
    field 9 BodyLength LENGTH
    fields STRING 35 MsgType 49 SenderCompID 56 TargetCompID 10 CheckSum 58 Text
    field 34 MsgSeqNum SEQNUM
    field 52 SendingTime UTCTIMESTAMP
    field 93 SignatureLength LENGTH
    field 89 Signature DATA
    field 70001 DeskName STRING
    field 70002 DeskKind CHAR
    enum 70002 A AGENCY P PRINCIPAL "#" "OTHER KIND"
    field 70003 NoDesks NUMINGROUP
    field 70004 NoTags NUMINGROUP
    field 70005 DeskTag MULTIPLESTRINGVALUE
    enum DeskTag ONE one TWO two "A VALUE OF MORE" long
    header
      8! 9! 35! SenderCompID! TargetCompID! 34! 52!
    end
    trailer
      93 89 10!
    end
    component Desks
      group NoDesks!
        DeskName! DeskKind
        group NoTags
          DeskTag
        end
      end
    end
    message UD Desk   # of users
      Text!
      component Desks!
    end
    """

@Suite("FIX dictionaries as text")
struct FixSpecificationTests {
    @Test("what is written is read again", arguments: [FixSpecification.Style.names, .numbers])
    func roundTrip(_ style: FixSpecification.Style) throws {
        let small = try FixSpecification(text: smallDictionary)
        #expect(try FixSpecification(text: small.text(style)) == small)
        #expect(small.messages.count == 1 && small.fields.count == 16 && small.version == .fix44)
        for builtin in FixBuiltin.allCases {
            let specification = try FixSpecification.builtin(builtin)
            let again = try FixSpecification(text: specification.text(style))
            #expect(again == specification)
        }
    }

    @Test("names and labels")
    func names() throws {
        let dictionary = FixDictionary.builtin(.fix44)
        #expect(dictionary.name(of: FixTag.clOrdID) == "ClOrdID")
        #expect(dictionary.name(of: FixMsgType.newOrderSingle) == "NewOrderSingle")
        #expect(dictionary.label(.side, "1") == "BUY")
        #expect(dictionary.label(.msgType, "8") == "ExecutionReport")
        #expect(dictionary.label(.side, "?") == nil && dictionary.label(.clOrdID, "1") == nil)
        #expect(dictionary.label(.execInst, "G 6") == "ALL_OR_NONE PARTICIPATE_DO_NOT_INITIATE")
        let unknown = try #require(FixMsgType("ZZ"))
        #expect(dictionary.knows(.executionReport) && !dictionary.knows(unknown))
        #expect(dictionary.isHeader(.sendingTime) && dictionary.isTrailer(.checkSum) && !dictionary.isHeader(.text))
    }

    @Test("the versions over FIXT.1.1 have its session messages and header")
    func combined() throws {
        for builtin in [FixBuiltin.fix50, .fix50sp2] {
            let dictionary = FixDictionary.builtin(builtin)
            #expect(dictionary.specification.version == .fixt11)
            #expect(dictionary.specification.session == "FIXT.1.1")
            #expect(dictionary.knows(.logon) && dictionary.knows(.newOrderSingle))
            #expect(dictionary.isHeader(1_128))
        }
    }

    /// A text that is wrong, and what is said about it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var code: FixSpecificationError.Code
        var line: Int
        var column: Int
        var nearest: String?
        var testDescription: String { text.replacing("\n", with: "⏎") }

        init(_ text: String, _ code: FixSpecificationError.Code, _ line: Int, _ column: Int, _ nearest: String? = nil) {
            (self.text, self.code, self.line, self.column, self.nearest) = (text, code, line, column, nearest)
        }
    }

    @Test(
        "a mistake is told with its line, its column and the nearest name",
        arguments: [
            Mistake("", .syntax, 1, 1),
            Mistake("dictionary", .syntax, 1, 11),
            Mistake("dictionary X under Y", .syntax, 1, 14),
            Mistake("dictionary X\nfeild 1 A INT", .syntax, 2, 1, "field"),
            Mistake("dictionary X\nfield 0 A INT", .value, 2, 7),
            Mistake("dictionary X\nfield 1 A INTT", .value, 2, 11, "INT"),
            Mistake("dictionary X\nfield 1 A INT\nfield 1 B INT", .duplicate, 3, 11),
            Mistake("dictionary X\nfield 1 A INT\nfield 2 A INT", .duplicate, 3, 11),
            Mistake("dictionary X\nfield 1 Account INT\nmessage D M\n  Acount!\nend", .unknown, 4, 3, "Account"),
            Mistake("dictionary X\nmessage D M\n  7\nend", .unknown, 3, 3),
            Mistake("dictionary X\nmessage D M\nend\nmessage D N\nend", .duplicate, 4, 9),
            Mistake("dictionary X\nmessage 123456789 M\nend", .value, 2, 9),
            Mistake("dictionary X\nmessage D M", .syntax, 2, 1),
            Mistake("dictionary X\nfield 1 A INT\nmessage D M\n group A\n end\nend", .syntax, 5, 2),
            Mistake("dictionary X\ncomponent Party\nend\nmessage D M\n component Prty!\nend", .unknown, 5, 12, "Party"),
            Mistake("dictionary X\nfield 1 A INT\nenum 1 \"x", .syntax, 3, 8),
            Mistake("dictionary X\nfield 1 A INT\nenum 1 x", .syntax, 3, 9),
            Mistake("dictionary X\nheader\nend end", .syntax, 3, 5),
        ]
    )
    func mistakes(_ mistake: Mistake) throws {
        let error = try #require(throws: FixSpecificationError.self) { _ = try FixSpecification(text: mistake.text) }
        #expect(error.code == mistake.code && error.nearest == mistake.nearest, "\(error)")
        #expect(error.line == mistake.line && error.column == mistake.column, "\(error)")
    }

    @Test("what can't become tables is refused: no header, loops, too deep, too much")
    func refused() throws {
        func code(_ change: (inout FixSpecification) -> Void) throws -> FixSpecificationError.Code? {
            var specification = try FixSpecification(text: smallDictionary)
            change(&specification)
            do {
                _ = try FixDictionary(specification)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(try code { _ in } == nil)
        #expect(try code { $0.header = [] } == .unknown)
        #expect(try code { $0.components.append(.init("Desks")) } == .duplicate)
        #expect(try code { $0.components[0].members.append(.component("Desks", isRequired: true)) } == .bound)
        #expect(try code { $0.components[0].members.append(.component("Dessk", isRequired: true)) } == .unknown)
        #expect(try code { $0.messages[0].members.append(.field(4_711, isRequired: true)) } == .unknown)
        #expect(try code { $0.messages.append($0.messages[0]) } == .duplicate)
        #expect(try code { $0.trailer.append($0.header[0]) } == .duplicate)
        #expect(try code { $0.messages[0].members.append(.group(58, isRequired: false, [])) } == .value)
        #expect(
            try code {
                var member = FixSpecification.Member.field(58, isRequired: false)
                for _ in 0..<20 { member = .group(70_003, isRequired: false, [member]) }
                $0.messages[0].members.append(member)
            } == .bound
        )
        #expect(
            try code {
                for tag in 1_000..<6_000 as Range<UInt32> {
                    $0.fields.append(.init(FixTag(rawValue: tag), "F\(tag)", .int))
                    $0.messages[0].members.append(.field(FixTag(rawValue: tag), isRequired: false))
                }
            } == .bound
        )
    }
}
