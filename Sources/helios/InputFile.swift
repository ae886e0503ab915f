// SPDX-License-Identifier: MIT
import Foundation

/// Refuses a file that isn't there, with the nearest name that is.
func requireFile(_ path: String, _ outcome: Outcome = .usage) throws {
    var isDirectory = ObjCBool(false)
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
        if isDirectory.boolValue { throw Failure(outcome, "\(path): is a directory, a file is needed") }
        guard access(path, R_OK) == 0 else { throw Failure(outcome, "\(path): \(String(cString: strerror(errno)))") }
        return
    }
    let url = URL(fileURLWithPath: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
    let hint = Nearest.name(to: url.lastPathComponent, among: names.sorted()).map { "; did you mean \($0)?" } ?? ""
    throw Failure(outcome, "\(path): no such file\(hint)")
}
