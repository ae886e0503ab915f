// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosLive
import HeliosMarket
import Testing

@Suite("A FIX session's numbers in a file") struct FixStoreFileTests {
    private static let leap: UInt64 = 1 << 20

    /// Opens the file at `path`, gives `body` its store, and leaves.
    private func visit<Result>(
        _ path: String,
        boot: String = "A",
        _ body: (inout FixStore) -> Result
    ) throws -> (hasLeapt: Bool, result: Result) {
        let file = try FixStoreFile(path: path, boot: boot)
        var store = FixStore(memory: try file.memory())
        let result = body(&store)
        return (file.hasLeapt, result)
    }

    private func reason(_ path: String) -> FixStoreFileError? {
        do throws(FixStoreFileError) {
            _ = try FixStoreFile(path: path, boot: "A")
            return nil
        } catch { return error }
    }

    @Test("numbers go on after a restart, and leap after another boot of the machine") func boots() throws {
        let folder = try ShortFolder()
        let path = folder.path + "/made/when/needed/a.store"
        let began = try visit(path) { store in
            store.setNextOut(42)
            return store.recovery
        }
        #expect(began.result == .recovered && !began.hasLeapt, "made with the file")
        let again = try visit(path) { $0.nextOut }
        #expect(again.result == 42 && !again.hasLeapt)
        let later = try visit(path, boot: "B") { $0.nextOut }
        #expect(later.result == 42 + FixStoreFileTests.leap && later.hasLeapt)
        let unknown = try visit(path, boot: "") { $0.nextOut }
        #expect(unknown.result == later.result && !unknown.hasLeapt, "nothing says that it is another boot")
    }

    @Test("a file whose numbers can't be read goes on far behind them, and is whole again") func damaged() throws {
        let folder = try ShortFolder()
        let path = folder.path + "/a.store"
        _ = try visit(path) { $0.setNextOut(42) }
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        // Both slots, behind the page that says the boot and the head.
        try handle.seek(toOffset: 4_096 + 64)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 128))
        try handle.close()
        let found = try visit(path) { ($0.nextOut, $0.recovery) }
        #expect(found.hasLeapt && found.result.0 > FixStoreFileTests.leap && found.result.1 == .recovered)
        let again = try visit(path) { $0.nextOut }
        #expect(!again.hasLeapt && again.result == found.result.0)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left == ["a.store"], "nothing is left beside it")
    }

    @Test("a file that was cut short is made anew") func cut() throws {
        let folder = try ShortFolder()
        let path = folder.path + "/a.store"
        _ = try visit(path) { $0.setNextOut(42) }
        try FileHandle(forUpdatingAtPath: path)?.truncate(atOffset: 4_000)
        let found = try visit(path) { ($0.nextOut, $0.recovery) }
        #expect(found.result.0 == 1)
    }

    @Test("a second process is refused while the first lives, and its memory with it") func locked() throws {
        let folder = try ShortFolder()
        let path = folder.path + "/a.store"
        do {
            let memory = try FixStoreFile(path: path, boot: "A").memory()
            #expect(reason(path)?.reason == "another process uses this FIX session", "memory alone keeps it locked")
            withExtendedLifetime(memory) {}
        }
        #expect(reason(path) == nil)
    }

    @Test("a file that can't be had is told with its path") func errors() throws {
        let folder = try ShortFolder()
        let blocked = folder.path + "/file"
        try Data([1]).write(to: URL(fileURLWithPath: blocked))
        let below = reason(blocked + "/a.store")
        #expect(below?.description == "\(blocked)/a.store: Not a directory")
        #expect(reason(folder.path)?.description == "\(folder.path): Is a directory")
        // A device has no room to set aside.
        let device = reason("/dev/null")
        #expect(device?.path == "/dev/null" && device?.reason.isEmpty == false)
    }
}
