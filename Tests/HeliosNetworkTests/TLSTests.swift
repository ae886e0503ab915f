// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosNetwork
import Testing

/// Certificates that the openssl program has made, each run anew.
struct TestCertificates {
    let folder: URL

    var authority: String { folder.appendingPathComponent("authority.pem").path }
    func certificate(_ name: String) -> String { folder.appendingPathComponent("\(name).pem").path }
    func key(_ name: String) -> String { folder.appendingPathComponent("\(name).key").path }

    /// Nil without the openssl program.
    static let shared: TestCertificates? = try? TestCertificates()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout authority.key -out authority.pem -days 30 -subj /CN=Authority"
        )
        try run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem -days 30 -subj /CN=Other"
        )
        for name in ["venue", "client"] {
            try run(
                "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)"
            )
            try "subjectAltName=DNS:\(name).test,DNS:localhost".write(
                to: folder.appendingPathComponent("\(name).ext"),
                atomically: true,
                encoding: .utf8
            )
            try run(
                "x509 -req -in \(name).csr -CA authority.pem -CAkey authority.key -CAcreateserial -out \(name).pem -days 30 -extfile \(name).ext"
            )
        }
    }

    private func run(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.currentDirectoryURL = folder
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw CocoaError(.fileReadUnknown) }
    }
}

/// Waits for `count` bytes, or the end, at most five seconds.
func readAll(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    let end = Date().addingTimeInterval(5)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < count, Date() < end {
        let got = read(descriptor, &chunk, chunk.count)
        if got > 0 { bytes += chunk[..<got] } else if got == 0 { break } else { usleep(1_000) }
    }
    return bytes
}

/// Whether the other side has ended the connection within five seconds.
func hasEnded(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    let end = Date().addingTimeInterval(5)
    while Date() < end {
        let got = read(descriptor, &byte, 1)
        if got == 0 || (got < 0 && errno != EAGAIN) { return true }
        if got < 0 { usleep(1_000) }
    }
    return false
}

func accept(_ listener: TLSListener) -> Int32? {
    let end = Date().addingTimeInterval(5)
    while Date() < end {
        if let descriptor = listener.accept() { return descriptor }
        usleep(1_000)
    }
    return nil
}

@Suite("TLS", .enabled(if: TestCertificates.shared != nil, "needs the openssl program"))
struct TLSTests {
    let files: TestCertificates

    init() throws { files = try #require(TestCertificates.shared) }

    var venue: TLSSettings {
        TLSSettings(certificate: files.certificate("venue"), key: files.key("venue"), authority: files.authority)
    }
    var client: TLSSettings {
        TLSSettings(certificate: files.certificate("client"), key: files.key("client"), authority: files.authority)
    }

    @Test("bytes go both ways through plain ends, a megabyte too, and the end of one is the end of the other")
    func echo() throws {
        let listener = try TLSListener(host: "127.0.0.1", port: 0, settings: venue)
        let connector = try TLSConnector(client)
        let near = try connector.connect(host: "localhost", port: listener.port)
        defer { close(near) }
        let hello = Array("hello".utf8)
        #expect(write(near, hello, hello.count) == hello.count)
        let far = try #require(accept(listener))
        #expect(readAll(far, hello.count) == hello)

        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let writer = Thread {
            var sent = 0
            while sent < large.count {
                let count = large.withUnsafeBytes { write(far, $0.baseAddress! + sent, large.count - sent) }
                if count > 0 { sent += count } else { usleep(1_000) }
            }
            close(far)
        }
        writer.start()
        #expect(readAll(near, large.count) == large)
        #expect(hasEnded(near))
        #expect(connector.lastFailure == nil)
    }

    @Test("a client without a certificate, or with another authority's, is not let in")
    func strangers() throws {
        let listener = try TLSListener(host: "127.0.0.1", port: 0, settings: venue)
        var stranger = TLSSettings(authority: files.authority)
        for _ in 0..<2 {
            let connector = try TLSConnector(stranger)
            let near = try connector.connect(host: "localhost", port: listener.port)
            #expect(hasEnded(near))
            close(near)
            #expect(listener.accept() == nil)
            // The client may notice first.
            let patience = Date().addingTimeInterval(5)
            while listener.lastFailure == nil, Date() < patience { usleep(1_000) }
            #expect(listener.lastFailure != nil)
            stranger.certificate = files.certificate("other")
            stranger.key = files.key("other")
        }
    }

    @Test("a venue that is not who it says, or whose authority we don't know, is not spoken to")
    func wrongVenue() throws {
        let listener = try TLSListener(host: "127.0.0.1", port: 0, settings: venue)
        var settings = client
        settings.serverName = "elsewhere.test"
        let connector = try TLSConnector(settings)
        let near = try connector.connect(host: "localhost", port: listener.port)
        #expect(hasEnded(near))
        close(near)
        #expect(connector.lastFailure != nil)

        settings = client
        settings.authority = files.certificate("other")
        let other = try TLSConnector(settings)
        let second = try other.connect(host: "localhost", port: listener.port)
        #expect(hasEnded(second))
        close(second)
    }

    @Test("nobody listening ends the connection and says why")
    func nobody() throws {
        let connector = try TLSConnector(client)
        let near = try connector.connect(host: "127.0.0.1", port: 1)
        #expect(hasEnded(near))
        close(near)
        #expect(connector.lastFailure?.contains("refused") == true)
    }

    @Test("a file that is missing or holds something else is named")
    func files_() {
        var settings = client
        settings.key = files.authority
        #expect(throws: TLSError.self) { try TLSConnector(settings) }
        settings = client
        settings.authority = "/nowhere.pem"
        do {
            _ = try TLSConnector(settings)
            Issue.record("a missing file is no error")
        } catch { #expect(error.description.contains("/nowhere.pem")) }
        #expect(throws: TLSError.self) { try TLSListener(host: "127.0.0.1", port: 0, settings: TLSSettings()) }
    }
}
#endif
