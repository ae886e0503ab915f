// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios fix connect and accept")
struct FixTrialTests {
    /// An acceptor as a process, and its port.
    private func acceptor(_ folder: Folder, _ options: String...) throws -> (Running, String) {
        let program = try #require(Program.path)
        let arguments = ["fix", "accept", "0", "--sender", "VENUE", "--target", "ME"] + options
        let running = try Running(program, arguments, in: folder, output: "accept.txt")
        #expect(try running.waits(for: "listening at"))
        let port = try #require(try running.text().split(separator: ":").last?.prefix { $0.isNumber })
        return (running, String(port))
    }

    private func connect(_ port: String, _ folder: Folder, _ input: String, _ options: String...) throws -> CommandRun {
        let arguments = ["fix", "connect", "127.0.0.1:\(port)", "--sender", "ME", "--target", "VENUE", "--wait", "1"]
        return try CommandRun(arguments + options, in: folder, input: input)
    }

    @Test("an order is filled, a gap made on purpose is asked for and filled, what is not understood is told")
    func orders() throws {
        let folder = try Folder()
        let (venue, port) = try acceptor(folder, "--fill")
        let run = try connect(
            port,
            folder,
            "buy 100 LGYM at 10.5\ntest hello\nskip 2\nnonsense\nsend 35=H|11=A|55=LGYM|54=1|\nnumbers\n"
        )
        #expect(run.code == 0, "\(run.errors)")
        for part in [
            "NewOrderSingle", "OrdStatus=2 (FILLED)", "Heartbeat TestReqID=hello", "ResendRequest BeginSeqNo=4",
            "NewSeqNo=6 GapFillFlag=Y", "BusinessRejectReason=3", "next out 7",
        ] {
            #expect(run.output.contains(part), "\(part): \(run.output)")
        }
        #expect(run.errors.contains("'nonsense' is not understood"))
        venue.process.interrupt()
        venue.process.waitUntilExit()
        #expect(venue.process.terminationStatus == 0)
    }

    @Test("messages are echoed in the words of 4.2; a possible resend of one that was seen is not")
    func echo() throws {
        let folder = try Folder()
        let (venue, port) = try acceptor(folder, "--echo", "--fix", "4.2")
        let order = "send 35=D|11=E1|21=1|55=LGYM|54=1|60=20260102-14:30:00|40=1|38=5|"
        let run = try connect(port, folder, "\(order)\n", "--fix", "4.2", "--raw")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.components(separatedBy: "|11=E1|").count == 3, "\(run.output)")
        #expect(run.output.contains("< 8=FIX.4.2|"))
        venue.process.interrupt()
        venue.process.waitUntilExit()
    }

    @Test("a password is not shown, and comes from the environment")
    func password() throws {
        let folder = try Folder()
        let (venue, port) = try acceptor(folder)
        let arguments = [
            "fix", "connect", "127.0.0.1:\(port)", "--sender", "ME", "--target", "VENUE", "--raw", "--username", "u",
            "--password-variable", "FIX_PASSWORD", "--wait", "0",
        ]
        let missing = try CommandRun(arguments, in: folder, input: "")
        #expect(missing.code == 2 && missing.errors.contains("FIX_PASSWORD"))
        let run = try CommandRun(arguments, in: folder, environment: ["FIX_PASSWORD": "tellnobody"], input: "")
        #expect(run.code == 0 && run.output.contains("|554=**********|"), "\(run.output)")
        #expect(!(try venue.text()).contains("tellnobody"))
    }

    @Test("what can't be is told with the exit code that it has everywhere")
    func refused() throws {
        let folder = try Folder()
        let nobody = try connect("1", folder, "")
        #expect(nobody.code == 5 && nobody.errors.contains("refused"))
        let version = try connect("1", folder, "", "--fix", "9.9")
        #expect(version.code == 2 && version.errors.contains("9.9"))
        let file = try connect("1", folder, "", "--tls-authority", "nothing.pem")
        #expect(file.code == 2 && file.errors.contains("nothing.pem"))
        let address = try CommandRun(
            ["fix", "accept", "here", "--sender", "A", "--target", "B"],
            in: folder
        )
        #expect(address.code == 2 && address.errors.contains("HOST:PORT"))
    }
}
