// SPDX-License-Identifier: MIT
import CProbe
import HeliosFIX
import HeliosWire
import Testing

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

/// An execution report as a venue sends it: 28 fields, 270 bytes or so.
let executionReport = fixText(
    "35=8|34=10245|49=EXCHANGE|52=20260102-14:30:05.123456|56=TRADER01|37=ORD-000918273|17=EXEC-00561234|11=CL-20260102-77|"
        + "41=CL-20260102-76|150=F|39=1|1=ACCOUNT-7|55=AAPL|54=1|38=1000|40=2|44=187.25|59=0|32=200|31=187.24|151=800|14=200|"
        + "6=187.24|60=20260102-14:30:05.123|30=XNAS|58=ok|"
)

@Suite("FIX dictionary checks allocate nothing", .serialized)
struct FixCheckerAllocationTests {
    @Test(
        "good and bad messages, groups too",
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func nothing() throws {
        let dictionary = FixDictionary.builtin(.fix44)
        var scanner = FixScanner()
        var checker = FixChecker(dictionary)
        let head = "35=V|34=2|49=A|52=20260102-03:04:05|56=B|262=R|263=1|264=0|265=0|"
        let texts = [
            executionReport, fixText(head + "267=2|269=0|269=1|146=2|55=A|55=B|"),
            fixText(head + "267=1|269=0|269=~|5001=x|"),
            fixText("35=8|11=|18=? ?|34=x|"), fixText("35=ZZ|34=1|"),
        ]
        for (index, text) in texts.enumerated() {
            try withFix(text) { bytes in
                let isGood = try checker.check(scanner.scan(bytes)) == nil
                #expect(isGood == (index < 2))
                var problems = 0
                probe_begin()
                for _ in 0..<1_000 {
                    let message = try scanner.scan(bytes)
                    if checker.check(message) != nil { problems += 1 }
                }
                let counts = probe_end()
                #expect(problems == (isGood ? 0 : 1_000))
                #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
                #expect(counts.retains == 0 && counts.releases == 0, "\(counts)")
            }
        }
    }
}
