// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosVenue

/// Sessions by FIX that are kept in files.
extension VenueServer {
    /// Where a port speaks FIX: its sessions as an earlier process has left them, when there is a folder for them.
    ///
    /// - Throws: `FixStoreFileError`.
    static func openFix(
        _ door: VenueDoor,
        of venue: VenueDescription,
        _ notify: (LiveNotice) -> Void
    ) throws -> FixDoor? {
        guard let dialect = door.language.kind.dialect else { return nil }
        var stores: [String: FixLineStore] = [:]
        if let folder = door.store {
            for user in door.users {
                stores[user.name] = try openStore("\(folder)/\(venue.sessionFile(door, user))", venue, notify)
            }
        }
        return FixDoor(
            dialect,
            compID: door.compID ?? venue.name,
            users: door.users.map { FixDoorUser($0.name, compID: $0.compID ?? $0.name, password: $0.password) },
            isCopy: door.role == .dropCopy,
            stores: stores
        )
    }

    private static func openStore(
        _ path: String,
        _ venue: VenueDescription,
        _ notify: (LiveNotice) -> Void
    ) throws -> FixLineStore {
        // A file that is half full begins with its numbers only, or a session that grew full would stay so.
        let file = try FixStoreFile(path: path, acceptor: FixDoor.storeMax / 2)
        if file.hasLeapt {
            let text = "numbers may be lost with the machine's memory: the session goes on \(FixStoreFile.leap) further"
            notify(LiveNotice(.warning, "\(venue.name): \(path): \(text)"))
        }
        return FixLineStore(memory: try file.memory(), isDoubtful: file.hasLeapt) { file.grown() }
    }
}
