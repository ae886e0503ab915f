// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosStore
import HeliosSurveillance
import Testing

@Suite("A journal that is watched")
struct JournalTailTests {
    @Test func `a session that begins while somebody looks for a writer gets its journal, a second one does not`()
        throws
    {
        let scratch = try Scratch()
        let tail = JournalTail(scratch.path)
        #expect(!tail.hasWriter)
        let looking = open(scratch.path + "/writer.lock", O_RDWR | O_CREAT, 0o644)
        try #require(flock(looking, LOCK_SH | LOCK_NB) == 0)
        Thread {
            usleep(20_000)
            close(looking)
        }.start()
        let disk = try DirectoryDisk(scratch.path)
        try disk.lock()
        #expect(tail.hasWriter)
        #expect(throws: DiskError.self) { try DirectoryDisk(scratch.path).lock() }
        withExtendedLifetime(disk) {}
    }
}
