// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration

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
    let hint = NearestName.of(url.lastPathComponent, among: names.sorted()).map { "; did you mean \($0)?" } ?? ""
    throw Failure(outcome, "\(path): no such file\(hint)")
}

/// `path` without detours, and from the current folder when it lies below: for messages and commands to copy.
func shortPath(_ path: String) -> String {
    let direct = URL(fileURLWithPath: path).standardized.path
    // Behind a symbolic link `..` may lead elsewhere: then the path stays as it is.
    guard let real = realPath(path), realPath(direct) == real else { return path }
    let current = FileManager.default.currentDirectoryPath
    return direct.hasPrefix(current + "/") ? String(direct.dropFirst(current.count + 1)) : direct
}

/// The absolute path with every link followed; nil when nothing is there.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
