// SPDX-License-Identifier: MIT
import Foundation
import HeliosSweep

/// Notices that a data file is not the one any more whose hash a sweep has recorded.
///
/// Hashing it again after each trial would take as long as the trials: what the system says of a file is enough to notice a
/// copy over it, an append or a replacement. Who sets the old time on changed bytes of equal number is not noticed.
struct SweepDataWatch {
    /// What the system says of a file.
    private struct Stamp: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            #if canImport(Darwin)
            let time = status.st_mtimespec
            #else
            let time = status.st_mtim
            #endif
            seconds = time.tv_sec
            nanoseconds = time.tv_nsec
        }
    }

    private var stamps: [(path: String, stamp: Stamp?)] = []

    /// Looks at the files of `paths` as they are now: before they are hashed.
    init(_ paths: [String]) {
        var seen: Set<String> = []
        stamps = paths.filter { seen.insert($0).inserted }.map { ($0, Stamp($0)) }
    }

    /// - Throws: `Failure` of the data when a file has changed since.
    func check() throws {
        for (path, stamp) in stamps where Stamp(path) != stamp {
            throw Failure(
                .data,
                "\(shortPath(path)): changed while the sweep ran; the trials that were kept saw the file as it was",
                hint: "put the old file back and go on with --resume, or run the sweep anew with another database"
            )
        }
    }
}
