// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosLive
import HeliosRisk

/// What of a session is signed off before it may trade (P26): the program, and the configuration without the sign-off itself.
enum SignedOff {
    /// The digest of the program that runs.
    static func build() throws -> UInt64 {
        guard let path = Bundle.main.executablePath, let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.fault, "the program does not find itself")
        }
        return first(Signature.digest([UInt8](data)))
    }

    /// The digest of a configuration with everything that it refers to, its manifest apart.
    static func configuration(_ plan: RunPlan) -> UInt64 {
        let lines = plan.text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.drop { $0 == " " }.hasPrefix("manifest:") }
        return first(Signature.digest(Array(lines.joined(separator: "\n").utf8)))
    }

    private static func first(_ digest: [UInt8]) -> UInt64 { digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// Holds what runs against what was signed off.
    ///
    /// - Throws: `Failure` with exit code 4, which says what differs.
    static func check(_ plan: RunPlan) throws {
        guard let manifest = plan.manifest else { return }
        let (build, configuration) = (try build(), configuration(plan))
        var lines: [String] = []
        if manifest.build != build {
            lines.append(
                "P26: this program is \(Hexadecimal.text(build)), \(Hexadecimal.text(manifest.build)) was signed off"
            )
        }
        if manifest.configuration != configuration {
            lines.append(
                "P26: this configuration is \(Hexadecimal.text(configuration)), "
                    + "\(Hexadecimal.text(manifest.configuration)) was signed off"
            )
        }
        guard lines.isEmpty else {
            throw Failure(
                .refused,
                lines.joined(separator: "\n"),
                hint: "'helios risk manifest CONFIG' tells what to sign off"
            )
        }
    }
}

/// `helios risk manifest`: what to sign off.
struct RiskManifestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Print the digests of this program and of a configuration, for the limits file.",
        usage: "helios risk manifest paper.yaml",
        discussion: """
            With 'manifest' in the limits file 'helios paper' trades with no other program and no other configuration (P26): exit \
            code 4 tells what differs. With --identity the digests are signed too, for whoever reviews the change.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "Sign them with this key.", completion: .file())
    var identity: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var build: String
        var configuration: String
        var signer: String?
        var signature: String?
    }

    func run() throws {
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        let build = Hexadecimal.text(try SignedOff.build())
        let configuration = Hexadecimal.text(SignedOff.configuration(plan))
        var answer = Answer(build: build, configuration: configuration)
        if let identity {
            let key = try FourEyes.key(identity)
            answer.signer = key.name
            answer.signature = Hexadecimal.text(key.sign(Array("helios manifest 1 \(build) \(configuration)".utf8)))
        }
        if json { return try Console.show(json: answer) }
        Console.show("manifest: { build: \"\(build)\", configuration: \"\(configuration)\" }")
        if let signer = answer.signer, let signature = answer.signature {
            Console.show("# signed by \(signer): \(signature)")
        }
    }
}
