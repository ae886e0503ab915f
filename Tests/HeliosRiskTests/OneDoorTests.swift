// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// Law 5: the compiler, not a reviewer, keeps orders from going round the gate.
///
/// Each text is compiled as another module would be.
@Suite("One door", .enabled(if: Compiler.found != nil, "needs swiftc and the built module of HeliosRisk"))
struct OneDoorTests {
    private static let prelude = """
        import HeliosMarket
        import HeliosRisk
        let order = NewOrder(
            id: 1, instrument: Instrument(id: 0), side: .buy, quantity: Quantity(1), price: Price(raw: 1),
            tag: OrderTag(strategy: 0)
        )
        struct Gateway: OrderGateway, ~Copyable {
            mutating func send(_ order: consuming Cleared) {}
            mutating func replace(_ order: consuming Cleared) {}
            mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {}
        }
        func go(_ gate: inout RiskGate, _ gateway: inout Gateway) {

        """

    /// What the compiler says about a function body that has a gate, a gateway and an order; empty when it compiles.
    private func complaints(_ body: String, after: String = "") throws -> String {
        let compiler = try #require(Compiler.found)
        return try compiler.complaints(OneDoorTests.prelude + body + "\n}\n" + after)
    }

    @Test("an order that the gate cleared can be sent")
    func throughTheDoor() throws {
        let said = try complaints(
            """
            switch gate.check(order, market: MarketSnapshot(now: .zero)) {
            case .cleared(let cleared): gateway.send(cleared)
            case .refused(let refusal): print(refusal)
            }
            """
        )
        #expect(said == "")
    }

    @Test("nobody else can make a cleared order")
    func forged() throws {
        let said = try complaints("gateway.send(Cleared(order, sequence: 1, at: .zero))")
        #expect(said.contains("error: 'Cleared' initializer is inaccessible due to 'internal' protection level"))
    }

    @Test("an initialiser in an extension does not help")
    func extended() throws {
        let forge =
            "extension Cleared { init(forged order: NewOrder) { self.order = order; sequence = 1; time = .zero } }"
        let said = try complaints("gateway.send(Cleared(forged: order))", after: forge)
        #expect(said.contains("error:"))
        #expect(said.contains("initializer") || said.contains("self.init"))
    }

    @Test("an order without clearance is not taken")
    func uncleared() throws {
        let said = try complaints("gateway.send(order)")
        #expect(said.contains("error: cannot convert value of type 'NewOrder' to expected argument type 'Cleared'"))
    }

    @Test("one clearance sends one order")
    func sentTwice() throws {
        let said = try complaints(
            """
            switch gate.check(order, market: MarketSnapshot(now: .zero)) {
            case .cleared(let cleared):
                gateway.send(cleared)
                gateway.send(cleared)
            case .refused: break
            }
            """
        )
        #expect(said.contains("error: 'cleared' consumed more than once"))
    }

    @Test("a cleared order can't be changed on its way")
    func changed() throws {
        let said = try complaints(
            """
            switch gate.check(order, market: MarketSnapshot(now: .zero)) {
            case .cleared(var cleared):
                cleared.order.quantity = Quantity(1_000_000)
                gateway.send(cleared)
            case .refused: break
            }
            """
        )
        #expect(said.contains("error: cannot assign to property: 'order' is a 'let' constant"))
    }
}

/// The Swift compiler that stands in the path, and the modules that this test was built with.
private struct Compiler {
    let executable: URL
    let modules: URL

    static let found: Compiler? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let tools = path.split(separator: ":").map { URL(fileURLWithPath: String($0)).appendingPathComponent("swiftc") }
        let executable = tools.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let executable, let modules = modulesFolder() else { return nil }
        return Compiler(executable: executable, modules: modules)
    }()

    /// Beside the running test bundle: `.build/…/debug/Modules`.
    private static func modulesFolder() -> URL? {
        let arguments = CommandLine.arguments + [Bundle.main.bundlePath, Bundle.main.executablePath ?? ""]
        for argument in arguments where argument.contains(".build") {
            var folder = URL(fileURLWithPath: argument)
            while folder.path.contains(".build") {
                let modules = folder.appendingPathComponent("Modules")
                let module = modules.appendingPathComponent("HeliosRisk.swiftmodule")
                if FileManager.default.fileExists(atPath: module.path) { return modules }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }

    func complaints(_ source: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("one-door-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("Outsider.swift")
        let output = folder.appendingPathComponent("said.txt")
        try Data(source.utf8).write(to: file)
        try Data().write(to: output)
        let said = try FileHandle(forWritingTo: output)
        let process = Process()
        process.executableURL = executable
        // Consuming twice is found by a later pass than type checking: compile as far as the optimiser's input.
        process.arguments = [
            "-emit-sil", "-o", folder.appendingPathComponent("out.sil").path, "-swift-version", "6",
            "-parse-as-library",
            "-module-name", "Outsider", "-diagnostic-style", "llvm", "-I", modules.path, file.path,
            // The vocabulary stands on the few lines of C.
            "-Xcc",
            "-fmodule-map-file=" + modules.deletingLastPathComponent().path + "/CHelios.build/module.modulemap",
        ]
        process.standardOutput = said
        process.standardError = said
        try process.run()
        process.waitUntilExit()
        try said.close()
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }
}
