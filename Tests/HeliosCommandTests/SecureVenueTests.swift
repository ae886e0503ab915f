// SPDX-License-Identifier: MIT
import Foundation
import Testing

private let openssl = "/usr/bin/openssl"

@Suite(
    "TLS at a venue's ports",
    .enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "needs the openssl program")
)
struct SecureVenueTests {
    /// Makes an authority, and certificates for the venue and a member.
    private func makeCertificates(in folder: Folder) throws {
        try folder.write("subjectAltName=DNS:localhost", to: "name.ext")
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try run("req -x509 \(new) -keyout authority.key -out authority.pem -days 9 -subj /CN=Authority", folder)
        for name in ["venue", "member"] {
            try run("req \(new) -keyout \(name).key -out \(name).csr -subj /CN=\(name)", folder)
            let sign = "-CA authority.pem -CAkey authority.key -CAcreateserial -days 9 -extfile name.ext"
            try run("x509 -req -in \(name).csr \(sign) -out \(name).pem", folder)
        }
    }

    private func run(_ arguments: String, _ folder: Folder) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl)
        process.currentDirectoryURL = folder.url
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    private func venue(_ port: Int) -> String {
        """
        venues:
          - name: ALFA
            agents: {symbols: 4, messages: 20000, seed: 3}
            hours: {start: "09:30", end: "16:00"}
            ports:
              - listen: \(port)
                protocol: fix-4.4
                users: [HELIOS]
                tls: {certificate: venue.pem, key: venue.key, authority: authority.pem}
        """
    }

    @Test("a member with a certificate trades, a stranger is not let in, a certificate without key is told")
    func members() throws {
        let folder = try Folder()
        try makeCertificates(in: folder)
        let port = 20_000 + Int(getpid()) % 20_000
        try folder.write(venue(port), to: "venue.yaml")
        let program = try #require(Program.path)
        let running = try Running(program, ["venue", "venue.yaml"], in: folder, output: "venue.txt")
        let arguments = [
            "fix", "connect", "localhost:\(port)", "--sender", "HELIOS", "--target", "ALFA", "--wait", "1",
            "--tls-authority", "authority.pem",
        ]
        let member = ["--tls-certificate", "member.pem", "--tls-key", "member.key"]
        var run = try CommandRun(arguments + member, in: folder, input: "status nothing\nbuy 100 NOSUCH at 10\n")
        // The venue needs a moment for its sockets.
        for _ in 0..<50 where run.code == 5 {
            Thread.sleep(forTimeInterval: 0.2)
            run = try CommandRun(arguments + member, in: folder, input: "buy 100 NOSUCH at 10\n")
        }
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("OrdStatus=8 (REJECTED)"), "\(run.output)")
        let stranger = try CommandRun(arguments, in: folder, input: "buy 100 NOSUCH at 10\n")
        #expect(stranger.code == 5, "\(stranger.output)")
        running.process.interrupt()
        running.process.waitUntilExit()
        try folder.write(venue(port).replacingOccurrences(of: "key: venue.key, ", with: ""), to: "broken.yaml")
        let broken = try CommandRun(["venue", "broken.yaml"], in: folder)
        #expect(broken.code == 2 && broken.errors.contains("expected key beside it"), "\(broken.errors)")
    }
}
